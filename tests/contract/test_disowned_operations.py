"""What becomes of a request's operations once it is refused for its signer; on every database."""

from collections.abc import Iterator

import pytest

from lockgate.certification.endentity import CertificateFacts
from lockgate.certification.revocation import RevocationReason
from lockgate.operations.conclusion import conclude_issued, disown_request
from lockgate.operations.status import CALLED, DOUBTFUL, INTENDED, RECEIVED, REFUSED
from lockgate.ports import Fence, Operation, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.remote import (
    certificate,
    end_all,
    intend,
    intended,
    new_name,
    read,
    recorded,
)
from lockgate_testing.contracts.registry.work import again
from tests.contract.registries import SqlRegistrySubject

REVOKED = Rejected(Reason.SIGNER_REVOKED)


@pytest.fixture
def subject(registry: SqlRegistrySubject) -> SqlRegistrySubject:
    return registry


@pytest.fixture
def fence(subject: SqlRegistrySubject) -> Iterator[Fence]:
    yield subject.fence()
    end_all(subject)


@pytest.fixture
def operation(subject: SqlRegistrySubject, fence: Fence) -> Operation:
    return intended(subject, fence, new_name())


def disown(subject: SqlRegistrySubject, fence: Fence, request: str) -> None:
    with subject.ca.transaction(fence) as work:
        disown_request(request, REVOKED, work)


def only_certificate(subject: SqlRegistrySubject, fence: Fence, username: str) -> CertificateFacts:
    with subject.ca.transaction(fence) as work:
        (facts,) = work.certificates.of(username)
    return facts


def test_a_call_in_flight_is_still_collected(subject: SqlRegistrySubject, fence: Fence, operation: Operation) -> None:
    with subject.ca.transaction(fence) as work:
        called = work.operations.move(operation, CALLED, draft=b"draft")
    disown(subject, fence, operation.request)
    now = read(subject, fence, operation.id)
    assert (now.revision, now.status, now.disowned) == (called.revision, CALLED, True)


def test_what_an_operator_says_was_issued_is_revoked(
    subject: SqlRegistrySubject, fence: Fence, operation: Operation
) -> None:
    with subject.ca.transaction(fence) as work:
        work.operations.move(work.operations.move(operation, CALLED, draft=b"draft"), DOUBTFUL)
    disown(subject, fence, operation.request)
    subject.administration.settle_issued(operation.id, certificate(operation))
    facts = only_certificate(subject, fence, operation.username)
    assert facts.standing is CertificateStanding.REVOKED
    with subject.ca.transaction(fence) as work:
        assert work.end_entities.get(operation.username) is None


@pytest.mark.parametrize("first", ["disowned", "issued"])
def test_of_two_certificates_one_that_is_there_is_revoked_at_once(
    subject: SqlRegistrySubject, fence: Fence, operation: Operation, first: str
) -> None:
    with subject.ca.transaction(fence) as work:
        intend(work, operation.username, request=operation.request, effect=1)
    with subject.ca.transaction(fence) as work:
        second = work.operations.of(operation.request)[1]
        work.operations.move(second, CALLED, draft=b"draft")
        called = work.operations.move(operation, CALLED, draft=b"draft")
    if first == "disowned":
        disown(subject, fence, operation.request)

    def conclude(work: RegistryTransaction) -> None:
        now = work.operations.of(operation.request)[0]
        conclude_issued(work.operations.move(now, RECEIVED, certificate=certificate(called)), work)

    again(subject, fence, conclude)
    if first == "issued":
        disown(subject, fence, operation.request)
    assert only_certificate(subject, fence, operation.username).standing is CertificateStanding.REVOKED
    assert read(subject, fence, second.id).status is CALLED


@pytest.mark.parametrize(
    ("reason", "status"), [(RevocationReason.SUPERSEDED, INTENDED), (RevocationReason.REMOVE_FROM_CRL, REFUSED)]
)
def test_a_revocation_goes_on_and_a_release_does_not(
    subject: SqlRegistrySubject, fence: Fence, operation: Operation, reason: RevocationReason, status: str
) -> None:
    recorded(subject, fence, operation, certificate(operation))
    request = f"change of {operation.id}"
    for change, key in ((RevocationReason.CERTIFICATE_HOLD, None), (reason, request)):
        facts = only_certificate(subject, fence, operation.username)
        with subject.ca.transaction(fence) as work:
            work.certificates.revoke(facts, change, "CN=ra", operation=key)
    disown(subject, fence, request)
    with subject.ca.transaction(fence) as work:
        assert [one.status for one in work.operations.of(request)] == [status]
