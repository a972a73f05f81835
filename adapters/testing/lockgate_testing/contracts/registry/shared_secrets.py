"""Rules of one-time passwords that the CA can say again, and of the port SharedSecrets."""

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from lockgate.errors import Conflict
from lockgate.ports import Fence, RegistryTransaction
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.protocols import HOUR, MOMENT, begun, beside, new_key
from lockgate_testing.contracts.registry.subjects import RegistrySubject
from lockgate_testing.contracts.registry.values import described, order
from lockgate_testing.contracts.registry.work import must_issue, run

SOON = timedelta(milliseconds=50)


def new_password() -> str:
    """One that no other test has."""
    return secrets.token_hex(16)


def await_expiry() -> None:
    """Wait until what lasts for `SOON` has expired."""
    time.sleep(2 * SOON.total_seconds())


class OneTimePasswordRules:
    """One-time passwords of end entities."""

    def test_a_one_time_password_is_accepted_and_said_again(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_one_time_password(described(username), password := new_password(), HOUR)
        assert subject.shared_secrets.of_end_entity(username) == password
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, password) is None

    def test_an_ordinary_password_is_not_said_again(self, subject: RegistrySubject, username: str) -> None:
        subject.put_end_entity(described(username), new_password())
        assert subject.shared_secrets.of_end_entity(username) is None

    @pytest.mark.parametrize("name", ["nobody", "", "no\0body", "no\ud800body", "n" * 300])
    def test_nobodys_password_is_none(self, subject: RegistrySubject, name: str) -> None:
        assert subject.shared_secrets.of_end_entity(name) is None

    def test_a_new_one_replaces_it(self, subject: RegistrySubject, username: str) -> None:
        for password in (new_password(), new_password()):
            subject.put_one_time_password(described(username), password, HOUR)
        assert subject.shared_secrets.of_end_entity(username) == password

    def test_an_ordinary_password_replaces_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), new_password(), HOUR)
        with subject.ca.transaction(fence) as work:
            work.end_entities.set_password(username, "speak mellon")
        assert subject.shared_secrets.of_end_entity(username) is None

    def test_one_that_is_cleared_is_gone(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), password := new_password(), HOUR)
        with subject.ca.transaction(fence) as work:
            work.end_entities.clear_password(username)
        self._is_gone(subject, fence, username, password)

    def test_a_certificate_spends_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), password := new_password(), HOUR)
        with subject.ca.transaction(fence) as work:
            must_issue(subject, work, order(described(username)))
        self._is_gone(subject, fence, username, password)

    def test_what_is_rolled_back_has_spent_nothing(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), password := new_password(), HOUR)

        def fail(work: RegistryTransaction) -> None:
            must_issue(subject, work, order(described(username)))
            raise RuntimeError

        with pytest.raises(RuntimeError):
            run(subject, fence, fail)
        assert subject.shared_secrets.of_end_entity(username) == password

    def test_an_edited_end_entity_keeps_it(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), password := new_password(), HOUR)
        with subject.ca.transaction(fence) as work:
            work.end_entities.save(described(username, email="other@example.org"))
            work.end_entities.check_password(username, "wrong donkey")
        assert subject.shared_secrets.of_end_entity(username) == password

    def test_one_that_has_expired_is_gone(self, subject: RegistrySubject, fence: Fence, username: str) -> None:
        subject.put_one_time_password(described(username), password := new_password(), SOON)
        await_expiry()
        self._is_gone(subject, fence, username, password)

    def test_those_that_have_expired_are_purged_and_no_more_than_the_limit(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        with subject.ca.transaction(fence) as work:
            work.end_entities.purge_passwords(1000)
        end_entity = described(username)
        live, ordinary = described(f"{username} live"), described(f"{username} ordinary")
        for name, lifetime in ((end_entity, SOON), (described(f"{username} next"), SOON), (live, HOUR)):
            subject.put_one_time_password(name, password := new_password(), lifetime)
        subject.put_end_entity(ordinary, "speak mellon")
        await_expiry()
        for expected in (1, 1, 0):
            with subject.ca.transaction(fence) as work:
                assert work.end_entities.purge_passwords(1) == expected
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(username) == end_entity
            assert work.end_entities.check_password(ordinary.username, "speak mellon") is None
        assert subject.shared_secrets.of_end_entity(live.username) == password

    def test_who_changes_the_end_entity_meanwhile_brings_no_purged_one_back(
        self, subject: RegistrySubject, fence: Fence, username: str
    ) -> None:
        subject.put_one_time_password(described(username), new_password(), SOON)
        await_expiry()
        with suppress(Conflict):
            beside(
                partial(subject.ca.transaction, fence),
                lambda work: work.end_entities.get(username),
                lambda work: work.end_entities.purge_passwords(1000),
                lambda work: work.end_entities.save(described(username, email="other@example.org")),
            )
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.purge_passwords(1000) == 0

    def _is_gone(self, subject: RegistrySubject, fence: Fence, username: str, password: str) -> None:
        assert subject.shared_secrets.of_end_entity(username) is None
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.check_password(username, password) == Rejected(Reason.WRONG_CREDENTIALS)


class TransactionSecretRules:
    """Secrets and contents of transactions."""

    @pytest.mark.parametrize("open_", [True, False])
    def test_the_secret_of_a_transaction_is_said(self, subject: RegistrySubject, fence: Fence, open_: bool) -> None:
        secret = secrets.token_bytes(32)
        saved = begun(subject, fence, secret=secret, open=open_, expires_in=-MOMENT)
        assert subject.shared_secrets.of_transaction(saved.key) == secret
        assert subject.shared_secrets.of_transaction(replace(saved.key, id="0a")) is None

    @pytest.mark.parametrize("open_", [True, False])
    def test_the_content_of_a_transaction_is_said(self, subject: RegistrySubject, fence: Fence, open_: bool) -> None:
        saved = begun(subject, fence, open=open_, expires_in=-MOMENT)
        assert subject.shared_secrets.content_of(saved.key) == saved.content
        assert subject.shared_secrets.content_of(replace(saved.key, id="0a")) is None
        with subject.ca.transaction(fence) as work:
            changed = replace(saved, content=secrets.token_bytes(32))
            work.protocol_transactions.save(changed)
            assert subject.shared_secrets.content_of(saved.key) == saved.content
        assert subject.shared_secrets.content_of(saved.key) == changed.content

    def test_no_secret_is_none(self, subject: RegistrySubject, fence: Fence) -> None:
        assert subject.shared_secrets.of_transaction(begun(subject, fence).key) is None
        assert subject.shared_secrets.of_transaction(new_key()) is None

    def test_a_secret_that_is_taken_out_is_gone(self, subject: RegistrySubject, fence: Fence) -> None:
        saved = begun(subject, fence, secret=secrets.token_bytes(32))
        with subject.ca.transaction(fence) as work:
            work.protocol_transactions.save(replace(saved, secret=None))
        assert subject.shared_secrets.of_transaction(saved.key) is None

    def test_it_is_read_beside_a_unit_of_work_that_holds_the_transaction(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        saved = begun(subject, fence, secret=(secret := secrets.token_bytes(32)))
        with subject.ca.transaction(fence) as work:
            assert work.protocol_transactions.find(saved.key) == saved
            work.protocol_transactions.save(replace(saved, secret=None))
            assert subject.shared_secrets.of_transaction(saved.key) == secret
