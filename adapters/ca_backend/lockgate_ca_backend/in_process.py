"""The CA in this process: signs with the keys of the CAs that the registry keeps, and issuers that a program brings."""

from collections.abc import Mapping, Sequence

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


class IssuersByCa(Issuer):
    """Hands each order to the issuer of its CA.

    Args:
        own: issuers by the names of their CAs.
        other: for every other CA.
    """

    def __init__(self, own: Mapping[str, Issuer], other: Issuer) -> None:
        self._own = own
        self._other = other

    def issue(self, orders: Sequence[Order]) -> Sequence[bytes]:
        """One call for each CA; the certificates in the order of `orders`."""
        places: dict[str, list[int]] = {}
        for place, order in enumerate(orders):
            places.setdefault(order.ca_name, []).append(place)
        made: dict[int, bytes] = {}
        for name, own in places.items():
            issuer = self._own.get(name, self._other)
            made.update(zip(own, issuer.issue([orders[place] for place in own]), strict=True))
        return [made[place] for place in range(len(orders))]
