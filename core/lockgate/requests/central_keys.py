"""Requests of a service of the CA for keys that the CA makes, and their answer. No submessage holds them: the service
encrypts the key to its client (RFC 9483, 4.1.6)."""

from dataclasses import dataclass, field

from lockgate.ports import KeyPair
from lockgate.requests.submessages import CertificateRequestRequest, RenewalRequest, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralKeyRequest(CertificateRequestRequest):
    """A `CertificateRequestRequest` whose key the CA makes; `request_data` is empty."""

    def answer_carries_secret(self) -> bool:
        """The answer holds a private key."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralKeyRenewalRequest(RenewalRequest):
    """A `RenewalRequest` for a key that the CA makes; the service has verified the signature: `signed_message` is
    empty."""

    def answer_carries_secret(self) -> bool:
        """The answer holds a private key."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class CentralKeyResponse(Response):
    """The answer to both.

    Attributes:
        pkcs7: DER certs-only SignedData (RFC 5652, 5.1): the certificate and its CA chain; None on failure.
        pair: the key; None on failure.
    """

    pkcs7: bytes | None = None
    pair: KeyPair | None = field(default=None, repr=False)
