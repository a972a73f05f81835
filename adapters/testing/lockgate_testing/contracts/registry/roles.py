"""Rules of roles and of profiles."""

from dataclasses import replace
from datetime import timedelta

from lockgate.certification.endentity import KeystoreRules
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import Fence, RenewalTerms, Rules
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from lockgate_testing.contracts.registry.subjects import (
    CERTIFICATE_PROFILES,
    END_ENTITY_PROFILE,
    EVERY_PROFILE,
    PLAIN,
    SERIALS,
    RegistrySubject,
)
from lockgate_testing.contracts.registry.values import NOBODY, fingerprint, trusted
from lockgate_testing.contracts.registry.work import issued


class RoleRules:
    """Members of roles."""

    def test_a_member_is_one_certificate(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        this = frozenset({Member(own.fingerprint)})
        first = Role(f"first {username}", frozenset({ADMINISTRATOR}), this)
        second = Role(f"second {username}", frozenset({"/ca/*"}), this)
        subject.put_role(first)
        subject.put_role(second)
        with subject.ca.transaction(fence) as work:
            assert set(work.roles.of(own)) == {first, second}
            assert work.roles.of(replace(own, fingerprint=NOBODY)) == ()

    def test_memberships_are_carried_over(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        own = trusted(issued(subject, fence, username))
        joining = fingerprint(username)
        this = frozenset({Member(own.fingerprint)})
        roles = [Role(f"{name} {username}", frozenset({ADMINISTRATOR}), this) for name in "ab"]
        for role in roles:
            subject.put_role(role)
        with subject.ca.transaction(fence) as work:
            assert work.roles.of(replace(own, fingerprint=joining)) == ()
            assert set(work.roles.carry_over(own.fingerprint, joining)) == {role.name for role in roles}
            within = work.roles.of(replace(own, fingerprint=joining))
            assert list(work.roles.carry_over(NOBODY, joining)) == []
        with subject.ca.transaction(fence) as work:
            for found in (within, work.roles.of(replace(own, fingerprint=joining))):
                assert {role.name for role in found} == {role.name for role in roles}
            assert len(work.roles.of(own)) == 2


class ProfileRules:
    """Profiles and their terms."""

    def test_a_profile_says_how_keystores_are_made(self, subject: RegistrySubject) -> None:
        with subject.ca.transaction(subject.fence()) as work:
            rules = work.profiles.keystore_rules(PLAIN)
        made = tuple(map(KeySpecification, ("RSA-3072", "P-256", "P-384", "RSA-4096", "RSA-2048")))
        assert rules == KeystoreRules(made, legacy=False, keeps_keys=False)

    def test_keystores_under_an_unknown_profile_are_not_made(self, subject: RegistrySubject) -> None:
        with subject.ca.transaction(subject.fence()) as work:
            refused = work.profiles.keystore_rules("NONE")
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.UNKNOWN_PROFILE

    def test_profiles_say_when_certificates_can_be_renewed(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert work.profiles.renewal_terms(SERIALS) == RenewalTerms(timedelta(days=30), same_key=True)
            assert work.profiles.renewal_terms(PLAIN) == RenewalTerms(None)
            unknown = work.profiles.renewal_terms("no profile")
        assert isinstance(unknown, Rejected)
        assert unknown.reason is Reason.UNKNOWN_PROFILE

    def test_both_profiles_of_an_end_entity_are_told(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            for name in (PLAIN, SERIALS):
                expected = Rules(EVERY_PROFILE, CERTIFICATE_PROFILES[name])
                assert work.profiles.rules(END_ENTITY_PROFILE, name) == expected
            for names in ((END_ENTITY_PROFILE, "NONE"), ("NONE", PLAIN), (PLAIN, END_ENTITY_PROFILE)):
                unknown = work.profiles.rules(*names)
                assert isinstance(unknown, Rejected)
                assert unknown.reason is Reason.UNKNOWN_PROFILE
