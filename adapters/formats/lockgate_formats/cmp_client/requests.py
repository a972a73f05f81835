"""What a client can ask for: certificates (RFC 4211, 5), and their revocation (RFC 9810, 5.3.9)."""

from dataclasses import dataclass, field
from types import NoneType

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.errors import CallerError
from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate, Validity
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.signatures import SigningKey as PrivateKey
from lockgate_formats.cmp.vocabulary import PossessionKind
from lockgate_formats.public_keys import encoded

SHOWN_BY_CLIENT = frozenset(
    {PossessionKind.SIGNATURE, PossessionKind.RA_VERIFIED, PossessionKind.ENCRYPTED_CERTIFICATE}
)
"""The proofs of possession that a client can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequest:
    """A certificate that is asked for.

    Attributes:
        subject: DER Name; None leaves it to the CA.
        key: the key pair to be certified, of the library. None where `public_key` is another's, and where the CA shall
            make the key pair.
        public_key: DER SubjectPublicKeyInfo, where there is no `key`: an RA asks for the holder of that key.
        key_algorithm: DER AlgorithmIdentifier of the key pair that the CA shall make (RFC 9483, 4.1.6); None leaves it
            to the CA.
        possession: how possession of the key is shown: by a signature; by an RA's word (raVerified); or by reading the
            certificate, which the CA encrypts to the key (subsequentMessage encrCert), for keys that only encrypt.
        extensions: DER Extensions.
        issuer: DER Name of the CA; None leaves it open.
        controls: of CRMF, for example a regToken; kur's oldCertID is added by the client.
        reg_info: registration information (RFC 4211, 7).

    Raises:
        CallerError: `subject` is no octets, `key` and `public_key` are both given, or the proof does not fit them.
    """

    subject: bytes | None = None
    key: PrivateKey | None = field(default=None, repr=False)
    public_key: bytes | None = None
    key_algorithm: bytes | None = None
    possession: PossessionKind = PossessionKind.SIGNATURE
    extensions: bytes | None = None
    issuer: bytes | None = None
    validity: Validity | None = None
    controls: tuple[InfoValue, ...] = field(default=(), repr=False)
    reg_info: tuple[InfoValue, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.subject, bytes | NoneType):
            raise CallerError("subject is a Name in DER octets, such as those of x509.Name.public_bytes()")
        if self.key is not None and self.public_key is not None:
            raise CallerError("a certificate request has a key pair or a public key, not both")
        if self.possession not in SHOWN_BY_CLIENT:
            raise CallerError(f"a client shows possession of a key in another way than by {self.possession}")
        if self.public_key is not None and self.possession is not PossessionKind.RA_VERIFIED:
            raise CallerError("without the key pair, only raVerified can show possession of the key")
        if self.is_indirect and not isinstance(self.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise CallerError("a certificate can be encrypted to an RSA or EC key, which the client must have")

    @property
    def is_indirect(self) -> bool:
        """Whether the certificate shall come encrypted."""
        return self.possession is PossessionKind.ENCRYPTED_CERTIFICATE

    @property
    def is_central(self) -> bool:
        """Whether the CA shall make the key pair."""
        return self.key is None and self.public_key is None

    @property
    def spki(self) -> bytes | None:
        """The DER SubjectPublicKeyInfo to be certified; None where the CA makes the key pair."""
        return self.public_key if self.key is None else encoded(self.key.public_key())

    @property
    def template(self) -> CertificateTemplate:
        """The CertTemplate (RFC 4211, 5)."""
        return CertificateTemplate(
            issuer=self.issuer,
            validity=self.validity,
            subject=self.subject,
            public_key=self.spki or self._no_key(),
            extensions=self.extensions,
        )

    def _no_key(self) -> bytes | None:
        """A SubjectPublicKeyInfo without a key, which names the algorithm of the one to be made."""
        return None if self.key_algorithm is None else der.sequence(self.key_algorithm, der.bit_string(b""))


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate that shall be revoked.

    Attributes:
        certificate: DER.
        reason: CRLReason (RFC 5280, 5.3.1); None without.
    """

    certificate: bytes = field(repr=False)
    reason: int | None = None
