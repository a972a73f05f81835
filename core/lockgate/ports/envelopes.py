"""The protection of submessages: keystores, envelopes, the encoding of contents, and the signers whose signatures
count."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lockgate.reasons import Rejected
from lockgate.requests.content import AnswerContent, ContentKind, RequestContent, RequestHeader
from lockgate.requests.submessages import Request
from lockgate.rights.approval import Decision
from lockgate.rights.signer import TrustedCertificate


class SignatureScheme(StrEnum):
    """How a keystore's key signs (RFC 8017, 8.2; RFC 5758, 3.2)."""

    RSA_SHA256 = "RSASSA-PKCS1-v1_5 with SHA-256"
    ECDSA_SHA256 = "ECDSA on P-256 with SHA-256"
    ECDSA_SHA384 = "ECDSA on P-384 with SHA-384"


class KeyTransport(StrEnum):
    """How a content encryption key was wrapped (RFC 8017, 7.1 and 7.2)."""

    RSA_PKCS1 = "RSAES-PKCS1-v1_5"
    RSA_OAEP_SHA1 = "RSAES-OAEP with SHA-1"
    RSA_OAEP_SHA256 = "RSAES-OAEP with SHA-256"
    RSA_OAEP_SHA384 = "RSAES-OAEP with SHA-384"
    RSA_OAEP_SHA512 = "RSAES-OAEP with SHA-512"


class Keystore(Protocol):
    """This side's private key, in a file or in a device, and its certificate.

    What uses the key raises `Unavailable` while a device cannot be reached.
    """

    @property
    @abstractmethod
    def certificate(self) -> bytes:
        """The DER certificate of the key."""

    @property
    @abstractmethod
    def chain(self) -> tuple[bytes, ...]:
        """The DER certificates of the CAs above it, the issuer first; may be empty."""

    @property
    @abstractmethod
    def scheme(self) -> SignatureScheme:
        """How `sign` signs."""

    @abstractmethod
    def sign(self, data: bytes) -> bytes:
        """The signature over `data` (hashing included); ECDSA signatures as DER Ecdsa-Sig-Value (RFC 3279, 2.2.3)."""

    @abstractmethod
    def sign_legacy(self, data: bytes) -> bytes:
        """The signature over `data`, RSASSA-PKCS1-v1_5 with SHA-1; for SCEP devices that support no other digest.

        Raises:
            KeystoreError: the key is no RSA key.
        """

    @abstractmethod
    def unwrap(self, wrapped: bytes, transport: KeyTransport) -> bytes | None:
        """The key inside `wrapped`, or None if it cannot be unwrapped. The sender must not learn which of the two
        happened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A submessage without its envelope.

    Attributes:
        octets: what was inside: SignedData or plain content, still encoded.
        signed: whether `octets` claims to be SignedData; a claim, not a fact.
        encrypted: whether there was an envelope that this side's key opened.
        authenticated: whether that envelope was authenticated encryption (RFC 5083).
    """

    octets: bytes
    signed: bool
    encrypted: bool
    authenticated: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """Content whose signature was verified with the key of `certificate` (DER), which is not trusted yet."""

    content: bytes
    kind: ContentKind
    certificate: bytes


class Envelopes(Protocol):
    """CMS (RFC 5652, 5083) around submessages, with this side's keystore if it has one."""

    @abstractmethod
    def split(self, message: bytes) -> tuple[bytes, ...] | Rejected:
        """The submessages in a message's content; bounded in number and size before anything is parsed."""

    @abstractmethod
    def join(self, submessages: Sequence[bytes]) -> bytes:
        """The message's content that `split` takes apart.

        Raises:
            CallerError: there are more submessages, or larger ones, than a reader accepts.
        """

    @abstractmethod
    def open(self, submessage: bytes) -> Opened | Rejected:
        """Take the envelope off, if there is one. The only rejection is `unreadable`."""

    @abstractmethod
    def verify(self, opened: Opened) -> Signed | Rejected:
        """Check the one signature on `opened.octets`. The only rejection is `unreadable`."""

    @abstractmethod
    def seal(self, content: bytes, kind: ContentKind, *, sign: bool, encrypt_to: bytes | None) -> bytes:
        """Sign `content` with this side's key if asked to, then encrypt it to the DER certificate `encrypt_to`.

        Raises:
            KeystoreError: this side has no keystore to sign with, or the certificate's key cannot be encrypted to.
        """


class Contents(Protocol):
    """The encoding of signed content: JSON with a published schema, read strictly."""

    @abstractmethod
    def encode_request(self, content: RequestContent) -> bytes:
        """The bytes to sign."""

    @abstractmethod
    def read_header(self, content: bytes) -> RequestHeader | Rejected:
        """The header of a request; the rejection is `malformed_request`."""

    @abstractmethod
    def read_request(self, header: RequestHeader) -> Request | Rejected:
        """The request itself; rejections: `unknown_request_type`, `unknown_version`, `malformed_request`."""

    @abstractmethod
    def encode_answer(self, answer: AnswerContent) -> bytes:
        """The bytes to sign."""

    @abstractmethod
    def read_answer(self, content: bytes) -> AnswerContent | Rejected:
        """An answer; the rejection is `malformed_request`."""

    @abstractmethod
    def encode_decision(self, decision: Decision) -> bytes:
        """The bytes to sign."""

    @abstractmethod
    def read_decision(self, content: bytes) -> Decision | Rejected:
        """A decision on an approval; the rejection is `malformed_request`."""


class CertificateTrust(Protocol):
    """Which certificates the CA that issues RA certificates (`raissuer`) signed."""

    @abstractmethod
    def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """Read the DER `certificate` and verify that `raissuer` signed it directly and it is no CA certificate.

        Validity, key usage and revocation are the caller's to judge. The rejection is `signer_untrusted`.

        Raises:
            Unavailable: the CA's certificates cannot be looked up.
        """
