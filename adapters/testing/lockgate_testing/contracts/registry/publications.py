"""Rules of what CAs publish: certificates, changes of their keys, CRLs, announcements."""

from collections.abc import Sequence

from cryptography import x509

from lockgate.ports import Fence, KeyChange, PublishedCrl
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.subjects import CA, REMOTE_CA, REMOTE_CERTIFICATE, RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS
from lockgate_testing.contracts.registry.work import issued


class PublicationRules:
    """Publications."""

    def test_the_last_crl_is_that_of_the_certificates_ca(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        issued(subject, fence, username)
        for _ in range(2):
            published = subject.publish_crl(CA)
            with subject.ca.transaction(fence) as work:
                (facts,) = work.certificates.of(username)
                assert work.publications.latest_crl(facts) == published

    def test_a_ca_that_has_announced_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            said = [work.publications.announcement(CA), work.publications.announcement("no CA")]
        assert [outcome.reason for outcome in said if isinstance(outcome, Rejected)] == [
            Reason.NO_NEXT_CA_CERTIFICATE,
            Reason.UNKNOWN_CA,
        ]


class ChainRules:
    """The certificates of CAs."""

    def test_the_chain_is_that_of_issued_certificates(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        own = issued(subject, fence, username)
        assert _chain(subject, fence, CA) == [(certificate, CA) for certificate in own.chain]

    def test_the_chain_leads_to_the_root(self, subject: RegistrySubject, fence: Fence) -> None:
        below = _new_ca(subject, above := _new_ca(subject))
        found = _chain(subject, fence, below)
        assert [name for _, name in found] == [below, above]
        (own, _), (issuer, _) = found
        _parsed(own).verify_directly_issued_by(_parsed(issuer))
        assert _chain(subject, fence, above) == [(issuer, above)]

    def test_a_certificate_of_an_earlier_generation_is_that_of_its_ca(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        below = _new_ca(subject, above := _new_ca(subject))
        before = _chain(subject, fence, below)
        _roll_over(subject, above)
        assert _chain(subject, fence, below) == before
        assert _chain(subject, fence, above) != before[1:]

    def test_a_next_certificate_is_no_part_of_the_chain(self, subject: RegistrySubject, fence: Fence) -> None:
        before = _chain(subject, fence, ca := _new_ca(subject))
        subject.prepare_next(ca)
        assert _chain(subject, fence, ca) == before
        subject.take_over(ca)
        assert _chain(subject, fence, ca) != before

    def test_a_ca_of_a_remote_issuer_publishes_its_certificate_alone(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        assert _chain(subject, fence, REMOTE_CA) == [(REMOTE_CERTIFICATE, REMOTE_CA)]
        assert not _key_changes(subject, fence, REMOTE_CA)
        assert not _crls(subject, fence, REMOTE_CA)

    def test_a_ca_that_does_not_exist_publishes_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            refused = work.publications.chain("no CA")
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.UNKNOWN_CA
        assert not _key_changes(subject, fence, "no CA")
        assert not _crls(subject, fence, "no CA")


class KeyChangeRules:
    """Rollovers."""

    def test_a_root_and_the_one_before_certify_each_other(self, subject: RegistrySubject, fence: Fence) -> None:
        ((first, _),) = _chain(subject, fence, ca := _new_ca(subject))
        subject.prepare_next(ca)
        assert not _key_changes(subject, fence, ca)
        subject.take_over(ca)
        ((second, _),) = _chain(subject, fence, ca)
        (change,) = _key_changes(subject, fence, ca)
        assert (change.old, change.new) == (first, second)
        assert change.new_with_old is not None
        assert change.old_with_new is not None
        old, new = _parsed(first), _parsed(second)
        new_with_old, old_with_new = _parsed(change.new_with_old), _parsed(change.old_with_new)
        new_with_old.verify_directly_issued_by(old)
        old_with_new.verify_directly_issued_by(new)
        assert new_with_old.public_key() == new.public_key()
        assert old_with_new.public_key() == old.public_key()

    def test_changes_are_told_in_their_order(self, subject: RegistrySubject, fence: Fence) -> None:
        ca = _new_ca(subject)
        for _ in range(2):
            _roll_over(subject, ca)
        first, second = _key_changes(subject, fence, ca)
        assert first.new == second.old
        assert _chain(subject, fence, ca) == [(second.new, ca)]

    def test_keys_below_a_root_do_not_certify_each_other(self, subject: RegistrySubject, fence: Fence) -> None:
        _roll_over(subject, ca := _new_ca(subject, _new_ca(subject)))
        (change,) = _key_changes(subject, fence, ca)
        assert (change.new_with_old, change.old_with_new) == (None, None)


class CrlRules:
    """CRLs by their CA."""

    def test_the_last_crl_is_published(self, subject: RegistrySubject, fence: Fence) -> None:
        ca = _new_ca(subject)
        assert not _crls(subject, fence, ca)
        for _ in range(2):
            made = subject.publish_crl(ca)
            (found,) = _crls(subject, fence, ca)
            assert (found.generation, found.crl) == (1, made)
            assert found.issued == x509.load_der_x509_crl(made).last_update_utc

    def test_each_generation_has_crls_of_its_own(self, subject: RegistrySubject, fence: Fence) -> None:
        old = subject.publish_crl(ca := _new_ca(subject))
        _roll_over(subject, ca)
        assert [found.crl for found in _crls(subject, fence, ca)] == [old]
        new = subject.publish_crl(ca)
        assert [(found.generation, found.crl) for found in _crls(subject, fence, ca)] == [(2, new), (1, old)]


def _new_ca(subject: RegistrySubject, issuer: str | None = None) -> str:
    """The name of a CA that no other test has."""
    name = f"CA {next(NUMBERS)}"
    subject.create_ca(name, f"CN={name}", issuer)
    return name


def _roll_over(subject: RegistrySubject, ca_name: str) -> None:
    subject.prepare_next(ca_name)
    subject.take_over(ca_name)


def _chain(subject: RegistrySubject, fence: Fence, ca_name: str) -> list[tuple[bytes, str | None]]:
    with subject.ca.transaction(fence) as work:
        found = work.publications.chain(ca_name)
    assert not isinstance(found, Rejected)
    return [(member.certificate, member.ca_name) for member in found]


def _key_changes(subject: RegistrySubject, fence: Fence, ca_name: str) -> Sequence[KeyChange]:
    with subject.ca.transaction(fence) as work:
        return work.publications.key_changes(ca_name)


def _crls(subject: RegistrySubject, fence: Fence, ca_name: str) -> Sequence[PublishedCrl]:
    with subject.ca.transaction(fence) as work:
        return work.publications.crls(ca_name)


def _parsed(certificate: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate)
