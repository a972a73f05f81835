"""Certificates issued in one transaction: ordered by the registry, signed by an issuer, recorded by the registry."""

from collections.abc import Sequence

from lockgate.certification.endentity import IssuedCertificate
from lockgate.ports import IssuanceRequest, Issuer, RegistryTransaction
from lockgate.reasons import Rejected


def issue_all(
    requests: Sequence[IssuanceRequest], work: RegistryTransaction, issuer: Issuer
) -> Sequence[IssuedCertificate] | Rejected:
    """All of them, in their order, or none. Rejections: those of `Issuance.order_all`."""
    orders = work.issuance.order_all(requests)
    if isinstance(orders, Rejected):
        return orders
    return [work.issuance.record_issued(order, der) for order, der in zip(orders, issuer.issue(orders), strict=True)]


def issue(request: IssuanceRequest, work: RegistryTransaction, issuer: Issuer) -> IssuedCertificate | Rejected:
    """The same for one."""
    issued = issue_all((request,), work, issuer)
    return issued if isinstance(issued, Rejected) else issued[0]
