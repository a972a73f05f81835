"""Keys that belong to one owner alone.

Reserved keys, and keys that are not good, are rare. So a batch is checked once for such keys, when it is flushed. If it
has one, the whole transaction fails and the key is noted as a suspect. The retry then checks that key first and refuses
only its request.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import CompoundSelect, Connection, delete, insert, null, select, union_all

from lockgate.certification.endentity import SHOWN, Possession
from lockgate.errors import Conflict
from lockgate.operations.status import OPEN
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import Dialect, dialect_of

_table, _certificate, _fate = tables.reserved_key, tables.certificate, tables.key_fate
_operation = tables.operation


@cache
def _owners(dialect: Dialect) -> "CompoundSelect[tuple[str, str | None]]":
    """The owners of reserved keys; no owner for keys that are not good."""
    return union_all(
        select(_table.c.digest, _table.c.owner).where(dialect.among(_table.c.digest, "digests")),
        select(_fate.c.keydigest, null()).where(dialect.among(_fate.c.keydigest, "digests")),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A key to be certified for an end entity.

    Attributes:
        key: its identity.
        distinct: the end entity must be the only one it was certified for.
        possession: how it was shown. Without a proof, the key is not reserved and does not count as certified for
            anybody.
    """

    key: str
    username: str
    distinct: bool
    possession: Possession

    @property
    def proven(self) -> bool:
        """Whether possession was shown."""
        return self.possession.shown


class ReservedKeys:
    """The reserved keys in one transaction.

    Args:
        suspects: identities that made an earlier transaction fail; shared by all transactions of a process.
    """

    def __init__(self, connection: Connection, suspects: set[str]) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._suspects = suspects
        self._reserved: dict[str, str] = {}
        self._unasked: dict[str, set[str]] = {}
        self._shown: dict[str, set[str]] = {}

    def must_ask(self, claim: Claim) -> bool:
        """Whether the key has to be looked up now, rather than when everything is flushed."""
        return claim.distinct or not claim.proven or claim.key in self._suspects or claim.key in self._reserved

    def defer(self, claim: Claim) -> None:
        """Let `flush` check that the key is free and good."""
        self._unasked.setdefault(claim.key, set()).add(claim.username)
        self._note(claim)

    def grant(self, claim: Claim) -> bool:
        """Whether the end entity may have the key certified, which is reserved for it where the claim says so."""
        owner = self._owner(claim.key)
        if owner not in (None, claim.username) or (claim.distinct and self._is_shared(claim)):
            return False
        if claim.distinct and claim.proven and owner is None:
            self._connection.execute(insert(_table).values(digest=claim.key, owner=claim.username))
            self._reserved[claim.key] = claim.username
        self._note(claim)
        return True

    def release(self, key: str, username: str) -> None:
        """Give back what `grant` has reserved for the end entity, at once."""
        self._connection.execute(delete(_table).where(_table.c.digest == key, _table.c.owner == username))
        self._reserved.pop(key, None)

    def flush(self) -> None:
        """Ask for every key that was claimed without asking.

        Raises:
            Conflict: one of them is reserved for someone else, or not good.
        """
        if not self._unasked:
            return
        for row in self._connection.execute(_owners(self._dialect), {"digests": sorted(self._unasked)}):
            if self._unasked[row.digest] != {row.owner}:
                self._suspects.add(row.digest)
                raise Conflict("a public key is reserved for another owner, compromised or in doubt")
        self._unasked = {}

    def _note(self, claim: Claim) -> None:
        if claim.proven:
            self._shown.setdefault(claim.key, set()).add(claim.username)

    def _owner(self, key: str) -> str | None:
        if key not in self._reserved:
            return self._connection.execute(select(_table.c.owner).where(_table.c.digest == key)).scalar_one_or_none()
        return self._reserved[key]

    def _is_under_way(self, claim: Claim) -> bool:
        """Whether a remote issuer is asked to certify the key for somebody else."""
        query = select(_operation.c.sequence).where(
            _operation.c.keydigest == claim.key, _operation.c.username != claim.username, _operation.c.status.in_(OPEN)
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def _is_shared(self, claim: Claim) -> bool:
        if self._shown.get(claim.key, {claim.username}) != {claim.username}:
            return True
        if self._is_under_way(claim):
            return True
        query = select(_certificate.c.sequence).where(
            _certificate.c.keydigest == claim.key,
            _certificate.c.username != claim.username,
            _certificate.c.possession.in_(SHOWN),
        )
        return self._connection.execute(query.limit(1)).first() is not None
