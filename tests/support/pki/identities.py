"""Keys and certificates for tests of envelopes and trust: made once, because RSA keys are slow to make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lockgate_keys.pkcs12 import SoftKeystore

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = NOT_BEFORE + timedelta(days=3650)


PRIMES = Path(__file__).with_name("rsa_primes.txt")
"""Of the RSA keys of 2048 bits from 1 on, two in each line: to make a key takes longer than most tests do."""
EXPONENT = 65537


@cache
def rsa_key(number: int, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The RSA key with that number."""
    made = _primes() if bits == 2048 else ()
    if not 0 < number <= len(made):
        return rsa.generate_private_key(EXPONENT, bits)
    p, q = (int(prime, 16) for prime in made[number - 1].split())
    d = rsa.rsa_recover_private_exponent(EXPONENT, p, q)
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@cache
def _primes() -> Sequence[str]:
    return PRIMES.read_text().splitlines()


@cache
def ec_key(number: int, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    """The EC key with that number."""
    return ec.generate_private_key(curve())


def name(common_name: str) -> x509.Name:
    """CN=common_name,O=Lockgate tests,C=SE."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lockgate tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def key_usage(*bits: str) -> x509.KeyUsage:
    """Key Usage with those bits."""
    known = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{usage: usage in bits for usage in known})


@dataclass(frozen=True)
class Authority:
    """A CA that issues the certificates of the tests."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def builder(self, common_name: str, key: Key) -> x509.CertificateBuilder:
        """A certificate as this CA would issue it, not signed yet and without extensions but the key identifiers."""
        return (
            x509.CertificateBuilder()
            .subject_name(name(common_name))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOT_BEFORE)
            .not_valid_after(NOT_AFTER)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )

    def crl(
        self, number: int, *serial_numbers: int, extensions: Sequence[x509.ExtensionType] = ()
    ) -> x509.CertificateRevocationList:
        """A CRL that lists those as superseded at `NOT_BEFORE`.

        Args:
            extensions: critical ones besides the CRL Number.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(NOT_BEFORE)
            .next_update(NOT_AFTER)
            .add_extension(x509.CRLNumber(number), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        for serial_number in serial_numbers:
            entry = x509.RevokedCertificateBuilder(serial_number, NOT_BEFORE)
            reason = x509.CRLReason(x509.ReasonFlags.superseded)
            builder = builder.add_revoked_certificate(entry.add_extension(reason, critical=False).build())
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, common_name: str, key: Key, *usage: str) -> "Identity":
        """An end entity's certificate; by default for signatures and key encipherment."""
        bits = usage or ("digital_signature", "key_encipherment")
        builder = self.builder(common_name, key).add_extension(key_usage(*bits), critical=True)
        return Identity(builder.sign(self.key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def keystore(self) -> SoftKeystore:
        return SoftKeystore(self.key, self.der)


def make_authority(common_name: str, key: Key) -> Authority:
    """A self-signed CA."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


@cache
def authority() -> Authority:
    """The CA that issues RA certificates."""
    return make_authority("Management CA", ec_key(1))


@cache
def worker() -> Identity:
    """The worker: RSA, can sign and be encrypted to."""
    return authority().issue("worker", rsa_key(1))


@cache
def ra() -> Identity:
    """An RA: RSA, can sign and be encrypted to."""
    return authority().issue("ra.example", rsa_key(2))


@cache
def ec_signer(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> Identity:
    """An RA with an EC key: signs only."""
    return authority().issue("ec.ra.example", ec_key(2, curve), "digital_signature")
