"""Enrolments of one protocol on an RA host."""

from lockgate.enrolment.enrolments import EnrolmentParts, Enrolments
from lockgate.enrolment.protocol import EnrolmentProtocol
from lockgate.ports import Clock, EnrolmentTransactions, MessageStore, Random, TransactionSealer
from lockgate.ra.client import RaClient
from lockgate_app.settings.fronts import FrontTable
from lockgate_formats.cms.certs_only import der_certificates_in
from lockgate_formats.sealed_transactions import AesTransactionSealer
from lockgate_formats.validity import end_of


def transaction_sealer(protocol: EnrolmentProtocol, table: FrontTable) -> TransactionSealer:
    """What seals a front's transactions.

    Raises:
        ConfigurationError: the secret is too short.
    """
    return AesTransactionSealer(protocol.name, table.secret.reveal().encode())


def enrolments(
    protocol: EnrolmentProtocol,
    table: FrontTable,
    transactions: EnrolmentTransactions,
    ra: RaClient,
    store: MessageStore,
    clock: Clock,
    random: Random,
) -> Enrolments:
    """What a front asks the CA through.

    Args:
        table: the front's settings.
        transactions: of `protocol`.

    Raises:
        ConfigurationError: the secret is too short.
    """
    parts = EnrolmentParts(
        protocol=protocol,
        ra=ra,
        store=store,
        transactions=transactions,
        sealer=transaction_sealer(protocol, table),
        clock=clock,
        random=random,
        end_of=end_of,
        certificates_in=der_certificates_in,
    )
    return Enrolments(parts, table.rules)
