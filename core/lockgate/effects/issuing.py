"""Certificates ordered by the registry. An issuer inside the transaction signs them at once, and the registry records
them; for a remote issuer operations are stored, and `lockgate.operations` goes on."""

from collections.abc import Sequence

from lockgate.certification.endentity import IssuedCertificate
from lockgate.operations.status import DONE
from lockgate.ports import Intent, IssuanceRequest, Issuer, Order, RegistryTransaction
from lockgate.reasons import Reason, Rejected


def ordered(requests: Sequence[IssuanceRequest], work: RegistryTransaction) -> Sequence[Order] | Rejected:
    """The orders, one for each of `requests`. Rejections: those of `Issuance.order_all`."""
    return work.issuance.order_all(requests)


def signed(orders: Sequence[Order], work: RegistryTransaction, issuer: Issuer) -> Sequence[IssuedCertificate]:
    """Sign and record all of them, in their order; none is for a remote issuer."""
    made = zip(orders, issuer.issue(orders), strict=True)
    return [work.issuance.record_issued(order, certificate) for order, certificate in made]


def intended(orders: Sequence[Order], intents: Sequence[Intent], work: RegistryTransaction, issuer: Issuer) -> None:
    """Store an operation for each order; those that no remote issuer signs are signed at once."""
    for order, intent in zip(orders, intents, strict=True):
        work.issuance.intend(order, intent)
    own = [order for order in orders if not order.issuer]
    for order, issued in zip(own, signed(own, work, issuer), strict=True):
        operation = work.operations.get(order.operation)
        if operation is not None:
            work.operations.move(operation, DONE, certificate=issued.certificate)


def issue_all(
    requests: Sequence[IssuanceRequest], work: RegistryTransaction, issuer: Issuer
) -> Sequence[IssuedCertificate] | Rejected:
    """All of them at once, in their order, or none.

    Rejections: those of `Issuance.order_all`, and `ca_not_active` for a CA whose certificates a remote issuer signs.
    """
    orders = ordered(requests, work)
    if isinstance(orders, Rejected):
        return orders
    if remote := next((order for order in orders if order.issuer), None):
        return Rejected(
            Reason.CA_NOT_ACTIVE,
            f"The remote issuer {remote.issuer} signs its certificates, and none at once: send a request.",
        )
    return signed(orders, work, issuer)


def issue(request: IssuanceRequest, work: RegistryTransaction, issuer: Issuer) -> IssuedCertificate | Rejected:
    """The same for one."""
    issued = issue_all((request,), work, issuer)
    return issued if isinstance(issued, Rejected) else issued[0]
