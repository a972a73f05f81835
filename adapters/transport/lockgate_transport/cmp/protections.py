"""The proxy's check of protections: MACs with known secrets, and signatures by certificates of trusted issuers.

Where it is switched on, every message must be protected in a way that it can verify: a kind that it knows no secrets or
issuers for does not pass. Nothing is computed before the parameters of an algorithm are within bounds.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lockgate.ports import CertificateTrust, Clock
from lockgate.reasons import Rejected
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.messages import PkiMessage
from lockgate_formats.cmp.protection import protection_of, verify_mac, verify_signature
from lockgate_formats.cmp.signatures import SignatureProtection
from lockgate_formats.crls import Revocation, RevocationList, revocation_of
from lockgate_transport.cmp.refusals import ProxyRefusal, Refused, refused

_REVOCATIONS: Mapping[Revocation, ProxyRefusal] = {
    Revocation.REVOKED: ProxyRefusal.REVOKED_SIGNER,
    Revocation.UNKNOWN: ProxyRefusal.UNKNOWN_REVOCATION,
}


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """Verifies MACs.

    Attributes:
        secrets: by the reference that clients put into senderKID.
        everybody: the secret of every other reference, and of none; None for none.
    """

    secrets: Mapping[bytes, bytes] = field(repr=False)
    everybody: bytes | None = field(default=None, repr=False)
    limits: ProtectionLimits = DEFAULT_PROTECTION

    def refusal(self, message: PkiMessage) -> Refused | None:
        """Why a message with a MAC must not pass. An unknown reference takes as long as a wrong MAC, and is told alike.

        Raises:
            MalformedMessage: as `lockgate_formats.cmp.protection.verify_mac`.
        """
        reference = message.header.sender_kid or b""
        secret = self.secrets.get(reference, self.everybody)
        right = verify_mac(message, hashlib.sha256(reference).digest() if secret is None else secret, self.limits)
        if right and secret is not None:
            return None
        named = reference[:64].decode(errors="replace")
        return refused(ProxyRefusal.WRONG_MAC, f"{'no secret' if secret is None else 'another MAC'} for {named!a}")


@dataclass(frozen=True, slots=True)
class TrustedIssuers:
    """Verifies signatures.

    Attributes:
        revocations: the CRLs that count now; None where revocation is not checked.
    """

    trust: CertificateTrust
    clock: Clock
    revocations: Callable[[], Sequence[RevocationList]] | None = None

    def refusal(self, message: PkiMessage) -> Refused | None:
        """Why a signed message must not pass: by its protection certificate, the first of extraCerts (RFC 9483, 3.3).

        Raises:
            MalformedMessage: as `lockgate_formats.cmp.protection.verify_signature`.
        """
        if not message.extra_certs:
            return refused(ProxyRefusal.UNTRUSTED_SIGNER, "extraCerts is empty")
        trusted = self.trust.path(message.extra_certs[0])
        if isinstance(trusted, Rejected):
            return refused(ProxyRefusal.UNTRUSTED_SIGNER, trusted.internal)
        now = self.clock.now()
        if not trusted.valid_at(now):
            return refused(ProxyRefusal.UNTRUSTED_SIGNER, f"{trusted.name} is not valid now")
        if self.revocations is not None:
            found = _REVOCATIONS.get(revocation_of(trusted.der, self.revocations(), now))
            if found is not None:
                return refused(found, trusted.name)
        if not verify_signature(message, trusted.der):
            return refused(ProxyRefusal.WRONG_SIGNATURE, f"of {trusted.name}")
        return None


@dataclass(frozen=True, slots=True)
class VerifiedProtection:
    """Lets messages pass whose protection holds.

    Attributes:
        secrets, issuers: None: messages with that kind of protection do not pass.
    """

    secrets: KnownSecrets | None
    issuers: TrustedIssuers | None

    def __call__(self, alias: str, message: PkiMessage) -> Refused | None:  # noqa: ARG002
        """The refusal of a message whose protection does not hold, or cannot be verified.

        Raises:
            MalformedMessage: the algorithm is not accepted.
        """
        limits = self.secrets.limits if self.secrets else DEFAULT_PROTECTION
        protection = protection_of(message, limits)
        if protection is None:
            return refused(ProxyRefusal.UNPROTECTED)
        verifier = self.issuers if isinstance(protection, SignatureProtection) else self.secrets
        return verifier.refusal(message) if verifier else refused(ProxyRefusal.UNACCEPTED_PROTECTION)
