"""Kept keys as they are stored: sealed, one for each certificate that has one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from lockgate_ca_backend.escrow import KeptWith, SealedKey
from lockgate_ca_backend.store import tables
from lockgate_persistence.dialects import execute_many

_table = tables.escrowed_key
_INSERT = insert(_table)


class EscrowTable:
    """The kept keys in one transaction.

    Args:
        now: milliseconds, by the database's clock.
    """

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._new: list[dict[str, Any]] = []

    def add(self, kept: SealedKey) -> None:
        """Keep it to be written."""
        owner = kept.owner
        self._new.append(
            {
                "fingerprint": owner.fingerprint,
                "caname": owner.ca_name,
                "username": owner.username,
                "secret": kept.secret,
                "sealed": kept.sealed,
                "created": self._now,
            }
        )

    def flush(self) -> None:
        """Write what was added."""
        if self._new:
            execute_many(self._connection, _INSERT, self._new)
            self._new = []

    def get(self, fingerprint: str) -> SealedKey | None:
        """The key kept with that certificate."""
        self.flush()
        row = self._connection.execute(select(_table).where(_table.c.fingerprint == fingerprint)).one_or_none()
        return None if row is None else _sealed(row)

    def has_key(self, key: str) -> bool:
        """Whether a key is kept with any certificate on the key of that identity."""
        self.flush()
        certificate = tables.certificate
        query = (
            select(_table.c.fingerprint)
            .join(certificate, certificate.c.fingerprint == _table.c.fingerprint)
            .where(certificate.c.keydigest == key)
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def latest_of(self, username: str) -> str | None:
        """The fingerprint of the end entity's last certificate whose key was kept."""
        self.flush()
        certificate = tables.certificate
        query = (
            select(_table.c.fingerprint)
            .join(certificate, certificate.c.fingerprint == _table.c.fingerprint)
            .where(_table.c.username == username, certificate.c.username == username)
            .order_by(certificate.c.sequence.desc())
            .limit(1)
        )
        return self._connection.execute(query).scalar_one_or_none()

    def not_under(self, secret: str, after: str, count: int) -> Sequence[SealedKey]:
        """Keys under another secret, by fingerprint.

        Args:
            after: the last fingerprint seen; empty for the beginning.
            count: at most so many.
        """
        query = select(_table).where(_table.c.secret != secret, _table.c.fingerprint > after)
        rows = self._connection.execute(query.order_by(_table.c.fingerprint).limit(count).with_for_update())
        return [_sealed(row) for row in rows]

    def replace(self, kept: SealedKey) -> None:
        """Store it in place of the same key under another secret."""
        changed = {"secret": kept.secret, "sealed": kept.sealed}
        self._connection.execute(update(_table).where(_table.c.fingerprint == kept.owner.fingerprint).values(changed))

    def counts(self) -> Mapping[str, int]:
        """How many keys are kept under each secret, by its identity."""
        query = select(_table.c.secret, func.count()).group_by(_table.c.secret)
        return {secret: int(count) for secret, count in self._connection.execute(query)}


def _sealed(row: Row[Any]) -> SealedKey:
    return SealedKey(KeptWith(row.fingerprint, row.caname, row.username), row.secret, bytes(row.sealed))
