"""Operations of the tests, at the remote issuer of `REMOTE_CA`."""

from dataclasses import replace

from lockgate.certification.endentity import EndEntity
from lockgate.line.journal import JournalKey, PendingRequest
from lockgate.operations.status import CALLED, DONE, RECEIVED
from lockgate.ports import Fence, Intent, KeystoreDelivery, Operation, Order, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate_testing.contracts.registry.subjects import (
    REMOTE_CA,
    REMOTE_ISSUER,
    REMOTE_SIGNER,
    SERIALS,
    RegistrySubject,
)
from lockgate_testing.contracts.registry.values import NUMBERS, described, order
from lockgate_testing.doubles.remote_ca.behaviour import Wrong

SOURCE = "a data source"


def new_name() -> str:
    """A username that no other test has."""
    return f"somebody{next(NUMBERS)}"


def of_remote_ca(username: str) -> EndEntity:
    """An end entity whose certificates the remote issuer signs."""
    return described(username, certificate_profile=SERIALS, ca_name=REMOTE_CA)


def intend(
    work: RegistryTransaction,
    username: str,
    *,
    request: str | None = None,
    serial: int | None = None,
    effect: int = 0,
    delivery: KeystoreDelivery | None = None,
) -> Order | Rejected:
    """Order a certificate, and store the operation for it.

    Args:
        request: the operation key of the request; a new one by default.
    """
    key = request or f"request {next(NUMBERS)}"
    wanted = replace(order(of_remote_ca(username)), operation=f"{key}:{effect}", serial_number=serial)
    orders = work.issuance.order_all([replace(wanted, requester_fingerprint=None)])
    if isinstance(orders, Rejected):
        return orders
    work.issuance.intend(orders[0], Intent(request=key, effect=effect, delivery=delivery))
    return orders[0]


def intended(subject: RegistrySubject, fence: Fence, username: str) -> Operation:
    """A stored operation for the end entity, committed."""
    with subject.ca.transaction(fence) as work:
        ordered = intend(work, username)
        assert isinstance(ordered, Order)
    return read(subject, fence, ordered.operation)


def read(subject: RegistrySubject, fence: Fence, operation: str) -> Operation:
    """The operation as it is stored now."""
    with subject.ca.transaction(fence) as work:
        found = work.operations.get(operation)
    assert found is not None
    return found


def certificate(operation: Operation, **changes: int) -> bytes:
    """What the CA signs for the operation, DER; `changes` are the CA's own, such as another serial number."""
    assert isinstance(operation.order, Order)
    return REMOTE_SIGNER.certificate(replace(operation.order, **changes))  # type: ignore[arg-type]


def wrong_certificate(operation: Operation, wrong: Wrong) -> bytes:
    """A certificate that was not ordered."""
    assert isinstance(operation.order, Order)
    return REMOTE_SIGNER.wrong(operation.order, wrong)


def receive(work: RegistryTransaction, operation: Operation, der: bytes) -> Operation:
    """The operation, called and answered with the certificate."""
    called = work.operations.move(operation, CALLED, draft=b"draft")
    return work.operations.move(called, RECEIVED, certificate=der)


def recorded(subject: RegistrySubject, fence: Fence, operation: Operation, der: bytes) -> None:
    """The operation ends with the certificate, committed."""
    with subject.ca.transaction(fence) as work:
        received = receive(work, operation, der)
        work.issuance.record_received(received)
        work.issuance.conclude([work.operations.move(received, DONE)], issued=True)


def end_all(subject: RegistrySubject) -> None:
    """End every operation that is worked on."""
    with subject.ca.transaction(subject.fence()) as work:
        while operations := work.operations.due(REMOTE_ISSUER, 100, called=True):
            for operation in operations:
                work.operations.move(operation, DONE)


def waiting(operation: str) -> PendingRequest:
    """A request that waits for its operations."""
    key = JournalKey("a" * 64, f"{next(NUMBERS):032x}")
    return PendingRequest(key, "d" * 64, SOURCE, f"message {key.nonce}", "", 0, operation, effects=1)
