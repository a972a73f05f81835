"""How operations end: keys that are free again, and renewals of what was revoked meanwhile; on every database."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
from cryptography import x509

from lockgate.certification.endentity import CertificateFacts, CertificationRequest, EndEntity, Possession
from lockgate.certification.revocation import RevocationReason
from lockgate.operations.conclusion import conclude_issued, conclude_refused
from lockgate.operations.status import CALLED, DOUBTFUL
from lockgate.ports import Fence, Intent, IssuanceRequest, Operation, Order, RegistryTransaction
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import Member, Role
from lockgate.rights.signer import CertificateStanding
from lockgate_testing.contracts.registry.outside_crls import finish
from lockgate_testing.contracts.registry.outside_entries import keep_remote
from lockgate_testing.contracts.registry.remote import certificate, new_name, of_remote_ca, read, receive
from lockgate_testing.contracts.registry.subjects import REMOTE_ISSUER
from lockgate_testing.contracts.registry.work import again
from tests.contract.registries import SqlRegistrySubject
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

DISTINCT = "DISTINCT"
ADMINISTRATOR = "/administrator"
_numbers = count(9001)


@pytest.fixture
def subject(registry: SqlRegistrySubject) -> SqlRegistrySubject:
    return registry


@pytest.fixture
def fence(subject: SqlRegistrySubject) -> Iterator[Fence]:
    """An operation that a test has left open is ended after it."""
    yield subject.fence()
    with subject.ca.transaction(subject.fence()) as work:
        for operation in work.operations.due(REMOTE_ISSUER, 100, called=True):
            work.operations.forget(operation.request)


def intend(work: RegistryTransaction, end_entity: EndEntity, *, renews: str | None = None) -> Order | Rejected:
    key = f"concluded request {next(_numbers)}"
    number = 3 if end_entity.certificate_profile == DISTINCT else 4
    wanted = IssuanceRequest(
        operation=f"{key}:0",
        end_entity=end_entity,
        request=CertificationRequest(public_key=spki(ec_key(number)), possession=Possession.PROVEN),
        requester="CN=ra",
        requester_fingerprint=None,
    )
    orders = work.issuance.order_all([wanted])
    if isinstance(orders, Rejected):
        return orders
    work.issuance.intend(orders[0], Intent(request=key, effect=0, renews=renews))
    return orders[0]


def intended(
    subject: SqlRegistrySubject, fence: Fence, end_entity: EndEntity, *, renews: str | None = None
) -> Operation:
    with subject.ca.transaction(fence) as work:
        order = intend(work, end_entity, renews=renews)
        assert isinstance(order, Order)
    return read(subject, fence, order.operation)


def received(subject: SqlRegistrySubject, fence: Fence, operation: Operation) -> Operation:
    with subject.ca.transaction(fence) as work:
        return receive(work, operation, certificate(operation, serial_number=next(_numbers)))


class TestRefusedKeys:
    def test_a_key_of_which_no_certificate_was_issued_is_free_again(
        self, subject: SqlRegistrySubject, fence: Fence
    ) -> None:
        subject.put_profile(DISTINCT, CertificateProfile(validity_days=1, distinct_keys=True))
        subject.put_profile(DISTINCT, EndEntityProfile(certificate_profiles=frozenset({DISTINCT})))
        first, second = (
            replace(of_remote_ca(new_name()), certificate_profile=DISTINCT, end_entity_profile=DISTINCT)
            for _ in range(2)
        )
        operation = intended(subject, fence, first)
        with subject.ca.transaction(fence) as work:
            assert isinstance(intend(work, second), Rejected)
        with subject.ca.transaction(fence) as work:
            called = work.operations.move(operation, CALLED)
            conclude_refused(called, Rejected(Reason.ISSUER_REFUSED, "no"), work)
        with subject.ca.transaction(fence) as work:
            assert isinstance(intend(work, second), Order)


class TestRenewals:
    @pytest.fixture
    def renewal(self, subject: SqlRegistrySubject, fence: Fence) -> tuple[CertificateFacts, Operation]:
        """A certificate with a role, and an operation that renews it and has received the new one."""
        end_entity = of_remote_ca(new_name())
        first = intended(subject, fence, end_entity)
        ended = received(subject, fence, first)
        again(subject, fence, partial(conclude_issued, ended))
        with subject.ca.transaction(fence) as work:
            (old,) = work.certificates.of(end_entity.username)
            work.operations.forget(first.request)
        member = frozenset({Member(old.fingerprint)})
        subject.put_role(Role(f"of {end_entity.username}", frozenset({ADMINISTRATOR}), member))
        renewing = intended(subject, fence, end_entity, renews=old.fingerprint)
        return old, received(subject, fence, renewing)

    @staticmethod
    def conclude(subject: SqlRegistrySubject, fence: Fence, operation: Operation) -> tuple[CertificateFacts, int]:
        """The new certificate, and how many roles it has."""
        again(subject, fence, partial(conclude_issued, operation))
        with subject.ca.transaction(fence) as work:
            new = work.certificates.of(operation.username)[-1]
            roles = work.roles.carry_over(new.fingerprint, "f" * 64)
        return new, len(roles)

    def test_the_new_certificate_has_the_roles_of_the_old_one(
        self, subject: SqlRegistrySubject, fence: Fence, renewal: tuple[CertificateFacts, Operation]
    ) -> None:
        new, roles = self.conclude(subject, fence, renewal[1])
        assert (new.standing, roles) == (CertificateStanding.GOOD, 1)

    @pytest.mark.parametrize("reason", [RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD])
    def test_an_old_certificate_that_was_revoked_meanwhile_has_no_successor(
        self,
        subject: SqlRegistrySubject,
        fence: Fence,
        renewal: tuple[CertificateFacts, Operation],
        reason: RevocationReason,
    ) -> None:
        subject.administration.revoke(reason, fingerprint=renewal[0].fingerprint)
        new, roles = self.conclude(subject, fence, renewal[1])
        assert (new.standing, roles) == (CertificateStanding.REVOKED, 0)

    def test_a_certificate_that_the_cas_last_crl_lists_gets_no_roles(
        self, subject: SqlRegistrySubject, fence: Fence, renewal: tuple[CertificateFacts, Operation]
    ) -> None:
        serial_number = x509.load_der_x509_certificate(renewal[1].certificate or b"").serial_number
        keep_remote(subject, fence, {serial_number: x509.ReasonFlags.superseded})
        new, roles = self.conclude(subject, fence, renewal[1])
        assert (new.standing, new.reason, roles) == (CertificateStanding.REVOKED, RevocationReason.SUPERSEDED, 0)
        finish(subject, fence)


class TestRevocations:
    def test_a_revocation_does_not_wait_for_a_certificate_in_doubt(
        self, subject: SqlRegistrySubject, fence: Fence
    ) -> None:
        end_entity = of_remote_ca(new_name())
        first = intended(subject, fence, end_entity)
        ended = received(subject, fence, first)
        again(subject, fence, partial(conclude_issued, ended))
        second = intended(subject, fence, end_entity)
        with subject.ca.transaction(fence) as work:
            work.operations.move(work.operations.move(second, CALLED), DOUBTFUL)
            (facts,) = work.certificates.of(end_entity.username)
            work.certificates.revoke(facts, RevocationReason.SUPERSEDED, "CN=ra", operation="an urgent revocation")
        with subject.ca.transaction(fence) as work:
            due = (one for one in work.operations.due(REMOTE_ISSUER, 99) if one.username == end_entity.username)
            assert [one.request for one in due] == ["an urgent revocation"]
            doubtful = work.operations.get(second.id)
            assert doubtful is not None
            conclude_refused(doubtful, Rejected(Reason.ISSUER_REFUSED, "no"), work)
