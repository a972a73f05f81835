"""About which certificates an OCSP answer is due, and what those who watch a CA node read of it, on every database."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from lockgate.administration.authorities import CaStatus
from lockgate.administration.observations import AnswerTally
from lockgate.certification.revocation import RevocationReason
from lockgate.names.dn import parse_dn
from lockgate.ports import Fence
from lockgate.publishing.answers import AnswerTerms, DueAnswer
from lockgate_ca_backend.observation import Observation
from lockgate_ca_backend.ocsp import OcspSigning
from tests.integration.ca_backend.conftest import LEASE, Deployment, revoke

CA, MANY = "ManagementCA", 1000
TERMS = AnswerTerms(timedelta(hours=48), ("sha256",))


class Publisher:
    """What publishes in a data source of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self.source = f"source {secrets.token_hex(8)}"
        self.signing = OcspSigning(deployment.ca, deployment.ca._facilities)
        fence = deployment.coordinator.acquire(self.source, "this process", LEASE)
        assert isinstance(fence, Fence)
        self.fence = fence

    def due(self, limit: int = MANY, terms: AnswerTerms = TERMS) -> Sequence[DueAnswer]:
        return self.signing.due(self.fence, self.source, CA, limit, terms)

    def record(self, published: Sequence[DueAnswer], terms: AnswerTerms = TERMS) -> None:
        self.signing.record(self.fence, self.source, published, terms)


@pytest.fixture
def publisher(shared: Deployment) -> Publisher:
    return Publisher(shared)


def issued(deployment: Deployment) -> int:
    """The serial number of a new certificate."""
    name = secrets.token_hex(8)
    return deployment.issue(username=name, subject_dn=parse_dn(f"CN={name}")).serial_number


def test_a_changed_standing_comes_first(shared: Deployment, publisher: Publisher) -> None:
    first, name = issued(shared), secrets.token_hex(8)
    certificate = shared.issue(username=name, subject_dn=parse_dn(f"CN={name}"))
    publisher.record([answer for answer in publisher.due() if answer.serial_number == certificate.serial_number])
    assert publisher.due(1)[0].serial_number != certificate.serial_number
    revoke(shared, certificate, RevocationReason.CERTIFICATE_HOLD)
    (due,) = publisher.due(1)
    assert due.serial_number == certificate.serial_number
    assert due.revoked is not None
    assert due.revoked.reason is RevocationReason.CERTIFICATE_HOLD
    publisher.record([due])
    revoke(shared, certificate, RevocationReason.SUPERSEDED)
    assert publisher.due(1)[0].serial_number == certificate.serial_number
    assert first in {answer.serial_number for answer in publisher.due()}


def test_each_data_source_has_its_own_answers(shared: Deployment, publisher: Publisher) -> None:
    number, other = issued(shared), Publisher(shared)
    publisher.record(publisher.due())
    assert publisher.due() == []
    assert number in {answer.serial_number for answer in other.due()}
    other.record(other.due())
    publisher.signing.forget(publisher.fence, publisher.source)
    assert number in {answer.serial_number for answer in publisher.due()}
    assert other.due() == []


def test_new_certificates_come_before_renewals_and_changes_leave_them_half_of_a_round(
    shared: Deployment, publisher: Publisher
) -> None:
    held = []
    for _ in range(3):
        name = secrets.token_hex(8)
        held.append(shared.issue(username=name, subject_dn=parse_dn(f"CN={name}")))
    publisher.record(publisher.due(), AnswerTerms(timedelta(), ("sha256",)))
    new = issued(shared)
    assert publisher.due(1)[0].serial_number == new
    for certificate in held:
        revoke(shared, certificate, RevocationReason.CERTIFICATE_HOLD)
    numbers = [answer.serial_number for answer in publisher.due(2)]
    assert numbers[0] in {certificate.serial_number for certificate in held}
    assert numbers[1] == new
    assert len(publisher.due()) == len({answer.serial_number for answer in publisher.due()})


def test_of_changed_certificates_the_one_with_the_oldest_answer_comes_first(
    shared: Deployment, publisher: Publisher
) -> None:
    first, second = (shared.issue(username=name, subject_dn=parse_dn(f"CN={name}")) for name in ("first", "second"))
    due = publisher.due()
    publisher.record([answer for answer in due if answer.serial_number != second.serial_number])
    older = [answer for answer in due if answer.serial_number == second.serial_number]
    publisher.record([replace(answer, at=answer.at - timedelta(hours=1)) for answer in older])
    for certificate in (first, second):
        revoke(shared, certificate, RevocationReason.CERTIFICATE_HOLD)
    assert [answer.serial_number for answer in publisher.due(2)] == [second.serial_number, first.serial_number]


@pytest.mark.parametrize("hours", [1, 96])
def test_an_answer_of_the_future_is_due(shared: Deployment, publisher: Publisher, hours: int) -> None:
    """The clock of the CA's database was set back by three hours; `hours` is what is configured now."""
    issued(shared)
    terms = AnswerTerms(timedelta(hours=hours), ("sha256",))
    publisher.record([replace(answer, at=answer.at + timedelta(hours=3)) for answer in publisher.due()])
    assert publisher.due(terms=terms)
    publisher.record(publisher.due(), terms)
    assert publisher.due(terms=terms) == []


def test_an_answer_that_counts_for_longer_than_is_configured_now_is_due(
    shared: Deployment, publisher: Publisher
) -> None:
    issued(shared)
    publisher.record(publisher.due())
    assert publisher.due() == []
    assert publisher.due(terms=AnswerTerms(timedelta(hours=47), ("sha256",)))


def test_what_is_overdue_is_counted_of_cas_that_sign(shared: Deployment, publisher: Publisher) -> None:
    issued(shared)
    issued(shared)
    observed, late = Observation(shared.engine), timedelta(hours=1)

    def told(late: timedelta) -> AnswerTally:
        return observed.ocsp_answers([publisher.source], TERMS, late)[publisher.source]

    before = told(timedelta(hours=-1))
    assert before.age is None
    assert before.overdue >= 2, "no round has ended"
    due = publisher.due()
    publisher.record(due[1:])
    publisher.record([replace(due[0], at=due[0].at - timedelta(hours=26))])
    publisher.signing.finish(publisher.fence, publisher.source)
    tally = told(late)
    assert tally.overdue == 1
    assert tally.age is not None
    assert timedelta() <= tally.age < timedelta(minutes=5)
    assert told(timedelta(hours=3)).overdue == 0
    shared.administration.set_ca_status(CA, CaStatus.OFFLINE)
    assert told(late).overdue == 0, "a CA that signs no answer has none due"
    shared.administration.set_ca_status(CA, CaStatus.ACTIVE)
    assert told(late).overdue == 1
    publisher.record(due[:1])
    assert told(late).overdue == 0
    assert told(timedelta(hours=-1)).overdue == 0
    issued(shared)
    assert told(timedelta(hours=-1)).overdue == 1, "it has no answer"
