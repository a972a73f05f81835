"""Certificates issued in a transaction that a test has opened itself: by the CA whose keys that transaction knows, or
as by the remote issuer that has the key of the tests' CA."""

import secrets
from collections.abc import Sequence

from lockgate.certification.endentity import (
    CertificationRequest,
    EndEntity,
    EndEntityStatus,
    IssuedCertificate,
    Possession,
)
from lockgate.effects import issuing
from lockgate.names.dn import parse_dn
from lockgate.operations.conclusion import conclude_issued
from lockgate.operations.status import CALLED, RECEIVED
from lockgate.ports import Intent, IssuanceRequest, Issuer, Operation, Order, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate_ca_backend.administration import ADMINISTRATION, SERVICE_PROFILE
from lockgate_ca_backend.in_process import InProcessIssuer
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork
from lockgate_ca_backend.signing import CaKey
from tests.support.pki.identities import authority


def issue_all(work: RegistryTransaction, wanted: Sequence[IssuanceRequest]) -> Sequence[IssuedCertificate] | Rejected:
    return issuing.issue_all(wanted, work, _issuer(work))


def issue(work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate | Rejected:
    orders = issuing.ordered((wanted,), work)
    if isinstance(orders, Rejected):
        return orders
    (order,) = orders
    return _issue_remotely(work, order) if order.issuer else issuing.signed(orders, work, _issuer(work))[0]


def must_issue(work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate:
    issued = issue(work, wanted)
    assert isinstance(issued, IssuedCertificate), issued
    return issued


def service(
    username: str, subject_dn: str, public_key: bytes, *, ca_name: str, certificate_profile: str
) -> IssuanceRequest:
    """What `Administration.issue_keystore_certificate` asks for."""
    return IssuanceRequest(
        operation=secrets.token_hex(16),
        end_entity=EndEntity(
            username=username,
            subject_dn=parse_dn(subject_dn),
            subject_alt_name=(),
            email=None,
            end_entity_profile=SERVICE_PROFILE,
            certificate_profile=certificate_profile,
            ca_name=ca_name,
            status=EndEntityStatus.NEW,
        ),
        request=CertificationRequest(public_key=public_key, possession=Possession.MADE),
        requester=ADMINISTRATION,
        requester_fingerprint=None,
    )


def _issuer(work: RegistryTransaction) -> Issuer:
    assert isinstance(work, UnitOfWork)
    return InProcessIssuer(work.store.facilities.issuers)


def _issue_remotely(work: RegistryTransaction, order: Order) -> IssuedCertificate:
    """The steps of an operation, all in one transaction."""
    subject = authority().certificate.subject.public_bytes()
    certificate = content_of(order, subject).signed_by(CaKey(authority().key))
    work.issuance.intend(order, Intent(request=order.operation, effect=0))
    called = work.operations.move(_operation(work, order), CALLED, draft=b"by hand")
    conclude_issued(work.operations.move(called, RECEIVED, certificate=certificate), work)
    issued = work.issuance.issued(_operation(work, order))
    work.operations.forget(order.operation)
    return issued


def _operation(work: RegistryTransaction, order: Order) -> Operation:
    found = work.operations.get(order.operation)
    assert found is not None
    return found
