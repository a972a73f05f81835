"""Certificates for keys that their owners bring."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from lockgate.requests.submessages.base import EndEntityRequest, Request, Response, der, holds_challenge_password, text

MAX_KEY_LENGTH = 32
"""Octets in a content-encryption key at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS10Request(EndEntityRequest):
    """Issue a certificate for the key of a PKCS#10 (RFC 2986).

    Attributes:
        pkcs10: the CertificationRequest, DER or PEM (RFC 7468, 7) or Base64.
        create_or_edit_user: add or edit the end entity, then issue. If false, the end entity must exist, be NEW and
            the PKCS#10's challengePassword (RFC 2985, 5.4.1) must match its password.
    """

    pkcs10: bytes = field(metadata=der())
    create_or_edit_user: bool = True

    def carries_secret(self) -> bool:
        """A challenge password stands inside the PKCS#10 where the end entity must authenticate itself, and may stand
        in any other.
        """
        return not self.create_or_edit_user or holds_challenge_password(self.pkcs10)


@dataclass(frozen=True, slots=True, kw_only=True)
class PKCS10Response(Response):
    """The answer to a `PKCS10Request`.

    Attributes:
        certificate: the issued DER certificate, None on failure.
        pkcs7: DER certs-only SignedData (RFC 5652, 5.1): the certificate and its CA chain; None on failure.
    """

    certificate: bytes | None = None
    pkcs7: bytes | None = None


class RequestKind(StrEnum):
    """The content of `CertificateRequestRequest.request_data`, DER or its text (`lockgate.requests.textual`)."""

    PKCS10 = "PKCS10"
    """CertificationRequest (RFC 2986, 4.2)."""
    CRMF = "CRMF"
    """CertReqMessages with one CertReqMsg (RFC 4211, 3)."""
    SPKAC = "SPKAC"
    """SignedPublicKeyAndChallenge, as HTML's keygen element made it."""
    PUBLIC_KEY = "PUBLICKEY"
    """SubjectPublicKeyInfo (RFC 5280, 4.1.2.7): no proof of possession."""


class ResponseKind(StrEnum):
    """The content of `CertificateRequestResponse.data`, DER."""

    CERTIFICATE = "CERTIFICATE"
    """Certificate (RFC 5280, 4.1)."""
    PKCS7 = "PKCS7"
    """Certs-only SignedData (RFC 5652, 5.1): the certificate alone."""
    PKCS7_WITH_CHAIN = "PKCS7WITHCHAIN"
    """The same with the CA's chain up to and including the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequestRequest(EndEntityRequest):
    """Issue a certificate for a key that comes in one of several forms.

    Attributes:
        request_type, response_type: the values of a `RequestKind` and a `ResponseKind`.
        request_data: as `request_type` says: DER, PEM, Base64, or the line `SPKAC=BASE64`.
        password: the end entity's own; without `create_or_edit_user` it must be right.
        create_or_edit_user: add or edit the end entity, then issue.
        certificate_serial_number: hexadecimal; chosen by the client, None for a random one.
    """

    request_type: str = field(metadata=text(40))
    request_data: bytes = field(metadata=der())
    response_type: str = field(default=ResponseKind.CERTIFICATE, metadata=text(40))
    password: str | None = field(default=None, repr=False, metadata=text(secret=True))
    create_or_edit_user: bool = False
    certificate_serial_number: str | None = field(default=None, metadata=text(40))

    def carries_secret(self) -> bool:
        """The password, and a challenge password inside the request data."""
        return Request.carries_secret(self) or holds_challenge_password(self.request_data)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequestResponse(Response):
    """The answer to a `CertificateRequestRequest`.

    Attributes:
        response_type: the value of a `ResponseKind`; None on failure.
        data: DER, as `response_type` says; None on failure.
    """

    response_type: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRenewalRequest(Request):
    """Renew both certificates of a card. Each old certificate's key proves its possession by signing the PKCS#10.

    Attributes:
        auth_cert, sign_cert: the old DER certificates, issued here to one end entity, whose status must be NEW.
        auth_pkcs10, sign_pkcs10: CertificationRequests, DER or PEM, each signed by the key of its old certificate.
        auth_profile, sign_profile: certificate profiles; None for the end entity's.
        auth_ca, sign_ca: the CAs that shall issue; None for the end entity's.
    """

    auth_cert: bytes = field(metadata=der())
    sign_cert: bytes = field(metadata=der())
    auth_pkcs10: bytes = field(metadata=der())
    sign_pkcs10: bytes = field(metadata=der())
    auth_profile: str | None = field(default=None, metadata=text())
    sign_profile: str | None = field(default=None, metadata=text())
    auth_ca: str | None = field(default=None, metadata=text())
    sign_ca: str | None = field(default=None, metadata=text())

    def carries_secret(self) -> bool:
        """A challenge password inside one of the PKCS#10."""
        return any(map(holds_challenge_password, (self.auth_pkcs10, self.sign_pkcs10)))

    def concerns(self) -> str:
        """The SHA-256 fingerprints of both old certificates."""
        return " ".join(hashlib.sha256(certificate).hexdigest() for certificate in (self.auth_cert, self.sign_cert))


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRequest(Request):
    """Renew a certificate for a new key. The holder asks for it with the certificate's own key. The answer is a
    `PKCS10Response`.

    Attributes:
        certificate: the current one, DER, issued here.
        signed_message: DER ContentInfo with SignedData (RFC 5652, 5) by the certificate's key. Its content is the DER
            PKCS#10 of the new key, and its content type 2.25.214132289274502730865914408422713446069. Where there is
            a `content_key`, it is a pkiMessage with a RenewalReq instead (RFC 8894, 2.3, 3.1 and 3.3.1.2).
        content_key: of a pkiMessage's EnvelopedData, which holds the PKCS#10; the envelope's recipient has unwrapped
            the key for the CA.
    """

    certificate: bytes = field(metadata=der())
    signed_message: bytes = field(metadata=der())
    content_key: bytes | None = field(default=None, repr=False, metadata={"max_length": MAX_KEY_LENGTH, "secret": True})

    def carries_secret(self) -> bool:
        """The content-encryption key, and a challenge password inside a PKCS#10 that is not encrypted."""
        return Request.carries_secret(self) or holds_challenge_password(self.signed_message)

    def concerns(self) -> str:
        """The SHA-256 fingerprint of the current certificate."""
        return hashlib.sha256(self.certificate).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRenewalResponse(Response):
    """The answer to a `CardRenewalRequest`: two DER certificates, None on failure."""

    auth_cert: bytes | None = None
    sign_cert: bytes | None = None
