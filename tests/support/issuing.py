"""Certificates issued in a transaction that a test has opened itself, by the CA whose keys that transaction knows."""

from collections.abc import Sequence

from lockgate.certification.endentity import IssuedCertificate
from lockgate.effects import issuing
from lockgate.ports import IssuanceRequest, Issuer, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate_ca_backend.in_process import InProcessIssuer
from lockgate_ca_backend.registry.unit_of_work import UnitOfWork


def issue_all(work: RegistryTransaction, wanted: Sequence[IssuanceRequest]) -> Sequence[IssuedCertificate] | Rejected:
    return issuing.issue_all(wanted, work, _issuer(work))


def issue(work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate | Rejected:
    return issuing.issue(wanted, work, _issuer(work))


def must_issue(work: RegistryTransaction, wanted: IssuanceRequest) -> IssuedCertificate:
    issued = issue(work, wanted)
    assert isinstance(issued, IssuedCertificate)
    return issued


def _issuer(work: RegistryTransaction) -> Issuer:
    assert isinstance(work, UnitOfWork)
    return InProcessIssuer(work.store.facilities.issuers)
