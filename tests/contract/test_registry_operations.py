"""Every rule of the port Registry on operations at remote issuers, on every database."""

import pytest

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Fence
from lockgate_testing.contracts.registry import OperationsContract, RegistrySubject
from lockgate_testing.contracts.registry.remote import certificate, intended, new_name, receive, recorded
from tests.contract.registries import SqlRegistrySubject


class TestSqlOperations(OperationsContract):
    @pytest.fixture
    def subject(self, registry: SqlRegistrySubject) -> RegistrySubject:
        return registry

    def test_an_operator_reads_why_a_certificate_is_unfit(self, subject: RegistrySubject, fence: Fence) -> None:
        first, second = (intended(subject, fence, new_name()) for _ in range(2))
        recorded(subject, fence, first, certificate(first, serial_number=4712))
        with subject.ca.transaction(fence) as work:
            received = receive(work, second, certificate(second, serial_number=4712))
            reason = work.issuance.judge_received(received)
        assert reason == "another certificate of the CA has its serial number"

    def test_a_revocation_is_named_by_its_request_and_certificate(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        recorded(subject, fence, operation, certificate(operation))
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            work.certificates.revoke(facts, RevocationReason.SUPERSEDED, "CN=ra", operation="another revocation")
            (revocation,) = work.operations.of("another revocation")
        assert revocation.id == f"another revocation:{facts.fingerprint}"
