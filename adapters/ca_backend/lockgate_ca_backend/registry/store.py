"""The tables behind one unit of work. Writes are collected and sent by `flush`, one statement for each table."""

from datetime import datetime

from sqlalchemy import Connection

from lockgate.audit import AuditEvent
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.issuance import OrderFactory, Registrar
from lockgate_ca_backend.store.approvals import ApprovalTable
from lockgate_ca_backend.store.audit import AuditLog
from lockgate_ca_backend.store.authorities import AuthorityTable
from lockgate_ca_backend.store.ca_certificates import CaCertificateTable
from lockgate_ca_backend.store.certificates import CertificateTable
from lockgate_ca_backend.store.clock import from_milliseconds
from lockgate_ca_backend.store.crls import CrlTable
from lockgate_ca_backend.store.end_entities import EndEntityTable
from lockgate_ca_backend.store.escrow import EscrowTable
from lockgate_ca_backend.store.journal import JournalTable
from lockgate_ca_backend.store.key_fates import KeyFateTable
from lockgate_ca_backend.store.operations import OperationTable
from lockgate_ca_backend.store.outside_answers import OutsideAnswerTable
from lockgate_ca_backend.store.outside_crls import OutsideCrlTable
from lockgate_ca_backend.store.profiles import ProfileTable
from lockgate_ca_backend.store.protocol_transactions import ProtocolTransactionTable
from lockgate_ca_backend.store.published_answers import PublishedAnswerTable
from lockgate_ca_backend.store.purging import Purging
from lockgate_ca_backend.store.request_counts import RequestCountTable
from lockgate_ca_backend.store.reserved_keys import ReservedKeys
from lockgate_ca_backend.store.roles import RoleTable


class Store:
    """The tables in one transaction, and what all transactions of the process share.

    Args:
        milliseconds: the database's clock, since 1970-01-01 UTC.
        writer: for the audit log: the worker, or the administration.
    """

    def __init__(self, connection: Connection, facilities: Facilities, milliseconds: int, writer: str) -> None:
        self.facilities = facilities
        self.milliseconds = milliseconds
        self.writer = writer
        self.journal = JournalTable(connection, milliseconds)
        self.end_entities = EndEntityTable(connection, milliseconds)
        self.certificates = CertificateTable(connection)
        self.reserved_keys = ReservedKeys(connection, facilities.suspects)
        self.key_fates = KeyFateTable(connection)
        self.roles = RoleTable(connection)
        self.authorities = AuthorityTable(connection, facilities.issuers)
        self.ca_certificates = CaCertificateTable(connection)
        self.profiles = ProfileTable(connection, facilities.profiles)
        self.crls = CrlTable(connection)
        self.approvals = ApprovalTable(connection, milliseconds)
        self.operations = OperationTable(connection, milliseconds)
        self.protocol_transactions = ProtocolTransactionTable(connection, milliseconds, facilities.client_secrets)
        self.outside_crls = OutsideCrlTable(connection, milliseconds)
        self.outside_answers = OutsideAnswerTable(connection, milliseconds)
        self.published_answers = PublishedAnswerTable(connection, milliseconds)
        self.purging = Purging(connection, milliseconds)
        self.audit_log = AuditLog(connection, milliseconds, writer, facilities.audit_key)
        self.escrowed_keys = EscrowTable(connection, milliseconds)
        self.request_counts = RequestCountTable(connection, milliseconds)
        self.registrar = Registrar(self.authorities, self.profiles)
        self.factory = OrderFactory(facilities, self.authorities, self.profiles, self.now())

    def now(self) -> datetime:
        """The database's clock, UTC, as it was when the transaction began."""
        return from_milliseconds(self.milliseconds)

    def audit(self, event: AuditEvent) -> None:
        """Add to the audit log."""
        self.audit_log.add(event)

    def flush(self) -> None:
        """Write everything that was collected.

        Raises:
            Conflict: another transaction was faster; nothing of this one may be committed.
        """
        self.reserved_keys.flush()
        self.end_entities.flush()
        self.certificates.flush()
        self.escrowed_keys.flush()
        self.request_counts.flush()
        self.protocol_transactions.flush()
        self.journal.flush()
        self.audit_log.flush()
