"""End entities with their password hashes: each is read once per transaction and written once.

An update names the revision that was read. If it is no longer the stored one, another transaction was faster and this
one fails as a whole, so that a one-time password is used once and every attempt is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from lockgate.certification.endentity import EndEntity, EndEntityStatus, Recovery, TokenType
from lockgate.errors import Conflict
from lockgate.names.altname import GeneralName
from lockgate.names.dn import parse_dn
from lockgate.profiles.profile_set import ProfileKind
from lockgate.reasons import Rejected
from lockgate_ca_backend.store import tables
from lockgate_ca_backend.store.usernames import Usernames
from lockgate_persistence.dialects import Dialect, dialect_of, execute_many

MAX_ATTEMPTS = 5
_table = tables.end_entity


@dataclass(frozen=True, slots=True)
class EndEntityRecord:
    """A stored end entity.

    Attributes:
        password_hash: a PHC string, None where there is no password.
        attempts: how many wrong passwords are left.
        revision: as stored; 0 where it is not stored yet.
        password_expires: of a one-time password, milliseconds by the database's clock; None for one that stays.
        sealed_password: a one-time password itself, sealed under the installation's secret; None for every other.
    """

    end_entity: EndEntity
    password_hash: str | None = None
    attempts: int = MAX_ATTEMPTS
    revision: int = 0
    password_expires: int | None = None
    sealed_password: bytes | None = None

    def usable_hash(self, now: int) -> str | None:
        """The hash that a password is compared with at `now` (milliseconds); None if no password is accepted any
        more."""
        expired = self.password_expires is not None and self.password_expires <= now
        return None if expired or self.attempts == 0 else self.password_hash

    def changed_to(self, end_entity: EndEntity) -> "EndEntityRecord":
        """The same with another description. Becoming GENERATED spends a one-time password."""
        spent = self.password_expires is not None and end_entity.status is EndEntityStatus.GENERATED
        kept = replace(self, end_entity=end_entity)
        return kept.without_password() if spent else kept

    def without_password(self) -> "EndEntityRecord":
        """The same without any trace of its password."""
        return replace(self, password_hash=None, password_expires=None, sealed_password=None)

    def __repr__(self) -> str:
        return f"EndEntityRecord({self.end_entity.username!r}, …)"


class EndEntityTable:
    """The end entities in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._dialect = dialect_of(connection.engine)
        self._now = now
        self._known: dict[str, EndEntityRecord | None] = {}
        self._changed: set[str] = set()
        self._usernames = Usernames(connection)

    def expect(self, usernames: Iterable[str]) -> None:
        """Read all of `usernames` in one statement, and in another one whether the unknown ones may be added."""
        if missing := sorted(set(usernames) - self._known.keys()):
            self._known.update(dict.fromkeys(missing))
            rows = self._connection.execute(_by_usernames(self._dialect), {"usernames": missing})
            self._known.update((row.username, record_of(row)) for row in rows)
            self._usernames.expect(username for username in missing if self._known[username] is None)

    def get(self, username: str) -> EndEntityRecord | None:
        """The end entity, changes made in this transaction included."""
        if username not in self._known:
            self.expect((username,))
        return self._known[username]

    def get_locked(self, username: str) -> EndEntityRecord | None:
        """The same, newly read, and until the transaction ends no other one can change it.

        Raises:
            Conflict: another transaction has changed it since this one changed its own copy.
        """
        query = select(_table).where(_table.c.username == username).with_for_update()
        row = self._connection.execute(query).one_or_none()
        stored = None if row is None else record_of(row)
        if username not in self._changed:
            self._known[username] = stored
        elif _revision(stored) != _revision(self._known[username]):
            raise Conflict(f"the end entity {username} was changed by another transaction")
        return self._known[username]

    def judge_username(self, username: str) -> Rejected | None:
        """The reason why no end entity of that name may be added: `bad_name` or `username_taken`. A stored one keeps
        its name."""
        return self._usernames.judge(username) if self.get(username) is None else None

    def put(self, end_entity: EndEntity) -> None:
        """Add or replace; a password that was not for one time, and attempts, stay.

        An end entity that does not differ from the stored one is written as well: otherwise this transaction would not
        notice that another one changes it meanwhile, and perhaps revokes all its certificates.
        """
        stored = self.get(end_entity.username)
        if stored is None:
            self._usernames.claim(end_entity.username)
        self.put_record(EndEntityRecord(end_entity) if stored is None else stored.changed_to(end_entity))

    def put_in_process(self, end_entity: EndEntity) -> None:
        """The same for one whose certificate is under way: a one-time password is spent."""
        self.put(end_entity)
        record = self._known[end_entity.username]
        if record is not None and record.password_expires is not None:
            self.put_record(record.without_password())

    def put_record(self, record: EndEntityRecord) -> None:
        """Add or replace everything."""
        username = record.end_entity.username
        self._known[username] = record
        self._changed.add(username)

    def encoded(self, username: str) -> bytes:
        """The end entity with its password hash as it is here, for `restore`."""
        return msgspec.json.encode(self.get(username))

    def restore(self, username: str, encoded: bytes) -> None:
        """Put the end entity back to what `encoded` gave; delete it at once where there was none."""
        stored, before = self.get(username), msgspec.json.decode(encoded, type=EndEntityRecord | None)
        if before is not None:
            self.put_record(replace(before, revision=_revision(stored)))
        elif stored is not None:
            same = _table.c.username == username, _table.c.revision == stored.revision
            if self._connection.execute(delete(_table).where(*same)).rowcount != 1:
                raise Conflict(f"the end entity {username} was changed by another transaction")
            self._usernames.release(username)
            self._known.pop(username)
            self._changed.discard(username)

    def one_with_profile(self, kind: ProfileKind, name: str) -> str | None:
        """The username of one stored end entity that names the profile."""
        column = _table.c.certificateprofile if kind is ProfileKind.CERTIFICATE else _table.c.endentityprofile
        return self._connection.execute(select(_table.c.username).where(column == name).limit(1)).scalar_one_or_none()

    def flush(self) -> None:
        """Write the changed end entities, and check that those that were only read are still the same.

        Raises:
            Conflict: another transaction has changed one of them, or added one of the same or a similar name.
        """
        self._usernames.flush()
        records = [record for name in sorted(self._changed) if (record := self._known[name]) is not None]
        new = [self._values(record) for record in records if record.revision == 0]
        old = [_renamed(self._values(record)) | {"was_": record.revision} for record in records if record.revision]
        if new:
            execute_many(self._connection, _INSERT, new)
        if old and execute_many(self._connection, _UPDATE, old) != len(old):
            raise Conflict("an end entity was changed by another transaction")
        self._check_unchanged()
        self._changed.clear()
        self._known.clear()

    def _check_unchanged(self) -> None:
        """End entities that were only read must still be the stored ones: decisions depend on them."""
        read = {name: known.revision for name, known in self._known.items() if known and name not in self._changed}
        if not read:
            return
        rows = self._connection.execute(_revisions(self._dialect), {"usernames": sorted(read)})
        if {row.username: row.revision for row in rows} != read:
            raise Conflict("an end entity was changed by another transaction")

    def _values(self, record: EndEntityRecord) -> dict[str, Any]:
        end_entity = record.end_entity
        names = [[name.kind, name.value] for name in end_entity.subject_alt_name]
        return {
            "username": end_entity.username,
            "subjectdn": str(end_entity.subject_dn),
            "subjectaltname": msgspec.json.encode(names).decode(),
            "email": end_entity.email,
            "endentityprofile": end_entity.end_entity_profile,
            "certificateprofile": end_entity.certificate_profile,
            "caname": end_entity.ca_name,
            "status": int(end_entity.status),
            "token": str(end_entity.token),
            "passwordhash": record.password_hash,
            "attempts": record.attempts,
            "passwordexpires": record.password_expires,
            "sealedpassword": record.sealed_password,
            "recoverykey": end_entity.recovery.fingerprint if end_entity.recovery else None,
            "recoveryquorum": end_entity.recovery.quorum if end_entity.recovery else None,
            "revision": record.revision + 1,
            "modified": self._now,
        }


@cache
def _by_usernames(dialect: Dialect) -> Select[Any]:
    return select(_table).where(dialect.among(_table.c.username, "usernames"))


@cache
def _revisions(dialect: Dialect) -> Select[Any]:
    query = select(_table.c.username, _table.c.revision).where(dialect.among(_table.c.username, "usernames"))
    return query.with_for_update(read=True)


_INSERT = insert(_table)
_UPDATE = (
    update(_table)
    .where(_table.c.username == bindparam("username_"), _table.c.revision == bindparam("was_"))
    .values({column: bindparam(f"{column.name}_", type_=column.type) for column in _table.c})
)


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Parameters of an UPDATE may not be called like columns."""
    return {f"{name}_": value for name, value in values.items()}


def _revision(record: EndEntityRecord | None) -> int:
    return 0 if record is None else record.revision


def record_of(row: Row[Any]) -> EndEntityRecord:
    """The end entity in a whole row of the table."""
    names = msgspec.json.decode(row.subjectaltname, type=list[tuple[str, str]])
    end_entity = EndEntity(
        username=row.username,
        subject_dn=parse_dn(row.subjectdn),
        subject_alt_name=tuple(GeneralName(kind, value) for kind, value in names),
        email=row.email,
        end_entity_profile=row.endentityprofile,
        certificate_profile=row.certificateprofile,
        ca_name=row.caname,
        status=EndEntityStatus(row.status),
        token=TokenType(row.token),
        recovery=None if row.recoverykey is None else Recovery(row.recoverykey, row.recoveryquorum),
    )
    return EndEntityRecord(
        end_entity=end_entity,
        password_hash=row.passwordhash,
        attempts=row.attempts,
        revision=row.revision,
        password_expires=row.passwordexpires,
        sealed_password=None if row.sealedpassword is None else bytes(row.sealedpassword),
    )
