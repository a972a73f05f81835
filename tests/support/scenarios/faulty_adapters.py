"""Adapters of a remote issuer; most do not keep to the port. Those for one end entity serve all others well."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from lockgate.errors import Defect, NotTaken
from lockgate.ports import Counts, Issued, IssuerAnswer, Later, Order, RemoteIssuer, RevocationOrder
from lockgate.reasons import Reason, Rejected
from lockgate_testing.doubles.remote_ca.exchange import order_of

SAID = b"\n\n"
"""What a CA has said."""
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

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> Rejected | Counts | None:
        return self.issuer.confirm(draft, certificate, accepted=accepted)


class Silent(Adapter):
    """Returns nothing of what the CA says."""

    def call(self, draft: bytes) -> IssuerAnswer:
        super().call(draft)
        return None  # type: ignore[return-value]


class Postponing(Adapter):
    """Puts the CA's answers off by a hundred years."""

    def call(self, draft: bytes) -> IssuerAnswer:
        answer = super().call(draft)
        return replace(answer, after=timedelta(days=36_500)) if isinstance(answer, Later) else answer


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


class Nameless(Adapter):
    """Fails to tell what the CA said, and to name the draft."""

    def call(self, draft: bytes) -> IssuerAnswer:
        if concerns(order_of(draft)):
            raise ValueError
        return super().call(draft)

    def reference(self, draft: bytes) -> str:
        raise ValueError


class Confused(Adapter):
    """Returns the certificate that the CA has issued first, whatever is asked for."""

    first: IssuerAnswer | None = None

    def call(self, draft: bytes) -> IssuerAnswer:
        self.first = self.first or super().call(draft)
        return self.first


class Remembering(Adapter):
    """Keeps in the draft what the CA has said, and confirms with nothing else."""

    def call(self, draft: bytes) -> IssuerAnswer:
        answer = super().call(draft)
        return replace(answer, draft=draft + SAID) if isinstance(answer, Issued) else answer

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> Rejected | Counts | None:
        if not draft.endswith(SAID):
            raise Defect("the draft does not hold what the CA has said")
        return super().confirm(draft, certificate, accepted=accepted)


class Unconfirmable(Adapter):
    """Tells that the CA does not take the confirmation."""

    def confirm(self, draft: bytes, certificate: bytes, *, accepted: bool) -> Rejected | Counts | None:
        return Rejected(Reason.ISSUER_REFUSED, "It is too late.")


class Numbering:
    """Makes adapters that make no two drafts alike.

    Attributes:
        taken: whether the CA takes the first draft.
        called: the drafts of the calls that were tried.
    """

    def __init__(self, *, taken: bool = True) -> None:
        self.taken, self.made, self.called = taken, 0, list[bytes]()

    def __call__(self, issuer: RemoteIssuer) -> RemoteIssuer:
        return _Numbered(issuer, self)


class _Numbered(Adapter):
    def __init__(self, issuer: RemoteIssuer, drafts: Numbering) -> None:
        super().__init__(issuer)
        self.drafts = drafts

    def draft(self, order: Order | RevocationOrder) -> bytes | Rejected:
        self.drafts.made += 1
        made = super().draft(order)
        return made if isinstance(made, Rejected) else made + b" " * self.drafts.made

    def call(self, draft: bytes) -> IssuerAnswer:
        self.drafts.called.append(draft)
        if not self.drafts.taken and _number(draft) == 1:
            raise NotTaken("the draft is too old")
        return super().call(draft)

    def reference(self, draft: bytes) -> str:
        return f"draft {_number(draft)}"


def _number(draft: bytes) -> int:
    return len(draft) - len(draft.rstrip(b" "))


def concerns(order: Order | RevocationOrder) -> bool:
    """Whether the order is one of those that fail."""
    return isinstance(order, Order) and FAULTY.encode() in order.subject


FAILING: Mapping[str, Callable[[RemoteIssuer], RemoteIssuer]] = {
    "returns nothing": Silent,
    "puts answers off by a hundred years": Postponing,
    "confirms by what the CA has said alone": Remembering,
    "tells that the CA takes no confirmation": Unconfirmable,
    "returns the same certificate again": Confused,
    'makes no draft for "host0"': Draftless,
    'refuses "host0" in words that cannot be stored': Unspeakable,
    'loses the answer for "host0", and names no draft': Nameless,
}
