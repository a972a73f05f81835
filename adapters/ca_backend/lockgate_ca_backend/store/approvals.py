"""Approvals and the signed decisions on them, as they are stored. Nothing here is believed without its signature."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, func, insert, or_, select, update

from lockgate.errors import CallerError, Conflict
from lockgate.rights.approval import MAX_DECISIONS, ApprovalKind, ApprovalRequest, ApprovalStatus
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.clock import from_milliseconds, to_milliseconds

_table, _decision, _rule = tables.approval, tables.approval_decision, tables.approval_rule
_RULES = select(_rule)
_UNUSED = _table.c.settled.is_(None)
_UNDECIDED = and_(_UNUSED, _table.c.rejected.is_(None))
_DECIDED = exists().where(_decision.c.approval == _table.c.id)


def decidable(now: int) -> ColumnElement[bool]:
    """Whether administrators can still decide an approval.

    Args:
        now: milliseconds, by the database's clock.
    """
    return and_(_UNDECIDED, _table.c.expires > now)


@dataclass(frozen=True, slots=True)
class ApprovalQuery:
    """Which approvals are looked for.

    Attributes:
        since: UTC: those opened then or later.
        status: leaves out rows stored with another status; None leaves out nothing. Decisions are not verified here.
    """

    since: datetime
    status: ApprovalStatus | None = None


class ApprovalTable:
    """The approvals in one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._rules: dict[tuple[str, str], int] | None = None

    # ---- approvals that CAs require

    def rules(self) -> dict[tuple[str, str], int]:
        """How many administrators must approve, by CA and kind; read once."""
        if self._rules is None:
            self._rules = {(row.caname, row.kind): row.quorum for row in self._connection.execute(_RULES)}
        return self._rules

    def set_rule(self, ca_name: str, kind: ApprovalKind, quorum: int) -> None:
        """Let the CA ask for that many; 0 for none."""
        self._connection.execute(delete(_rule).where(_rule.c.caname == ca_name, _rule.c.kind == str(kind)))
        if quorum:
            self._connection.execute(insert(_rule).values(caname=ca_name, kind=str(kind), quorum=quorum))
        self._rules = None

    # ---- approvals

    def get(self, approval_id: str) -> ApprovalRequest | None:
        """The approval of that id."""
        return self._one(select(_table).where(_table.c.id == approval_id))

    def get_locked(self, approval_id: str) -> ApprovalRequest | None:
        """The same; nobody else decides on it or uses it until this transaction ends."""
        return self._one(select(_table).where(_table.c.id == approval_id).with_for_update())

    def latest(self, requester: str, digest: str) -> ApprovalRequest | None:
        """The newest of that requester for that action."""
        return self._one(self._of(requester, digest).order_by(_table.c.number.desc()).limit(1))

    def by_operation(self, operation: str) -> ApprovalRequest | None:
        """The one that was used by that operation."""
        return self._one(select(_table).where(_table.c.operation == operation))

    def listed(self, query: ApprovalQuery, after: str | None, limit: int) -> Sequence[ApprovalRequest]:
        """Up to `limit`, the newest first.

        Args:
            after: the id of an approval; those that come behind it.

        Raises:
            CallerError: there is none of that id.
        """
        found = select(_table).where(*self._matching(query, after))
        rows = self._connection.execute(found.order_by(_table.c.opened.desc(), _table.c.id).limit(limit))
        return [_approval(row) for row in rows]

    def count(self, query: ApprovalQuery, after: str | None) -> int:
        """How many `listed` has in all."""
        return self._count(*self._matching(query, after))

    def count_open(self, requester: str) -> int:
        """How many of the requester are neither used nor rejected nor expired."""
        return self._count(_table.c.requester == requester, self._stored_as(ApprovalStatus.PENDING))

    def add(self, approval: ApprovalRequest) -> None:
        """Store a new one. The unique number makes a second one fail that is stored at the same time."""
        key = _table.c.requester == approval.requester, _table.c.digest == approval.digest
        number = self._connection.execute(select(func.max(_table.c.number)).where(*key)).scalar_one() or 0
        self._connection.execute(insert(_table).values(_values(approval) | {"number": number + 1}))

    def settle(self, approval: ApprovalRequest) -> None:
        """Store that it was used.

        Raises:
            Conflict: it was used or rejected before.
        """
        self._close(approval.id, {name: value for name, value in _values(approval).items() if name in _SETTLED})

    def conclude(self, operation: str, outcome: bytes | None, *, succeeded: bool) -> None:
        """Store how the request ended that used an approval under that key."""
        ended = {"outcome": outcome, "succeeded": int(succeeded)}
        self._connection.execute(update(_table).where(_table.c.operation == operation).values(ended))

    def reject(self, approval: ApprovalRequest) -> None:
        """Store that a rejection was accepted: `rejected` and `rejection`.

        Raises:
            Conflict: it was used or rejected before.
        """
        self._close(approval.id, {name: value for name, value in _values(approval).items() if name in _REJECTED})

    # ---- decisions

    def decisions(self, approval_id: str) -> Sequence[bytes]:
        """CMS SignedData, in the order of arrival."""
        query = select(_decision.c.decision).where(_decision.c.approval == approval_id)
        rows = self._connection.execute(query.order_by(_decision.c.number).limit(MAX_DECISIONS)).scalars()
        return [bytes(decision) for decision in rows]

    def decide(self, approval_id: str, decision: bytes) -> None:
        """Add a decision. The unique number makes one of two fail that are added at the same time.

        Raises:
            CallerError: there is no room for it.
        """
        count = select(func.count()).where(_decision.c.approval == approval_id)
        number = self._connection.execute(count).scalar_one() + 1
        if number > MAX_DECISIONS:
            raise CallerError(f"an approval has {MAX_DECISIONS} decisions at most")
        values = {"approval": approval_id, "number": number, "created": self._now, "decision": decision}
        self._connection.execute(insert(_decision).values(values))

    def _matching(self, query: ApprovalQuery, after: str | None) -> Iterator[ColumnElement[bool]]:
        yield _table.c.opened >= to_milliseconds(query.since)
        if query.status is not None:
            yield self._stored_as(query.status)
        if after is not None:
            last = self.get(after)
            if last is None:
                raise CallerError(f"there is no approval {after}")
            opened = to_milliseconds(last.opened)
            yield or_(_table.c.opened < opened, and_(_table.c.opened == opened, _table.c.id > last.id))

    def _stored_as(self, status: ApprovalStatus) -> ColumnElement[bool]:
        """True for every approval of that status, and for approvals whose status depends on their decisions."""
        match status:
            case ApprovalStatus.EXECUTED | ApprovalStatus.FAILED:
                return and_(~_UNUSED, _table.c.succeeded == int(status is ApprovalStatus.EXECUTED))
            case ApprovalStatus.REJECTED:
                return and_(_UNUSED, or_(_table.c.rejected.is_not(None), _DECIDED))
            case ApprovalStatus.EXPIRED:
                return and_(_UNDECIDED, _table.c.expires <= self._now)
            case _:
                return decidable(self._now)

    def _count(self, *conditions: ColumnElement[bool]) -> int:
        return self._connection.execute(select(func.count()).select_from(_table).where(*conditions)).scalar_one()

    def _close(self, approval_id: str, values: dict[str, Any]) -> None:
        open_one = _table.c.id == approval_id, _UNDECIDED
        if self._connection.execute(update(_table).where(*open_one).values(values)).rowcount != 1:
            raise Conflict("the approval was used or rejected by another transaction")

    def _of(self, requester: str, digest: str) -> Select[Any]:
        return select(_table).where(_table.c.requester == requester, _table.c.digest == digest)

    def _one(self, query: Select[Any]) -> ApprovalRequest | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _approval(row)


_SETTLED = frozenset({"settled", "succeeded", "outcome", "operation"})
_REJECTED = frozenset({"rejected", "rejection"})


def _values(approval: ApprovalRequest) -> dict[str, Any]:
    return {
        "id": approval.id,
        "requester": approval.requester,
        "digest": approval.digest,
        "action": approval.action.decode("ascii"),
        "quorum": approval.quorum,
        "opened": to_milliseconds(approval.opened),
        "expires": to_milliseconds(approval.expires),
        "settled": None if approval.settled is None else to_milliseconds(approval.settled),
        "succeeded": int(approval.succeeded),
        "outcome": approval.outcome,
        "operation": approval.operation,
        "rejected": None if approval.rejected is None else to_milliseconds(approval.rejected),
        "rejection": approval.rejection or None,
    }


def _approval(row: Row[Any]) -> ApprovalRequest:
    return ApprovalRequest(
        requester=row.requester,
        action=row.action.encode(),
        quorum=row.quorum,
        opened=from_milliseconds(row.opened),
        expires=from_milliseconds(row.expires),
        settled=None if row.settled is None else from_milliseconds(row.settled),
        succeeded=bool(row.succeeded),
        outcome=None if row.outcome is None else bytes(row.outcome),
        operation=row.operation,
        rejected=None if row.rejected is None else from_milliseconds(row.rejected),
        rejection=row.rejection or "",
    )
