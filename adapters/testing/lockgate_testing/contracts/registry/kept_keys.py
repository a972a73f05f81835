"""Rules of kept keys."""

from dataclasses import replace

from lockgate.certification.endentity import KeystoreRules
from lockgate.ports import Fence, IssuanceRequest, KeptKey
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.subjects import ESCROW, PLAIN, RegistrySubject
from lockgate_testing.contracts.registry.values import certifying, described, key_pair, order
from lockgate_testing.contracts.registry.work import issue, must_issue


def kept(username: str, number: int = 1, profile: str = ESCROW) -> IssuanceRequest:
    """An order for the key pair with that number, which shall be kept."""
    wanted = order(described(username, certificate_profile=profile))
    return replace(wanted, request=certifying(number), kept_key=key_pair(number))


class KeptKeyRules:
    """Kept keys."""

    def test_a_kept_key_comes_back_with_its_certificate(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            issued = must_issue(subject, work, kept(username))
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            assert work.kept_keys.get(facts) == KeptKey(key_pair(1), issued)

    def test_a_kept_key_is_there_in_the_transaction_that_kept_it(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(subject, work, kept(username))
            (facts,) = work.certificates.of(username)
            assert isinstance(work.kept_keys.get(facts), KeptKey)
            assert work.kept_keys.latest_of(username) == facts

    def test_the_latest_kept_key_of_an_end_entity(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.kept_keys.latest_of(username) is None
            for ordered in (kept(username, 3), kept(username, 2), order(described(username)), kept(f"{username}'s", 4)):
                must_issue(subject, work, ordered)
        with subject.ca.transaction(fence) as work:
            latest = work.kept_keys.latest_of(username)
            assert latest is not None
            found = work.kept_keys.get(latest)
        assert isinstance(found, KeptKey)
        assert found.key == key_pair(2)

    def test_what_was_not_kept_is_not_there(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            must_issue(subject, work, order(described(username)))
            (facts,) = work.certificates.of(username)
            refused = work.kept_keys.get(facts)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_NOT_STORED

    def test_only_profiles_that_say_so_keep_keys(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            refused = issue(subject, work, kept(username, profile=PLAIN))
            assert work.end_entities.get(username) is None
            for profile, keeps in ((ESCROW, True), (PLAIN, False)):
                rules = work.profiles.keystore_rules(profile)
                assert isinstance(rules, KeystoreRules)
                assert rules.keeps_keys is keeps
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.KEY_RECOVERY_DISABLED
