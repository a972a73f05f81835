"""Keys of end entities: the requests that bring one, the CA's own generation, and keystores to hand them out in."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lockgate.certification.endentity import CertificationRequest, IssuedCertificate, NameClaim, TokenType
from lockgate.names.keyspec import KeySpecification
from lockgate.reasons import Rejected
from lockgate.requests.submessages import RequestKind


class CertificateRequests(Protocol):
    """Certificate requests, parsed and with their proof of possession verified."""

    @abstractmethod
    def read(self, kind: RequestKind, octets: bytes) -> CertificationRequest | Rejected:
        """Read a request, DER or its text (`lockgate.requests.textual`). A bare public key proves nothing.

        Rejections: `bad_certificate_request`, `bad_proof_of_possession`, `unaccepted_algorithm`.
        """

    @abstractmethod
    def read_renewal(self, octets: bytes, certificate: bytes) -> CertificationRequest | Rejected:
        """The key of a PKCS#10, if the key of the DER `certificate` has signed it. Rejections as for `read`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalProof:
    """A renewal request that the holder of a certificate has signed with the certificate's key; only `Renewals` makes
    one.

    Attributes:
        pkcs10: DER CertificationRequest of the key to be certified; its own signature is not verified yet.
        claim: the requested name, if only the name shows that a renewal is meant; None if the message says so.
    """

    pkcs10: bytes
    claim: NameClaim | None = None


class Renewals(Protocol):
    """Requests to renew a certificate, signed by its key."""

    @abstractmethod
    def read(self, certificate: bytes, signed_message: bytes, content_key: bytes | None) -> RenewalProof | Rejected:
        """The renewal request that the key of the DER `certificate` has signed, in a form that `RenewalRequest`
        describes.

        Args:
            content_key: opens what is encrypted; None where nothing is.

        Rejections: `bad_certificate_request`, `bad_proof_of_possession`, `unaccepted_algorithm`.
        """


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key made for an end entity.

    Attributes:
        private_key: DER PrivateKeyInfo (RFC 5958), unencrypted. A secret.
        public_key: DER SubjectPublicKeyInfo (RFC 5280, 4.1).
    """

    private_key: bytes = field(repr=False)
    public_key: bytes


class KeyGenerator(Protocol):
    """Keys made by the CA."""

    @abstractmethod
    def generate(self, specification: KeySpecification) -> KeyPair:
        """A new key pair."""


@dataclass(frozen=True, slots=True)
class KeystoreFile:
    """A keystore as it is handed out.

    Attributes:
        kind: the format it is in: P12 or PEM.
    """

    kind: TokenType
    content: bytes = field(repr=False)


class Keystores(Protocol):
    """Keystore files for end entities."""

    @abstractmethod
    def write(
        self, token: TokenType, key: KeyPair, issued: IssuedCertificate, name: str, password: str, *, legacy: bool
    ) -> KeystoreFile:
        """Key, certificate and CA chain under `password`.

        Args:
            token: the format; not USERGENERATED.
            name: the friendly name, under which tools list the key, where the certificate's subject has no common name.
            legacy: encrypt as old readers need it (RFC 7292, B: SHA-1 and triple DES), where the format has a choice.
        """


CertsOnly = Callable[[Sequence[bytes]], bytes]
"""Packs DER certificates into certs-only SignedData (RFC 5652, 5.1), DER."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """The services that processors use besides the CA."""

    requests: CertificateRequests
    keys: KeyGenerator
    keystores: Keystores
    certs_only: CertsOnly
    renewals: Renewals
