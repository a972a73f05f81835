"""Keys made for end entities, and the keystores they are handed out in: PKCS#12 (RFC 7292) or PEM (RFC 7468).

A JKS token brings a PKCS#12 as well: every Java since 8 opens it as a keystore, and the protection of the JKS format is
too weak (docs/decisions/0006-java-keystores.md).
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from lockgate.certification.endentity import IssuedCertificate, TokenType
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import KeyGenerator, KeyPair, KeystoreFile, Keystores
from lockgate_formats.public_keys import encoded

KDF_ROUNDS = 100_000
"""Of PBKDF2 in modern PKCS#12 keystores; some tens of milliseconds."""
LEGACY_KDF_ROUNDS = 20_000
_CURVES = {
    KeySpecification.P_256: ec.SECP256R1(),
    KeySpecification.P_384: ec.SECP384R1(),
    KeySpecification.P_521: ec.SECP521R1(),
}

MadeKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class HostKeyGenerator(KeyGenerator):
    """Keys from the library's generator."""

    def generate(self, specification: KeySpecification) -> KeyPair:
        """A new key pair."""
        key = _generate(specification)
        return KeyPair(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            encoded(key.public_key()),
        )


class KeystoreWriter(Keystores):
    """PKCS#12 and PEM."""

    def write(
        self, token: TokenType, key: KeyPair, issued: IssuedCertificate, name: str, password: str, *, legacy: bool
    ) -> KeystoreFile:
        """Key, certificate and CA chain under `password`."""
        if token is TokenType.PEM:
            return KeystoreFile(TokenType.PEM, _pem(key, issued, password))
        encryption = (_legacy if legacy else _modern)(password)
        private, (own, *chain) = load_der_private_key(key.private_key, None), _certificates(issued)
        friendly = (_common_name(own) or name).encode()
        content = pkcs12.serialize_key_and_certificates(friendly, private, own, chain, encryption)  # type: ignore[arg-type]
        return KeystoreFile(TokenType.P12, content)


def _common_name(certificate: x509.Certificate) -> str | None:
    """The most specific one, which stands last in the encoding."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else None


def _generate(
    specification: KeySpecification,
) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    if specification in _CURVES:
        return ec.generate_private_key(_CURVES[specification])
    if specification is KeySpecification.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(specification.removeprefix("RSA-")))


def _certificates(issued: IssuedCertificate) -> Sequence[x509.Certificate]:
    """The end entity's own, then its CAs' up to the root."""
    return [x509.load_der_x509_certificate(der) for der in (issued.certificate, *issued.chain)]


def _pem(key: KeyPair, issued: IssuedCertificate, password: str) -> bytes:
    encryption = BestAvailableEncryption(password.encode())
    private = load_der_private_key(key.private_key, None)
    certificates = (certificate.public_bytes(Encoding.PEM) for certificate in _certificates(issued))
    return b"".join((private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), *certificates))


def _modern(password: str) -> KeySerializationEncryption:
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(KDF_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )


def _legacy(password: str) -> KeySerializationEncryption:
    return (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(LEGACY_KDF_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303  (what old readers know)
        .build(password.encode())
    )
