"""Orders as CMP requests (RFC 9810, 5.3.1 to 5.3.3 and 5.3.9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lockgate.certification.revocation import RevocationReason
from lockgate.ports import Order, RevocationOrder
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.contents import Validity
from lockgate_formats.cmp.vocabulary import PossessionKind
from lockgate_formats.cmp_client import CertificateRequest, CmpClient, CmpTransaction, Revocation

NO_PKCS10 = "The CA takes PKCS#10 requests alone, and none came for this key that may be passed on."


class RequestKind(StrEnum):
    """The message that asks for a certificate."""

    CR = "cr"
    """Everything as it was ordered; this RA vouches for the possession of the key (raVerified)."""
    IR = "ir"
    """The same, where a CA wants it so."""
    P10CR = "p10cr"
    """The PKCS#10 that has proved possession of the key. The CA decides on all else."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How orders are written.

    Attributes:
        kind: the message that asks for a certificate.
        profiles: certProfile (RFC 9810, 5.1.1.4) by the name of the certificate profile; none for others.
    """

    kind: RequestKind = RequestKind.CR
    profiles: Mapping[str, str] = field(default_factory=dict)

    def first(self, order: Order | RevocationOrder, client: CmpClient) -> CmpTransaction | Rejected:
        """The transaction that carries out `order`; nothing of it is sent.

        Raises:
            CallerError: what is ordered cannot be written.
        """
        if isinstance(order, RevocationOrder):
            reason = None if order.reason is RevocationReason.UNSPECIFIED else int(order.reason)
            return client.rr([Revocation(order.certificate, reason)])
        named = self.profiles.get(order.certificate_profile)
        profiles = () if named is None else (named,)
        if self.kind is RequestKind.P10CR:
            if order.pkcs10 is None:
                return Rejected(Reason.ISSUER_REFUSED, NO_PKCS10)
            return client.p10cr(order.pkcs10, profiles)
        ask = client.ir if self.kind is RequestKind.IR else client.cr
        return ask([_asked(order)], profiles)


def _asked(order: Order) -> CertificateRequest:
    """All that was ordered, but for the serial number: a CertTemplate has none in a request (RFC 4211, 5)."""
    return CertificateRequest(
        subject=order.subject,
        public_key=order.public_key,
        possession=PossessionKind.RA_VERIFIED,
        extensions=order.extensions,
        validity=Validity(order.not_before, order.not_after),
    )
