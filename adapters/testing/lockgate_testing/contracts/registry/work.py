"""Units of work of the tests: certificates ordered, signed and recorded, and bodies that may fail."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from lockgate.certification.endentity import IssuedCertificate
from lockgate.effects import issuing
from lockgate.errors import Conflict
from lockgate.ports import Fence, IssuanceRequest, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, order

Result = TypeVar("Result")
TRIES = 5


def issue_all(
    subject: RegistrySubject, work: RegistryTransaction, wanted: Sequence[IssuanceRequest]
) -> Sequence[IssuedCertificate] | Rejected:
    """All of them or none, in an open transaction."""
    return issuing.issue_all(wanted, work, subject.issuer)


def issue(subject: RegistrySubject, work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate | Rejected:
    """The same for one."""
    return issuing.issue(wanted, work, subject.issuer)


def must_issue(subject: RegistrySubject, work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate:
    """The same for one that is not refused."""
    issued = issue(subject, work, wanted)
    assert isinstance(issued, IssuedCertificate), issued
    return issued


def issued(subject: RegistrySubject, fence: Fence, username: str) -> IssuedCertificate:
    """A certificate for the end entity and the first key, committed."""
    with subject.ca.transaction(fence) as work:
        return must_issue(subject, work, order(described(username)))


def run(subject: RegistrySubject, fence: Fence, body: Callable[[RegistryTransaction], None]) -> None:
    """Commit what `body` does, or raise what it raises."""
    with subject.ca.transaction(fence) as work:
        body(work)


def again(subject: RegistrySubject, fence: Fence, body: Callable[[RegistryTransaction], Result]) -> Result:
    """What `body` returns, committed; the same again after each conflict."""
    for _ in range(TRIES - 1):
        try:
            with subject.ca.transaction(fence) as work:
                return body(work)
        except Conflict:
            continue
    with subject.ca.transaction(fence) as work:
        return body(work)
