"""Rules of end entities and their usernames."""

from dataclasses import replace

import pytest

from lockgate.ports import Fence
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, order
from lockgate_testing.contracts.registry.work import issue


class EndEntityRules:
    """End entities."""

    def test_an_end_entity_is_added_and_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        end_entity = described(username)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.save(end_entity) is None
            assert work.end_entities.get(username) == end_entity
        with subject.ca.transaction(fence, usernames=[username]) as work:
            assert work.end_entities.get(username) == end_entity

    @pytest.mark.parametrize("other", ["{} ", " {}", "U{}"])
    def test_usernames_are_compared_exactly(
        self, subject: RegistrySubject, fence: Fence, username: str, other: str
    ) -> None:
        other = other.format(username)
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(f"u{username}"))
            work.end_entities.save(described(username))
        with subject.ca.transaction(fence, usernames=[other]) as work:
            assert work.end_entities.get(other) is None

    def test_an_end_entity_is_edited(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username))
        changed = described(username, email="other@example.org")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(changed)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == changed

    @pytest.mark.parametrize(
        ("field", "reason"),
        [
            ("ca_name", Reason.UNKNOWN_CA),
            ("certificate_profile", Reason.UNKNOWN_PROFILE),
            ("end_entity_profile", Reason.UNKNOWN_PROFILE),
        ],
    )
    def test_unknown_cas_and_profiles_are_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, field: str, reason: Reason
    ) -> None:
        wrong = described(username, **{field: "nothing of that name"})
        with subject.ca.transaction(fence) as work:
            saved, certified = work.end_entities.save(wrong), issue(subject, work, order(wrong))
        assert isinstance(saved, Rejected)
        assert isinstance(certified, Rejected)
        assert saved.reason is certified.reason is reason
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None


class UsernameRules:
    """Usernames."""

    @pytest.mark.parametrize(
        "spelling", ["", "{}\x07", "{} ", " {}", "{}  {}", "{}\ufb01", "\u0430\u04cf\u0456\u0441\u0435"]
    )
    def test_a_new_username_that_could_be_mistaken_is_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, spelling: str
    ) -> None:
        end_entity = replace(described(username), username=spelling.format(username, username))
        with subject.ca.transaction(fence) as work:
            for refused in (work.end_entities.save(end_entity), issue(subject, work, order(end_entity))):
                assert isinstance(refused, Rejected)
                assert refused.reason is Reason.BAD_NAME
            assert work.end_entities.get(end_entity.username) is None

    @pytest.mark.parametrize("first", ["z{}", "\u00fc{}"])
    def test_a_username_that_differs_in_case_only_is_taken(
        self, subject: RegistrySubject, fence: Fence, username: str, first: str
    ) -> None:
        name = first.format(username)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.save(described(name)) is None
            within = work.end_entities.save(described(name.upper()))
        with subject.ca.transaction(fence) as work:
            later = issue(subject, work, order(described(name.upper())))
            assert work.end_entities.save(described(name, email="other@example.org")) is None
            assert work.end_entities.get(name.upper()) is None
        for refused in (within, later):
            assert isinstance(refused, Rejected)
            assert refused.reason is Reason.USERNAME_TAKEN
            assert name not in refused.fail_info
