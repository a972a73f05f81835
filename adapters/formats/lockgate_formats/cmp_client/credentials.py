"""How a client shows who it is: by a secret that it shares with the CA, or by a key with a certificate (RFC 9810,
5.1.3)."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.errors import ConfigurationError
from lockgate.ports import Keystore, Random
from lockgate_formats import der
from lockgate_formats.cmp.macs import PBMAC1_SHA256
from lockgate_formats.cmp.protection import MacProtection, Protector, mac_protector
from lockgate_formats.cmp.signatures import SignatureProtector, key_protector, keystore_protector
from lockgate_formats.cmp.signatures import SigningKey as PrivateKey
from lockgate_formats.cmp_client.chains import key_identifier
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.public_keys import encoded
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

_COMMON_NAME = der.oid("2.5.4.3")
_CURVE_DIGESTS = {"secp384r1": "sha384", "secp521r1": "sha512"}


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A secret that the client shares with the CA. A recorded message lets anybody try guesses offline: use one that a
    machine has made, of 128 random bits, once.

    Attributes:
        reference: senderKID, by which the CA finds the secret; octets.
        secret: octets.
        mac: the MAC, whose salt is replaced by a fresh one: `PBMAC1_SHA256`, or `PASSWORD_BASED_MAC_SHA256` for CAs
            that do not know PBMAC1 (`lockgate_formats.cmp.macs`), or a variation of one of them.
        sender: DER Name; by default with `reference` as common name (RFC 9483, 3.1), or empty where that is no text.
    """

    reference: bytes
    secret: bytes = field(repr=False)
    mac: MacProtection = PBMAC1_SHA256
    sender: bytes | None = None

    @property
    def name(self) -> bytes:
        """The DER Name that the header names as the sender."""
        return self.sender if self.sender is not None else _common_name(self.reference)

    @property
    def key_identifier(self) -> bytes | None:
        """The senderKID."""
        return self.reference

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The extraCerts: none."""
        return ()

    def protector(self, random: Random) -> Protector:
        """Protects one message, with a fresh salt."""
        return mac_protector(self.secret, random, self.mac)


@dataclass(frozen=True, slots=True)
class SigningCredentials:
    """A key that signs, and its certificate.

    Attributes:
        key: of the library; a key in a device is a subclass of one of its kinds.
        certificate: DER, of the key.
        chain: DER certificates of the CAs above it, the issuer first.
        pss: whether an RSA key signs with RSASSA-PSS.

    Raises:
        ConfigurationError: the certificate cannot be read, or is another key's.
    """

    key: PrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    pss: bool = False
    name: bytes = field(init=False, repr=False)
    key_identifier: bytes | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        certificate = _loaded(self.certificate)
        if encoded(certificate.public_key()) != encoded(self.key.public_key()):
            raise ConfigurationError("the certificate of a CMP client's key belongs to another key")
        object.__setattr__(self, "name", read_certificate(self.certificate).subject)
        object.__setattr__(self, "key_identifier", key_identifier(certificate))

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The extraCerts: the signer's certificate first, then its chain (RFC 9810, 5.1)."""
        return (self.certificate, *self.chain)

    def protector(self, random: Random) -> Protector:  # noqa: ARG002  (as a secret's)
        """Protects messages."""
        return signing(self.key, pss=self.pss)


@dataclass(frozen=True, slots=True)
class KeystoreCredentials:
    """The key of a keystore, in a file or in a device, and its certificate.

    Raises:
        ConfigurationError: the certificate cannot be read.
    """

    keystore: Keystore = field(repr=False)
    name: bytes = field(init=False, repr=False)
    key_identifier: bytes | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        certificate = self.keystore.certificate
        object.__setattr__(self, "key_identifier", key_identifier(_loaded(certificate)))
        object.__setattr__(self, "name", read_certificate(certificate).subject)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The extraCerts: the keystore's certificate first, then its chain."""
        return (self.keystore.certificate, *self.keystore.chain)

    def protector(self, random: Random) -> Protector:  # noqa: ARG002  (as a secret's)
        """Protects messages."""
        return keystore_protector(self.keystore)


Credentials = SharedSecret | SigningCredentials | KeystoreCredentials


def signing(key: PrivateKey, *, pss: bool = False) -> SignatureProtector:
    """How `key` signs: with SHA-256, or with the digest that fits its curve (RFC 5480, 4).

    Args:
        pss: whether an RSA key signs with RSASSA-PSS instead of RSASSA-PKCS1-v1_5.
    """
    curve = key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else ""
    return key_protector(key, _CURVE_DIGESTS.get(curve, "sha256"), pss=pss)


def _loaded(certificate: bytes) -> x509.Certificate:
    try:
        with warnings_as_errors():
            return x509.load_der_x509_certificate(certificate)
    except CERTIFICATE_ERRORS as error:
        raise ConfigurationError(f"the certificate of a CMP client's key cannot be read: {error}") from None


def _common_name(reference: bytes) -> bytes:
    """A DER Name with `reference` as its common name; the empty one where that is no text."""
    try:
        text = reference.decode()
    except UnicodeDecodeError:
        return der.sequence()
    return der.sequence(der.set_of([der.sequence(_COMMON_NAME, der.utf8_string(text))])) if text else der.sequence()
