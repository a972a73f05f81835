"""Adapters of a remote issuer that do not keep to the port. Those for one end entity serve all others well."""

from collections.abc import Callable, Mapping

from lockgate.ports import IssuerAnswer, Order, RemoteIssuer, RevocationOrder
from lockgate.reasons import Reason, Rejected
from lockgate_testing.doubles.remote_ca.exchange import order_of

FAULTY = "host0"
"""The end entity whose orders fail."""


class Adapter(RemoteIssuer):
    """Does what another one does."""

    def __init__(self, issuer: RemoteIssuer) -> None:
        self.issuer, self.traits = issuer, issuer.traits

    def draft(self, order: Order | RevocationOrder) -> bytes | Rejected:
        return self.issuer.draft(order)

    def call(self, draft: bytes) -> IssuerAnswer:
        return self.issuer.call(draft)

    def lookup(self, draft: bytes) -> IssuerAnswer | None:
        return self.issuer.lookup(draft)

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> None:
        self.issuer.confirm(draft, certificate, accepted=accepted)


class Silent(Adapter):
    """Returns nothing of what the CA says."""

    def call(self, draft: bytes) -> IssuerAnswer:
        super().call(draft)
        return None  # type: ignore[return-value]


class Draftless(Adapter):
    """Fails to make a draft."""

    def draft(self, order: Order | RevocationOrder) -> bytes | Rejected:
        if concerns(order):
            raise ValueError
        return super().draft(order)


class Unspeakable(Adapter):
    """Refuses in words that no database stores."""

    def call(self, draft: bytes) -> IssuerAnswer:
        return Rejected(Reason.ISSUER_REFUSED, "\udc80") if concerns(order_of(draft)) else super().call(draft)


class Confused(Adapter):
    """Returns the certificate that the CA has issued first, whatever is asked for."""

    first: IssuerAnswer | None = None

    def call(self, draft: bytes) -> IssuerAnswer:
        self.first = self.first or super().call(draft)
        return self.first


def concerns(order: Order | RevocationOrder) -> bool:
    """Whether the order is one of those that fail."""
    return isinstance(order, Order) and FAULTY.encode() in order.subject


FAILING: Mapping[str, Callable[[RemoteIssuer], RemoteIssuer]] = {
    "returns nothing": Silent,
    "returns the same certificate again": Confused,
    'makes no draft for "host0"': Draftless,
    'refuses "host0" in words that cannot be stored': Unspeakable,
}
