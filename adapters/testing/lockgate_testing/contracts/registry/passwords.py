"""Rules of passwords."""

from lockgate.ports import Fence
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, order
from lockgate_testing.contracts.registry.work import must_issue


class PasswordRules:
    """Passwords."""

    def test_the_right_password_is_accepted(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_end_entity(described(username), "sesame é")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "sesame é") is None

    def test_every_cause_of_a_wrong_password_looks_the_same(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
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

    def test_five_wrong_passwords_use_up_all_attempts(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for _ in range(5):
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, "wrong donkey")
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_the_right_password_gives_the_attempts_back(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        for password in ["wrong donkey"] * 4 + ["open sesame"] + ["wrong donkey"] * 4:
            with subject.ca.transaction(fence) as work:
                work.end_entities.check_password(username, password)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None

    def test_wrong_passwords_count_within_one_transaction(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_end_entity(described(username), "open sesame")
        with subject.ca.transaction(fence) as work:
            for _ in range(5):
                work.end_entities.check_password(username, "wrong donkey")
            assert work.end_entities.check_password(username, "open sesame") == Rejected(Reason.WRONG_CREDENTIALS)

    def test_a_new_password_replaces_the_old_one_and_gives_all_attempts(
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
            must_issue(subject, work, order(described(username)))
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, "open sesame") is None
