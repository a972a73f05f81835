"""The CA in this process: signs with the keys of the CAs that the registry keeps."""

from collections.abc import Sequence

from lockgate.ports import Issuer, Order
from lockgate_ca_backend.orders import content_of
from lockgate_ca_backend.store.authorities import IssuerCache


class InProcessIssuer(Issuer):
    """Signs orders of the registry that shares its unlocked keys."""

    def __init__(self, authorities: IssuerCache) -> None:
        self._authorities = authorities

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        """Certificates with exactly what each order says."""
        return [self._sign(order) for order in orders]

    def _sign(self, order: Order) -> bytes:
        authority = self._authorities.unlocked(order.ca_name, order.ca_certificate)
        return content_of(order, authority.subject).signed_by(authority.signer)
