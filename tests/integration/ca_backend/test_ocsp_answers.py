"""About which certificates an OCSP answer is due, and what those who watch a CA node read of it, on every database."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import pytest

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

    def due(self, limit: int = MANY) -> Sequence[DueAnswer]:
        return self.signing.due(self.fence, self.source, CA, limit)

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


def test_what_is_overdue_is_counted(shared: Deployment, publisher: Publisher) -> None:
    issued(shared)
    issued(shared)
    observed = Observation(shared.engine)
    assert publisher.source not in observed.ocsp_answers()
    due = publisher.due()
    publisher.record(due[1:])
    publisher.record(due[:1], AnswerTerms(timedelta(seconds=-1), ("sha256",)))
    publisher.signing.finish(publisher.fence, publisher.source)
    tally = observed.ocsp_answers()[publisher.source]
    assert tally.overdue == 1
    assert timedelta() <= tally.age < timedelta(minutes=5)
    publisher.record(due[:1])
    publisher.signing.finish(publisher.fence, publisher.source)
    assert observed.ocsp_answers()[publisher.source].overdue == 0
