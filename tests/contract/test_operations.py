"""Operations at remote issuers in the registry, on every database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from cryptography import x509

from lockgate.certification.endentity import (
    CertificateFacts,
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    Possession,
)
from lockgate.certification.revocation import RevocationReason
from lockgate.certification.statuses import GENERATED
from lockgate.errors import Conflict, Defect
from lockgate.line.journal import JournalKey, PendingRequest
from lockgate.names.dn import parse_dn
from lockgate.operations.conclusion import conclude_issued, conclude_refused
from lockgate.operations.status import CALLED, DONE, DOUBTFUL, INTENDED, LATER, RECEIVED, REFUSED
from lockgate.ports import Fence, Intent, IssuanceRequest, Operation, Order, RegistryTransaction
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.signing import CaKey
from tests.contract.registries import SERIALS, RegistrySubject, new_engine
from tests.support.databases.servers import DATABASES, marked
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, make_authority

AUTHORITY = make_authority("Remote CA", ec_key(41))
ISSUER, CA = "backend", "RemoteCA"
SOURCE = "a data source"
DISTINCT = "DISTINCT"
ADMINISTRATOR = "/administrator"
_numbers = count(1)


@pytest.fixture(scope="module", params=marked(DATABASES))
def subject(request: pytest.FixtureRequest, fresh_database: Callable[[str], str]) -> Iterator[RegistrySubject]:
    engine = new_engine(fresh_database(request.param))
    registry = RegistrySubject(engine)
    registry.administration.register_ca(CA, ISSUER, AUTHORITY.der)
    yield registry
    engine.dispose()


@pytest.fixture
def fence(subject: RegistrySubject) -> Iterator[Fence]:
    """Whatever a test has left open is ended after it."""
    yield subject.fence()
    with subject.ca.transaction(subject.fence()) as work:
        for operation in work.operations.due(ISSUER, 100, called=True):
            work.operations.forget(operation.request)


def described(username: str) -> EndEntity:
    return EndEntity(
        username=username,
        subject_dn=parse_dn(f"CN={username}"),
        subject_alt_name=(),
        email=None,
        end_entity_profile="EMPTY",
        certificate_profile=SERIALS,
        ca_name=CA,
        status=EndEntityStatus.NEW,
    )


def new_name() -> str:
    return f"somebody{next(_numbers)}"


def intend(
    work: RegistryTransaction,
    username: str,
    *,
    request: str | None = None,
    serial: int | None = None,
    effect: int = 0,
    end_entity: EndEntity | None = None,
    renews: str | None = None,
) -> Order | Rejected:
    key = request or f"request {next(_numbers)}"
    number = 1 if end_entity is None else 3
    wanted = IssuanceRequest(
        operation=f"{key}:{effect}",
        end_entity=end_entity or described(username),
        request=CertificationRequest(public_key=spki(ec_key(number)), possession=Possession.PROVEN),
        requester="CN=ra",
        requester_fingerprint=None,
        serial_number=serial,
    )
    orders = work.issuance.order_all([wanted])
    if isinstance(orders, Rejected):
        return orders
    work.issuance.intend(orders[0], Intent(request=key, effect=effect, renews=renews))
    return orders[0]


def intended(subject: RegistrySubject, fence: Fence, username: str, request: str | None = None) -> Operation:
    with subject.ca.transaction(fence) as work:
        order = intend(work, username, request=request)
        assert isinstance(order, Order)
    return read(subject, fence, order.operation)


def read(subject: RegistrySubject, fence: Fence, operation: str) -> Operation:
    with subject.ca.transaction(fence) as work:
        found = work.operations.get(operation)
    assert found is not None
    return found


def certificate(order: Order, **changes: object) -> bytes:
    return content_of(replace(order, **changes), AUTHORITY.certificate.subject.public_bytes()).signed_by(  # type: ignore[arg-type]
        CaKey(AUTHORITY.key)
    )


def receive(work: RegistryTransaction, operation: Operation, der: bytes) -> Operation:
    called = work.operations.move(operation, CALLED, draft=b"draft")
    return work.operations.move(called, RECEIVED, certificate=der)


class TestIntent:
    def test_the_order_names_the_issuer_and_the_operation_is_stored(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        operation = intended(subject, fence, new_name())
        assert isinstance(operation.order, Order)
        assert (operation.order.issuer, operation.issuer, operation.status) == (ISSUER, ISSUER, INTENDED)
        assert (operation.draft, operation.certificate, operation.refusal) == (None, None, None)

    def test_the_end_entity_is_in_process(self, subject: RegistrySubject, fence: Fence) -> None:
        username = new_name()
        intended(subject, fence, username)
        with subject.ca.transaction(fence) as work:
            found = work.end_entities.get(username)
        assert found is not None
        assert found.status is EndEntityStatus.IN_PROCESS

    def test_a_rollback_leaves_nothing(self, subject: RegistrySubject, fence: Fence) -> None:
        username, request = new_name(), f"request {next(_numbers)}"

        def fail() -> None:
            with subject.ca.transaction(fence) as work:
                intend(work, username, request=request)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        with subject.ca.transaction(fence) as work:
            assert not work.operations.of(request)
            assert work.end_entities.get(username) is None

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


class TestDue:
    def test_the_oldest_come_first_and_no_more_than_the_limit(self, subject: RegistrySubject, fence: Fence) -> None:
        made = [intended(subject, fence, new_name()) for _ in range(3)]
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(ISSUER, 2)] == [made[0].id, made[1].id]
            assert [one.id for one in work.operations.due(ISSUER, 9, {made[0].id})] == [made[1].id, made[2].id]
            assert not work.operations.due("another issuer", 9)

    def test_a_call_is_due_when_it_can_no_longer_take_effect(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            due = work.now() + timedelta(minutes=5)
            work.operations.move(operation, CALLED, draft=b"draft", due=due)
        with subject.ca.transaction(fence) as work:
            assert not work.operations.due(ISSUER, 9)
            (called,) = work.operations.due(ISSUER, 9, called=True)
            assert (called.draft, called.status) == (b"draft", CALLED)
            work.operations.move(called, LATER, due=work.now())
        with subject.ca.transaction(fence) as work:
            assert [one.status for one in work.operations.due(ISSUER, 9)] == [LATER]

    def test_one_end_entitys_operations_go_one_after_the_other(self, subject: RegistrySubject, fence: Fence) -> None:
        username = new_name()
        first, second = (intended(subject, fence, username) for _ in range(2))
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(ISSUER, 9)] == [first.id]
            refused = Rejected(Reason.ISSUER_REFUSED, "no")
            work.operations.move(work.operations.move(first, CALLED), REFUSED, refusal=refused)
        with subject.ca.transaction(fence) as work:
            assert [one.id for one in work.operations.due(ISSUER, 9)] == [second.id]
        assert read(subject, fence, first.id).refusal == refused

    def test_those_of_one_request_go_together(self, subject: RegistrySubject, fence: Fence) -> None:
        username, request = new_name(), f"request {next(_numbers)}"
        with subject.ca.transaction(fence) as work:
            for effect in (1, 0):
                intend(work, username, request=request, effect=effect)
        with subject.ca.transaction(fence) as work:
            assert len(work.operations.due(ISSUER, 9)) == 2

    def test_what_is_in_doubt_is_never_due(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            work.operations.move(work.operations.move(operation, CALLED), DOUBTFUL)
        with subject.ca.transaction(fence) as work:
            assert not work.operations.due(ISSUER, 9, called=True)
            assert work.operations.is_open(operation.request)
            work.operations.forget(operation.request)


class TestChange:
    def test_only_as_it_was_read(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work:
            work.operations.move(operation, CALLED)
        with subject.ca.transaction(fence) as work, pytest.raises(Conflict):
            work.operations.move(operation, CALLED)

    def test_only_as_the_table_says(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, new_name())
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.operations.move(operation, RECEIVED)

    def test_what_is_open_on_an_end_entity(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        with subject.ca.transaction(fence) as work:
            assert work.operations.open_on({username, new_name()}) == operation.request
            assert work.operations.open_on({new_name()}) is None
            assert work.operations.open_on(()) is None


class TestConclusion:
    def test_the_certificate_is_recorded_as_it_came(self, subject: RegistrySubject, fence: Fence) -> None:
        operation = intended(subject, fence, username := new_name())
        assert isinstance(operation.order, Order)
        der = certificate(operation.order, serial_number=next(_numbers) + 10_000)
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
        assert (facts.fingerprint, facts.ca_name, facts.possession) == (issued.fingerprint, CA, Possession.PROVEN)
        assert facts.serial_number == x509.load_der_x509_certificate(der).serial_number
        assert end_entity is not None
        assert end_entity.status is GENERATED

    def test_another_certificates_serial_number_is_unfit(self, subject: RegistrySubject, fence: Fence) -> None:
        number = next(_numbers) + 20_000
        first, second = (intended(subject, fence, new_name()) for _ in range(2))
        assert isinstance(first.order, Order)
        assert isinstance(second.order, Order)
        with subject.ca.transaction(fence) as work:
            received = receive(work, first, certificate(first.order, serial_number=number))
            work.issuance.record_received(received)
            work.operations.move(received, DONE)
        with subject.ca.transaction(fence) as work:
            received = receive(work, second, certificate(second.order, serial_number=number))
            assert work.issuance.judge_received(received) == "another certificate of the CA has its serial number"
            with pytest.raises(Defect):
                work.issuance.record_received(received)

    def test_a_refusal_restores_the_end_entity_and_its_password(self, subject: RegistrySubject, fence: Fence) -> None:
        subject.put_end_entity(before := described(new_name()), "open sesame")
        operation = intended(subject, fence, before.username)
        with subject.ca.transaction(fence) as work:
            work.end_entities.clear_password(before.username)
        with subject.ca.transaction(fence) as work:
            refused = work.operations.move(work.operations.move(operation, CALLED), REFUSED)
            work.issuance.conclude([refused], issued=False)
        with subject.ca.transaction(fence) as work:
            assert work.end_entities.get(before.username) == before
            assert work.end_entities.check_password(before.username, "open sesame") is None

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
        assert isinstance(operation.order, Order)
        with subject.ca.transaction(fence) as work:
            received = receive(work, operation, certificate(operation.order))
            work.issuance.record_received(received)
            work.operations.move(received, DONE)
        with subject.ca.transaction(fence) as work:
            (facts,) = work.certificates.of(username)
            work.certificates.revoke(facts, RevocationReason.SUPERSEDED, "CN=ra", operation="a revocation")
            assert work.operations.is_open("a revocation")
            (revocation,) = work.operations.of("a revocation")
            assert revocation.order.operation.startswith("a revocation:")


class TestRefusedKeys:
    def test_a_key_of_which_no_certificate_was_issued_is_free_again(
        self, subject: RegistrySubject, fence: Fence
    ) -> None:
        subject.administration.put_profile(DISTINCT, CertificateProfile(validity_days=1, distinct_keys=True))
        first, second = (replace(described(new_name()), certificate_profile=DISTINCT) for _ in range(2))
        subject.administration.put_profile("DISTINCT", EndEntityProfile(certificate_profiles=frozenset({DISTINCT})))
        first, second = (replace(one, end_entity_profile="DISTINCT") for one in (first, second))
        with subject.ca.transaction(fence) as work:
            order = intend(work, first.username, end_entity=first)
            assert isinstance(order, Order)
        with subject.ca.transaction(fence) as work:
            assert isinstance(intend(work, second.username, end_entity=second), Rejected)
        operation = read(subject, fence, order.operation)
        with subject.ca.transaction(fence) as work:
            called = work.operations.move(operation, CALLED)
            conclude_refused(called, Rejected(Reason.ISSUER_REFUSED, "no"), work)
        with subject.ca.transaction(fence) as work:
            assert isinstance(intend(work, second.username, end_entity=second), Order)


class TestRenewals:
    @pytest.fixture
    def renewal(self, subject: RegistrySubject, fence: Fence) -> tuple[CertificateFacts, Operation]:
        """A certificate with a role, and an operation that renews it and has received the new one."""
        first = intended(subject, fence, username := new_name())
        assert isinstance(first.order, Order)
        with subject.ca.transaction(fence) as work:
            conclude_issued(receive(work, first, certificate(first.order, serial_number=next(_numbers))), work)
        with subject.ca.transaction(fence) as work:
            (old,) = work.certificates.of(username)
            work.operations.forget(first.request)
            order = intend(work, username, renews=old.fingerprint)
            assert isinstance(order, Order)
        subject.put_role(Role(f"of {username}", frozenset({ADMINISTRATOR}), frozenset({Member(old.fingerprint)})))
        with subject.ca.transaction(fence) as work:
            operation = work.operations.get(order.operation)
            assert operation is not None
            received = receive(work, operation, certificate(order, serial_number=next(_numbers)))
        return old, received

    @staticmethod
    def conclude(subject: RegistrySubject, fence: Fence, operation: Operation) -> tuple[CertificateFacts, int]:
        """The new certificate, and how many roles it has."""
        with subject.ca.transaction(fence) as work:
            conclude_issued(operation, work)
        with subject.ca.transaction(fence) as work:
            new = work.certificates.of(operation.username)[-1]
            roles = work.roles.carry_over(new.fingerprint, "f" * 64)
            for one in work.operations.due(ISSUER, 9):
                work.operations.forget(one.request)
        return new, len(roles)

    def test_the_new_certificate_has_the_roles_of_the_old_one(
        self, subject: RegistrySubject, fence: Fence, renewal: tuple[CertificateFacts, Operation]
    ) -> None:
        new, roles = self.conclude(subject, fence, renewal[1])
        assert (new.standing, roles) == (CertificateStanding.GOOD, 1)

    @pytest.mark.parametrize("reason", [RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD])
    def test_an_old_certificate_that_was_revoked_meanwhile_has_no_successor(
        self,
        subject: RegistrySubject,
        fence: Fence,
        renewal: tuple[CertificateFacts, Operation],
        reason: RevocationReason,
    ) -> None:
        subject.administration.revoke(reason, fingerprint=renewal[0].fingerprint)
        new, roles = self.conclude(subject, fence, renewal[1])
        assert (new.standing, roles) == (CertificateStanding.REVOKED, 0)


def waiting(operation: str, effects: int = 1) -> PendingRequest:
    key = JournalKey("a" * 64, f"{next(_numbers):032x}")
    return PendingRequest(key, "d" * 64, SOURCE, f"message {key.nonce}", "", 0, operation, effects)


class TestWaiting:
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
            work.operations.purge(timedelta(), 100)
            work.approvals.purge(timedelta(), 100)
        with subject.ca.transaction(fence) as work:
            assert work.operations.of(awaited.request)
            assert not work.operations.of(forgotten.request)
            assert work.journal.recall([pending.key]) == {pending.key: pending}

    def test_an_age_is_not_negative(self, subject: RegistrySubject, fence: Fence) -> None:
        with subject.ca.transaction(fence) as work, pytest.raises(Defect):
            work.operations.purge(timedelta(seconds=-1), 1)
