"""Rules of operations at remote issuers: stored, due and changed."""

from datetime import timedelta

import pytest

from lockgate.certification.endentity import EndEntityStatus, TokenType
from lockgate.effects.statement import KeystoreWish, KeyWish
from lockgate.errors import Conflict, Defect
from lockgate.operations.status import CALLED, DOUBTFUL, INTENDED, LATER, RECEIVED, REFUSED
from lockgate.ports import Fence, Intent, KeystoreDelivery, Order
from lockgate.reasons import Reason, Rejected
from lockgate_testing.contracts.registry.remote import intend, intended, new_name, read
from lockgate_testing.contracts.registry.subjects import REMOTE_ISSUER, RegistrySubject
from lockgate_testing.contracts.registry.values import NUMBERS, new_key_pair


class IntentRules:
    """Orders to a remote issuer."""

    def test_the_order_names_the_issuer_and_the_operation_is_stored(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        operation = intended(subject, fence, new_name())
        assert isinstance(operation.order, Order)
        assert (operation.order.issuer, operation.issuer, operation.status) == (REMOTE_ISSUER, REMOTE_ISSUER, INTENDED)
        assert (operation.draft, operation.certificate, operation.refusal) == (None, None, None)

    def test_the_end_entity_is_in_process(self, subject: RegistrySubject, fence: Fence) -> None:
        username = new_name()
        intended(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            found = work.end_entities.get(username)
        assert found is not None
        assert found.status is EndEntityStatus.IN_PROCESS

    def test_a_rollback_leaves_no_operation(self, subject: RegistrySubject, fence: Fence) -> None:
        username, request = new_name(), f"request {next(NUMBERS)}"

        def fail() -> None:
            with subject.ca.transaction(fence) as work:
                intend(work, username, request=request)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with subject.ca.transaction(fence) as work:
            assert not work.operations.of(request)
            assert work.end_entities.get(username) is None

    @pytest.mark.parametrize("wish", [KeystoreWish(TokenType.P12, "a name é", "a secret é"), KeyWish()])
    def test_a_key_is_delivered_as_it_was_intended(
        self, subject: RegistrySubject, fence: Fence, wish: KeystoreWish | KeyWish
    ) -> None:
        delivery = KeystoreDelivery(wish, new_key_pair(), legacy=True)
        with subject.ca.transaction(fence) as work:
            orders = [intend(work, new_name(), delivery=wanted) for wanted in (delivery, None)]
        with subject.ca.transaction(fence) as work:
            stored = [work.operations.get(order.operation) for order in orders if isinstance(order, Order)]
            assert [work.operations.delivery(one) for one in stored if one is not None] == [delivery, None]

    def test_an_order_of_another_transaction_is_a_defect(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            order = intend(work, new_name())
        assert isinstance(order, Order)
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.issuance.intend(order, Intent(request="another", effect=0))

    def test_a_chosen_serial_number_is_reserved(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work:
            assert isinstance(intend(work, new_name(), serial=4711), Order)
        with subject.ca.transaction(fence) as work:
            refused = intend(work, new_name(), serial=4711)
        assert isinstance(refused, Rejected)
        assert refused.reason is Reason.SERIAL_NUMBER_TAKEN


class DueRules:
    """When an operation is worked on."""

    def test_the_oldest_operations_come_first_and_no_more_than_the_limit(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        made = [intended(subject, fence, new_name()) for _ in range(3)]
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(REMOTE_ISSUER, 2)] == [made[0].id, made[1].id]
            assert [one.id for one in work.operations.due(REMOTE_ISSUER, 9, {made[0].id})] == [made[1].id, made[2].id]
            assert not work.operations.due("another issuer", 9)

    def test_a_call_is_due_when_it_can_no_longer_take_effect(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            due = work.now() + timedelta(minutes=5)
            work.operations.move(operation, CALLED, draft=b"draft", due=due)
        with subject.ca.transaction(fence) as work:
            assert not work.operations.due(REMOTE_ISSUER, 9)
            (called,) = work.operations.due(REMOTE_ISSUER, 9, called=True)
            assert (called.draft, called.status) == (b"draft", CALLED)
            work.operations.move(called, LATER, due=work.now())
        with subject.ca.transaction(fence) as work:
            assert [one.status for one in work.operations.due(REMOTE_ISSUER, 9)] == [LATER]

    def test_one_end_entitys_operations_go_one_after_the_other(self, subject: RegistrySubject, fence: Fence) -> None:
        username = new_name()
        first, second = (intended(subject, fence, username) for _ in range(2))
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(REMOTE_ISSUER, 9)] == [first.id]
            refused = Rejected(Reason.ISSUER_REFUSED, "no")
            work.operations.move(work.operations.move(first, CALLED), REFUSED, refusal=refused)
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(REMOTE_ISSUER, 9)] == [second.id]
        assert read(subject, fence, first.id).refusal == refused

    def test_operations_of_one_request_go_together(self, subject: RegistrySubject, fence: Fence) -> None:
        username, request = new_name(), f"request {next(NUMBERS)}"
        with subject.ca.transaction(fence) as work:
            for effect in (1, 0):
                intend(work, username, request=request, effect=effect)
        with subject.ca.transaction(fence) as work:
            assert len(work.operations.due(REMOTE_ISSUER, 9)) == 2

    def test_an_operation_in_doubt_is_never_due(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            doubtful = work.operations.move(work.operations.move(operation, CALLED), DOUBTFUL)
        with subject.ca.transaction(fence) as work:
            assert not work.operations.due(REMOTE_ISSUER, 9, called=True)
            assert work.operations.is_open(operation.request)
            work.operations.move(doubtful, REFUSED)
            assert not work.operations.is_open(operation.request)


class ChangeRules:
    """Changes of an operation."""

    def test_an_operation_changes_only_as_it_was_read(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            work.operations.move(operation, CALLED)
        with subject.ca.transaction(fence) as work, pytest.raises(Conflict):
            work.operations.move(operation, CALLED)

    def test_an_operation_changes_only_as_the_table_says(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.operations.move(operation, RECEIVED)

    def test_what_is_open_on_an_end_entity(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        with subject.ca.transaction(fence) as work:
            assert work.operations.open_on({username, new_name()}) == operation.request
            assert work.operations.open_on({new_name()}) is None
            assert work.operations.open_on(()) is None
