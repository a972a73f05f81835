"""Who has sent a message: shown by a MAC under a shared secret, or by a signature (RFC 9810, 5.1.3)."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from lockgate.rights.authorization import Administrator
from lockgate.rights.signer import TrustedCertificate
from lockgate_transport.cmp.service.aliases import CmpAlias


class SenderKind(StrEnum):
    """What shows who the sender is."""

    SECRET = "shared secret"  # noqa: S105  (a kind, not a secret)
    END_ENTITY_SECRET = "one-time password"  # noqa: S105
    CERTIFICATE = "certificate"
    REGISTRATION_AUTHORITY = "RA certificate"
    VENDOR_CERTIFICATE = "vendor certificate"
    SHOWN_PASSWORD = "password in the request"  # noqa: S105
    NOBODY = "no protection"

    @property
    def is_secret(self) -> bool:
        """Whether the message has a MAC."""
        return self in (SenderKind.SECRET, SenderKind.END_ENTITY_SECRET)

    @property
    def is_claim(self) -> bool:
        """Whether the protection shows nobody: who the sender is, its request shows by a password, which is judged
        when it is carried out."""
        return self is SenderKind.SHOWN_PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The sender of a message whose protection was verified.

    Attributes:
        name: the reference of a shared secret, the end entity, or the certificate's name.
        secret: under which the MAC is; None where a signature protects.
        username: of the end entity whose one-time password the secret is, or that the request names; None for every
            other sender.
        certificate: DER, of the key that has signed; None for a MAC.
        between: DER certificates of the CAs between that of a vendor's device and the vendor's CA.
        trusted: the same as the facts that the core judges; None for a MAC, and where the certificate shows nobody.
    """

    kind: SenderKind
    name: str
    secret: bytes | None = field(default=None, repr=False)
    username: str | None = None
    certificate: bytes | None = field(default=None, repr=False)
    between: tuple[bytes, ...] = field(default=(), repr=False)
    trusted: TrustedCertificate | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 over the certificate, lower-case hexadecimal; None for a MAC, and where it shows nobody."""
        shows = self.certificate and not self.kind.is_claim
        return hashlib.sha256(self.certificate or b"").hexdigest() if shows else None

    @property
    def identity(self) -> str:
        """64 lower-case hexadecimal digits: a transaction belongs to the sender that has opened it."""
        named = f"{self.kind}:{self.name}".encode()
        return self.fingerprint or hashlib.sha256(named + (self.certificate or b"")).hexdigest()

    @property
    def is_ra(self) -> bool:
        """Whether it speaks for others."""
        return self.kind is SenderKind.REGISTRATION_AUTHORITY

    def acting(self, alias: CmpAlias) -> Administrator:
        """As whom its requests act: with the rights of the alias, and no others."""
        return Administrator(f"{self.kind} {self.name} (CMP alias {alias.name})", self.fingerprint, (alias.role,))


NOBODY = Sender(kind=SenderKind.NOBODY, name="nobody")
"""The sender of a message without protection."""
