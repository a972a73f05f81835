"""Rules of operations that end, and of the messages that wait for them."""

from datetime import timedelta

import pytest
from cryptography import x509

from lockgate.certification.endentity import Possession
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.statuses import GENERATED
from lockgate.errors import Defect
from lockgate.operations.status import CALLED, DONE, INTENDED, REFUSED
from lockgate.ports import Fence, RevocationOrder
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.remote import (
    SOURCE,
    certificate,
    intended,
    new_name,
    of_remote_ca,
    receive,
    recorded,
    waiting,
    wrong_certificate,
)
from lockgate_testing.contracts.registry.shared_secrets import new_password
from lockgate_testing.contracts.registry.subjects import REMOTE_CA, REMOTE_ISSUER, RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS
from lockgate_testing.doubles.remote_ca.behaviour import Wrong


class ConclusionRules:
    """Certificates and refusals that came."""

    def test_a_remote_issuers_certificate_is_recorded_as_it_came(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        der = certificate(operation, serial_number=next(NUMBERS) + 10_000)
        with subject.ca.transaction(fence) as work:
            received = receive(work, operation, der)
            assert work.issuance.judge_received(received) is None
            issued = work.issuance.record_received(received)
            done = work.operations.move(received, DONE)
            work.issuance.conclude([done], issued=True)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            end_entity = work.end_entities.get(username)
            assert work.issuance.issued(done) == issued
            work.operations.forget(operation.request)
        assert (facts.fingerprint, facts.ca_name, facts.possession) == (
            issued.fingerprint,
            REMOTE_CA,
            Possession.PROVEN,
        )
        assert facts.serial_number == x509.load_der_x509_certificate(der).serial_number
        assert end_entity is not None
        assert end_entity.status is GENERATED

    def test_another_certificates_serial_number_is_unfit(self, subject: RegistrySubject, fence: Fence) -> None:
        number = next(NUMBERS) + 20_000
        first, second = (intended(subject, fence, new_name()) for _ in range(2))
        with subject.ca.transaction(fence) as work:
            received = receive(work, first, certificate(first, serial_number=number))
            assert work.issuance.judge_received(received) is None
            work.issuance.record_received(received)
            work.operations.move(received, DONE)
        with subject.ca.transaction(fence) as work:
            received = receive(work, second, certificate(second, serial_number=number))
            assert work.issuance.judge_received(received) is not None
            with pytest.raises(Defect):
                work.issuance.record_received(received)

    def test_a_refusal_restores_the_end_entity_and_its_password(self, subject: RegistrySubject, fence: Fence) -> None:
        subject.put_end_entity(before := of_remote_ca(new_name()), "open sesame")
        operation = intended(subject, fence, before.username)
        with subject.ca.transaction(fence) as work:
            work.end_entities.clear_password(before.username)
        with subject.ca.transaction(fence) as work:
            refused = work.operations.move(work.operations.move(operation, CALLED), REFUSED)
            work.issuance.conclude([refused], issued=False)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(before.username) == before
            assert work.end_entities.check_password(before.username, "open sesame") is None

    def test_a_refusal_gives_a_one_time_password_back(self, subject: RegistrySubject, fence: Fence) -> None:
        password = new_password()
        subject.put_one_time_password(before := of_remote_ca(new_name()), password, timedelta(hours=1))
        operation = intended(subject, fence, before.username)
        assert subject.shared_secrets.of_end_entity(before.username) is None
        with subject.ca.transaction(fence) as work:
            refused = work.operations.move(work.operations.move(operation, CALLED), REFUSED)
            work.issuance.conclude([refused], issued=False)
        assert subject.shared_secrets.of_end_entity(before.username) == password

    def test_a_refusal_deletes_an_end_entity_that_was_new(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        with subject.ca.transaction(fence) as work:
            refused = work.operations.move(work.operations.move(operation, CALLED), REFUSED)
            work.issuance.conclude([refused], issued=False)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None
            assert work.end_entities.judge_username(username) is None
        again = intended(subject, fence, username)
        assert again.status is INTENDED

    def test_a_revocation_adds_an_operation(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        der = certificate(operation)
        recorded(subject, fence, operation, der)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            work.certificates.revoke(facts, RevocationReason.SUPERSEDED, "CN=ra", operation="a revocation")
            assert work.operations.is_open("a revocation")
            (revocation,) = work.operations.of("a revocation")
            assert isinstance(revocation.order, RevocationOrder)
            assert (revocation.order.operation, revocation.request) == (revocation.id, "a revocation")
            assert (revocation.order.ca_name, revocation.order.reason) == (REMOTE_CA, RevocationReason.SUPERSEDED)
            assert revocation.order.certificate == der

    def test_a_certificate_stays_on_hold_until_the_issuer_has_taken_it_from_hold(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        operation = intended(subject, fence, username := new_name())
        recorded(subject, fence, operation, certificate(operation))
        for reason in (RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL):
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                work.certificates.revoke(facts, reason, "CN=ra", operation=f"{reason.name} {username}")
            with subject.ca.transaction(fence) as work:
                assert work.certificates.of(username)[0].standing is CertificateStanding.ON_HOLD
        with subject.ca.transaction(fence) as work:
            (release,) = work.operations.of(f"REMOVE_FROM_CRL {username}")
            work.certificates.conclude(release)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.of(username)[0].standing is CertificateStanding.GOOD

    @pytest.mark.parametrize("wrong", Wrong)
    def test_a_certificate_that_was_not_ordered_is_revoked_where_the_ca_has_signed_it(
        self, subject: RegistrySubject, fence: Fence, wrong: Wrong
    ) -> None:
        operation = intended(subject, fence, new_name())
        der = wrong_certificate(operation, wrong)
        with subject.ca.transaction(fence) as work:
            received = receive(work, operation, der)
            assert work.issuance.judge_received(received) is not None
            work.issuance.revoke_unfit(received)
        with subject.ca.transaction(fence) as work:
            due = [one.order for one in work.operations.due(REMOTE_ISSUER, 100)]
        revoked = [order.certificate for order in due if isinstance(order, RevocationOrder)]
        assert revoked == ([] if wrong in (Wrong.SIGNATURE, Wrong.GARBAGE) else [der])


class WaitingRules:
    """Messages that wait for operations."""

    def test_a_message_is_due_when_its_operations_have_ended(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            work.journal.defer(pending := waiting(operation.request))
        with subject.ca.transaction(fence) as work:
            assert work.journal.recall([pending.key]) == {pending.key: pending}
            assert work.journal.awaits_operations(SOURCE)
            assert not work.journal.awaits_operations("another data source")
            assert pending.message_id not in work.journal.decided_messages(SOURCE, 100)
            work.operations.move(work.operations.move(operation, CALLED), REFUSED)
        with subject.ca.transaction(fence) as work:
            assert pending.message_id in work.journal.decided_messages(SOURCE, 100)

    def test_what_a_request_waits_for_is_not_purged(self, subject: RegistrySubject, fence: Fence) -> None:
        awaited, forgotten = (intended(subject, fence, new_name()) for _ in range(2))
        with subject.ca.transaction(fence) as work:
            work.journal.defer(pending := waiting(awaited.request))
            for operation in (awaited, forgotten):
                work.operations.move(work.operations.move(operation, CALLED), REFUSED)
        with subject.ca.transaction(fence) as work:
            work.operations.purge(timedelta(), 1000)
            work.approvals.purge(timedelta(), 100)
        with subject.ca.transaction(fence) as work:
            assert work.operations.of(awaited.request)
            assert not work.operations.of(forgotten.request)
            assert work.journal.recall([pending.key]) == {pending.key: pending}

    def test_no_operation_is_purged_ahead_of_time(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.operations.purge(timedelta(seconds=-1), 1)
