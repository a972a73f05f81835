"""Reading the audit log: verified as a whole, or exported entry by entry."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine

from lockgate.administration.audit import AuditEntry, Head, Tampering
from lockgate_ca_backend.audit_chain import AuditKey, examine
from lockgate_ca_backend.store.audit import AuditLog
from lockgate_persistence.dialects import translated
from lockgate_persistence.engines import reading


class Auditor:
    """The audit log of the CA in `engine`'s database.

    Args:
        key_encryption_secret: the installation's secret, from which the seals' key is derived.
    """

    def __init__(self, engine: Engine, key_encryption_secret: bytes) -> None:
        self._engine = engine
        self._key = AuditKey(key_encryption_secret)

    def verify(self) -> tuple[Sequence[Tampering], Mapping[str, Head]]:
        """Every place where the log is not as it was written, and where each writer's chain ends.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with self._log() as log:
            heads = log.heads()
            return list(examine(log.entries(), heads, self._key)), heads

    def entries(self) -> Iterator[AuditEntry]:
        """The whole log, by writer and number.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with self._log() as log:
            yield from log.entries()

    @contextmanager
    def _log(self) -> Iterator[AuditLog]:
        with translated(self._engine), reading(self._engine).connect() as connection:
            yield AuditLog(connection, 0, "", self._key)
