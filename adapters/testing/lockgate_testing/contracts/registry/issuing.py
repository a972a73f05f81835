"""Rules of certificates that an issuer in the transaction signs."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.endentity import EndEntityStatus, IssuedCertificate
from lockgate.errors import Defect, Unavailable
from lockgate.ports import Fence, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.subjects import SERIALS, RegistrySubject
from lockgate_testing.contracts.registry.values import (
    NOBODY,
    NUMBERS,
    certifying,
    described,
    entry,
    order,
    public_key,
    trusted,
)
from lockgate_testing.contracts.registry.work import issue, issue_all, issued, must_issue, run


class IssuingRules:
    """Orders, signed and recorded."""

    def test_an_issued_certificate_is_for_the_key(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        certificate = x509.load_der_x509_certificate(own.certificate)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert key == public_key(1)
        assert own.fingerprint == hashlib.sha256(own.certificate).hexdigest()
        assert own.serial_number == certificate.serial_number

    def test_the_chain_comes_along_up_to_the_root(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = issued(subject, fence, username)
        step = x509.load_der_x509_certificate(own.certificate)
        for issuer in map(x509.load_der_x509_certificate, own.chain):
            step.verify_directly_issued_by(issuer)
            step = issuer
        assert step.issuer == step.subject

    def test_the_end_entity_is_saved_as_generated(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            stored = work.end_entities.get(username)
        assert stored == replace(described(username), status=EndEntityStatus.GENERATED)

    def test_a_rejection_leaves_the_end_entity_as_it_was(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username))
        with subject.ca.transaction(fence) as work:
            rejected = issue(subject, work, order(described(username, email="new@example.org", ca_name="none")))
        assert isinstance(rejected, Rejected)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == described(username)

    def test_an_issued_certificates_standing_is_good_and_another_ones_is_unknown(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        own = issued(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            assert work.certificates.standing(trusted(own)) is CertificateStanding.GOOD
            assert work.certificates.standing(replace(trusted(own), fingerprint=NOBODY)) is CertificateStanding.UNKNOWN

    def test_the_certificate_of_a_worker_has_no_other_standing(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        own = trusted(issued(subject, fence, username))
        elsewhere = replace(own, fingerprint=token_hex(32))
        subject.coordinator.introduce("another worker", [own.fingerprint, elsewhere.fingerprint])
        with subject.ca.transaction(fence) as work:
            for certificate in (own, elsewhere):
                assert work.certificates.standing(certificate) is CertificateStanding.WORKERS

    def test_a_certificate_is_recorded_once_and_for_an_order_of_the_same_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            orders = work.issuance.order_all((order(described(username)),))
            assert not isinstance(orders, Rejected)
            (ordered,), (made,) = orders, subject.issuer.issue(orders)
            assert work.issuance.record_issued(ordered, made).certificate == made
            with pytest.raises(Defect):
                work.issuance.record_issued(ordered, made)
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.issuance.record_issued(ordered, made)

    def test_a_retry_after_a_rollback_ends_with_one_certificate(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        before, once = len(subject.certificates()), order(described(username))
        seen: list[IssuedCertificate | Rejected] = []

        def fail(work: RegistryTransaction) -> None:
            seen.append(issue(subject, work, once))
            raise KeyError

        with pytest.raises(KeyError):
            run(subject, fence, fail)
        (first,) = seen
        assert isinstance(first, IssuedCertificate)
        assert first.certificate not in subject.certificates()
        with subject.ca.transaction(fence) as work:
            second = issue(subject, work, once)
        assert isinstance(second, IssuedCertificate)
        assert len(subject.certificates()) == before + 1
        assert second.certificate in subject.certificates()

    def test_a_holder_that_is_overtaken_while_issuing_commits_nothing(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        recorded, once = entry(), order(described(username))

        def be_overtaken(work: RegistryTransaction) -> None:
            issue(subject, work, once)
            work.journal.record(recorded)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(subject.fence, "another host").result()

        # Where a transaction has the database to itself, such as SQLite's, it is the other host that fails.
        with pytest.raises(Unavailable):
            run(subject, fence, be_overtaken)
        with subject.ca.transaction(subject.fence()) as work:
            assert work.journal.recall([recorded.key]) == {}
            assert work.end_entities.get(username) is None


class ChosenNumberRules:
    """Chosen serial numbers, and several certificates at once."""

    def test_a_chosen_serial_number(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        number = 2**150 + next(NUMBERS)
        chosen = replace(order(described(username, certificate_profile=SERIALS)), serial_number=number)
        with subject.ca.transaction(fence) as work:
            assert must_issue(subject, work, chosen).serial_number == number

    def test_a_serial_number_is_given_once(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        number = 2**150 + next(NUMBERS)
        first, second = (
            replace(order(described(username, certificate_profile=SERIALS)), serial_number=number) for _ in range(2)
        )
        with subject.ca.transaction(fence) as work:
            must_issue(subject, work, first)
        with subject.ca.transaction(fence) as work:
            refused = issue(subject, work, second)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.SERIAL_NUMBER_TAKEN

    def test_the_profile_must_allow_a_chosen_serial_number(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            refused = issue(subject, work, replace(order(described(username)), serial_number=1))
            assert work.end_entities.get(username) is None
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.PROFILE_VIOLATION

    def test_several_certificates_are_issued_or_none(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        stored = described(username)
        wrong = replace(order(stored), certified_as=replace(stored, certificate_profile="NONE"))
        with subject.ca.transaction(fence) as work:
            refused = issue_all(subject, work, [order(stored), wrong])
            assert isinstance(refused, Rejected)
            assert refused.reason is Reason.UNKNOWN_PROFILE
            assert work.end_entities.get(username) is None
        with subject.ca.transaction(fence) as work:
            assert list(work.certificates.of(username)) == []
            issued = issue_all(subject, work, [order(stored), replace(order(stored), request=certifying(2))])
        assert not isinstance(issued, Rejected)
        assert len({certificate.fingerprint for certificate in issued}) == 2

    def test_an_end_entity_is_stored_as_it_was_and_certified_as_asked(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        stored = described(username)
        asked_for = replace(order(stored), certified_as=replace(stored, certificate_profile=SERIALS), serial_number=77)
        with subject.ca.transaction(fence) as work:
            assert must_issue(subject, work, asked_for).serial_number == 77
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == replace(stored, status=EndEntityStatus.GENERATED)
