"""One unit of work in the CA's database: the parts of a `RegistryTransaction`.

Workers and the administration use the same one. Reads see earlier writes of the same unit of work; writes are collected
until `flush` and sent as one statement per table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from lockgate.audit import AuditEvent
from lockgate.ports import RegistryTransaction
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.registry.approvals import SqlApprovals
from lockgate_ca_backend.registry.certificates import SqlCertificates
from lockgate_ca_backend.registry.end_entities import SqlEndEntities
from lockgate_ca_backend.registry.issuance import SqlIssuance
from lockgate_ca_backend.registry.journal import SqlJournal
from lockgate_ca_backend.registry.kept_keys import SqlKeptKeys
from lockgate_ca_backend.registry.keys import SqlKeys
from lockgate_ca_backend.registry.operations import SqlOperations
from lockgate_ca_backend.registry.outside_answers import SqlOutsideAnswers
from lockgate_ca_backend.registry.outside_crls import SqlOutsideCrls
from lockgate_ca_backend.registry.profiles import SqlProfiles
from lockgate_ca_backend.registry.protocol_transactions import SqlProtocolTransactions
from lockgate_ca_backend.registry.publications import SqlPublications
from lockgate_ca_backend.registry.roles import SqlRoles
from lockgate_ca_backend.registry.store import Store
from lockgate_ca_backend.store.outside_crls import OutsideCrlTable
from lockgate_persistence.dialects import Dialect, dialect_of, translated
from lockgate_persistence.engines import reading


class UnitOfWork(RegistryTransaction):
    """A unit of work on an open connection, whose transaction the caller begins and commits.

    Args:
        milliseconds: the database's clock, since 1970-01-01 UTC.
        writer: for the audit log: the worker, the service, or the administration.

    Attributes:
        store: the tables, for operations that only the CA's own host may do.
    """

    journal: SqlJournal
    approvals: SqlApprovals
    end_entities: SqlEndEntities
    certificates: SqlCertificates
    keys: SqlKeys
    kept_keys: SqlKeptKeys
    roles: SqlRoles
    profiles: SqlProfiles
    publications: SqlPublications
    issuance: SqlIssuance
    operations: SqlOperations
    protocol_transactions: SqlProtocolTransactions
    outside_crls: SqlOutsideCrls
    outside_answers: SqlOutsideAnswers

    def __init__(self, connection: Connection, facilities: Facilities, milliseconds: int, writer: str) -> None:
        store = self.store = Store(connection, facilities, milliseconds, writer)
        self.journal = SqlJournal(store)
        self.approvals = SqlApprovals(store)
        self.end_entities = SqlEndEntities(store)
        self.keys = SqlKeys(store)
        self.certificates = SqlCertificates(store, self.keys)
        self.kept_keys = SqlKeptKeys(store)
        self.roles = SqlRoles(store)
        self.profiles = SqlProfiles(store)
        self.publications = SqlPublications(store)
        self.operations = SqlOperations(store)
        self.protocol_transactions = SqlProtocolTransactions(store)
        self.outside_crls = SqlOutsideCrls(store, self.keys)
        self.outside_answers = SqlOutsideAnswers(store)
        self.issuance = SqlIssuance(store, self.kept_keys)

    def flush(self) -> None:
        """Write everything that was collected.

        Raises:
            Conflict: another transaction was faster; nothing of this one may be committed.
        """
        self.store.flush()

    def now(self) -> datetime:
        """The database's clock, UTC, as it was when the transaction began."""
        return self.store.now()

    def audit(self, event: AuditEvent) -> None:
        """Add to the audit log."""
        self.store.audit(event)

    def count_request(self, signer: str) -> int:
        """In the signer's row, which stays locked."""
        return self.store.request_counts.add(signer)

    def secret_mark(self, signer: str, username: str, field: str, value: bytes) -> str:
        """Under the installation's secret."""
        return self.store.facilities.secret_marks.mark(signer, username, field, value)


def read_crls(engine: Engine, facilities: Facilities) -> None:
    """Read the CRLs that earlier units of work have missed; to be called before one begins.

    Raises:
        Unavailable: the database cannot be reached.
    """
    facilities.crls.read_wanted(partial(_crl, engine))


def _crl(engine: Engine, ca_name: str, key: str) -> bytes:
    with translated(engine), reading(engine).begin() as connection:
        return OutsideCrlTable(connection, 0).content(ca_name, key)


@contextmanager
def unfenced(engine: Engine, facilities: Facilities, writer: str) -> Iterator[UnitOfWork]:
    """A unit of work in a transaction of its own, without a worker's lease.

    Raises:
        Conflict: another transaction was faster; the same work can be done again.
        Unavailable: the database cannot be reached.
    """
    read_crls(engine, facilities)
    with translated(engine), engine.begin() as connection:
        now = int(connection.execute(_clock(dialect_of(engine))).scalar_one())
        work = UnitOfWork(connection, facilities, now, writer)
        yield work
        work.flush()


@cache
def _clock(dialect: Dialect) -> Select[Any]:
    return select(dialect.now)
