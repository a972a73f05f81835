"""The registry's rules on end entities, their usernames and passwords, on every database."""

from dataclasses import replace

import pytest

from lockgate.ports import Fence
from lockgate.reasons import Reason, Rejected
from tests.contract.registries import RegistrySubject
from tests.support.issuing import issue, must_issue
from tests.support.registry_values import described, order


class TestEndEntities:
    def test_one_is_added_and_comes_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
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

    def test_one_is_edited(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
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
    def test_unknown_names_are_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, field: str, reason: Reason
    ) -> None:
        wrong = described(username, **{field: "nothing of that name"})
        with subject.ca.transaction(fence) as work:
            saved, certified = work.end_entities.save(wrong), issue(work, order(wrong))
        assert isinstance(saved, Rejected)
        assert isinstance(certified, Rejected)
        assert saved.reason is certified.reason is reason
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) is None


class TestPasswords:
    def test_the_right_one_is_accepted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "sesame é")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "sesame é") is None

    def test_every_cause_of_failure_looks_the_same(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(f"{username} without a password"))
            answers = [
                work.end_entities.check_password(username, "Open sesame"),
                work.end_entities.check_password(username, None),
                work.end_entities.check_password(username, ""),
                work.end_entities.check_password(f"{username} without a password", "open sesame"),
                work.end_entities.check_password(f"{username} without a password", None),
                work.end_entities.check_password(f"{username} unknown", "open sesame"),
            ]
        assert answers == [Rejected(Reason.WRONG_CREDENTIALS)] * 6

    def test_five_failures_end_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for _ in range(5):
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, "wrong donkey")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_success_gives_the_attempts_back(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for password in ["wrong donkey"] * 4 + ["open sesame"] + ["wrong donkey"] * 4:
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, password)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None

    def test_failures_count_within_one_transaction(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.end_entities.check_password(username, "wrong donkey")
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_a_new_one_replaces_the_old_one_and_gives_all_attempts(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.end_entities.check_password(username, "wrong donkey")
        with subject.ca.transaction(fence) as work:
            work.end_entities.set_password(username, "speak mellon")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "speak mellon") is None
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_an_edited_end_entity_keeps_its_password(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username, email="other@example.org"))
            must_issue(work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None


class TestUsernames:
    @pytest.mark.parametrize(
        "spelling", ["", "{}\x07", "{} ", " {}", "{}  {}", "{}\ufb01", "\u0430\u04cf\u0456\u0441\u0435"]
    )
    def test_a_new_one_that_could_be_mistaken_is_refused(
        self, subject: RegistrySubject, fence: Fence, username: str, spelling: str
    ) -> None:
        end_entity = replace(described(username), username=spelling.format(username, username))
        with subject.ca.transaction(fence) as work:
            for refused in (work.end_entities.save(end_entity), issue(work, order(end_entity))):
                assert isinstance(refused, Rejected)
                assert refused.reason is Reason.BAD_NAME
            assert work.end_entities.get(end_entity.username) is None

    @pytest.mark.parametrize("first", ["z{}", "\u00fc{}"])
    def test_one_that_differs_in_case_only_is_taken(
        self, subject: RegistrySubject, fence: Fence, username: str, first: str
    ) -> None:
        name = first.format(username)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.save(described(name)) is None
            within = work.end_entities.save(described(name.upper()))
        with subject.ca.transaction(fence) as work:
            later = issue(work, order(described(name.upper())))
            assert work.end_entities.save(described(name, email="other@example.org")) is None
            assert work.end_entities.get(name.upper()) is None
        for refused in (within, later):
            assert isinstance(refused, Rejected)
            assert refused.reason is Reason.USERNAME_TAKEN
            assert name not in refused.fail_info
