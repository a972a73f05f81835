"""Keystores as other tools read them."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key, pkcs12
from cryptography.x509.oid import NameOID

from lockgate.certification.endentity import IssuedCertificate, TokenType
from lockgate.names.keyspec import KeySpecification, parse_key_specification
from lockgate.ports import KeyPair
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_formats.public_keys import SubjectKey, read_key
from tests.support.parts import needed_program
from tests.support.pki.identities import Authority, authority

PASSWORD = "a password of alice's"
COMMON_NAME = x509.NameAttribute(NameOID.COMMON_NAME, "alice")


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return HostKeyGenerator().generate(KeySpecification.P_256)


@pytest.fixture(scope="module")
def issued(key: KeyPair) -> IssuedCertificate:
    return issued_to(key, x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), COMMON_NAME)


def issued_to(key: KeyPair, *subject: x509.NameAttribute[str]) -> IssuedCertificate:
    root: Authority = authority()
    private = load_der_private_key(key.private_key, None)
    ca = x509.load_der_x509_certificate(root.der)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(ca.subject)
        .public_key(private.public_key())  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(ca.not_valid_before_utc)
        .not_valid_after(ca.not_valid_after_utc)
        .sign(root.key, hashes.SHA256())
    )
    der = certificate.public_bytes(Encoding.DER)
    return IssuedCertificate(der, (root.der,), hashlib.sha256(der).hexdigest(), certificate.serial_number)


def openssl_info(content: bytes, directory: Path, *options: str) -> str:
    path = directory / "alice.p12"
    path.write_bytes(content)
    command = ["openssl", "pkcs12", "-info", "-noout", "-in", str(path), "-passin", f"pass:{PASSWORD}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_openssl_reads_a_modern_pkcs12(key: KeyPair, issued: IssuedCertificate, tmp_path: Path) -> None:
    file = KeystoreWriter().write(TokenType.P12, key, issued, "alice", PASSWORD, legacy=False)
    said = openssl_info(file.content, tmp_path)
    assert "MAC: sha256" in said
    assert "PBES2, PBKDF2, AES-256-CBC" in said


def test_openssl_reads_a_legacy_pkcs12(key: KeyPair, issued: IssuedCertificate, tmp_path: Path) -> None:
    file = KeystoreWriter().write(TokenType.P12, key, issued, "alice", PASSWORD, legacy=True)
    said = openssl_info(file.content, tmp_path, "-legacy")
    assert "MAC: sha1" in said
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in said


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ((COMMON_NAME,), "alice"),
        ((x509.NameAttribute(NameOID.COMMON_NAME, "less specific"), COMMON_NAME), "alice"),
        ((x509.NameAttribute(NameOID.COMMON_NAME, "Åsa"),), "Åsa"),
        ((x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),), "user 17"),
        ((), "user 17"),
    ],
)
def test_the_friendly_name_is_the_common_name_or_else_the_username(
    key: KeyPair, subject: tuple[x509.NameAttribute[str], ...], expected: str
) -> None:
    issued = issued_to(key, *subject)
    file = KeystoreWriter().write(TokenType.P12, key, issued, "user 17", PASSWORD, legacy=False)
    read = pkcs12.load_pkcs12(file.content, PASSWORD.encode()).cert
    assert read is not None
    assert read.friendly_name == expected.encode()


@pytest.fixture
def keytool() -> str:
    """Java's own reader of keystores."""
    return needed_program("keytool", "default-jre-headless")


@pytest.mark.parametrize("token", [TokenType.P12, TokenType.JKS])
@pytest.mark.parametrize("legacy", [False, True])
def test_keytool_lists_the_key_and_its_chain(
    keytool: str, token: TokenType, legacy: bool, key: KeyPair, issued: IssuedCertificate, tmp_path: Path
) -> None:
    path = tmp_path / "alice.keystore"
    path.write_bytes(KeystoreWriter().write(token, key, issued, "user 17", PASSWORD, legacy=legacy).content)
    command = [keytool, "-list", "-v", "-keystore", str(path), "-storepass", PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout
    assert "Alias name: alice" in done.stdout
    assert "Entry type: PrivateKeyEntry" in done.stdout
    assert "Certificate chain length: 2" in done.stdout


@pytest.mark.parametrize("token", [TokenType.P12, TokenType.PEM, TokenType.JKS])
def test_another_password_opens_nothing(token: TokenType, key: KeyPair, issued: IssuedCertificate) -> None:
    file = KeystoreWriter().write(token, key, issued, "alice", PASSWORD, legacy=False)
    if token is TokenType.PEM:
        assert b"ENCRYPTED PRIVATE KEY" in file.content
        return
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(file.content, b"another")


@pytest.mark.parametrize("specification", list(KeySpecification))
def test_every_key_is_of_the_kind_asked_for(specification: KeySpecification) -> None:
    key = read_key(HostKeyGenerator().generate(specification).public_key)
    assert isinstance(key, SubjectKey)
    assert specification in (key.kind, f"{key.kind}-{key.bits}")


def test_a_key_pair_does_not_show_its_private_key(key: KeyPair) -> None:
    assert "private" not in repr(key)


@pytest.mark.parametrize(
    ("algorithm", "specification", "expected"),
    [("RSA", "3072", "RSA-3072"), ("EC", "P-384", "P-384"), ("ECDSA", "P-384", "P-384"), ("Ed25519", "", "Ed25519")],
)
def test_keys_are_named_as_requests_name_them(algorithm: str, specification: str, expected: str) -> None:
    assert parse_key_specification(algorithm, specification) == expected


@pytest.mark.parametrize("specification", list(KeySpecification))
def test_each_key_has_a_name_that_requests_ask_for_it_by(specification: KeySpecification) -> None:
    assert parse_key_specification(*specification.named) is specification


def test_an_unknown_key_is_refused_with_what_there_is() -> None:
    refused = parse_key_specification("RSA", "1024")
    assert refused == Rejected(Reason.BAD_KEY_SPECIFICATION, "key_spec for RSA: 2048, 3072, 4096.")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["RSA-3072", "P-256", "P-384", "RSA-4096", "RSA-2048"]),
        ({"key_types": frozenset({"P-384", "Ed25519"})}, ["P-384", "Ed25519"]),
        ({"rsa_min_bits": 4096, "key_types": frozenset({"RSA"})}, ["RSA-4096"]),
        ({"rsa_min_bits": 8192, "key_types": frozenset({"RSA"})}, []),
        (
            {"generated_key": KeySpecification.RSA_2048, "key_types": frozenset({"RSA"})},
            ["RSA-2048", "RSA-3072", "RSA-4096"],
        ),
    ],
)
def test_the_profile_says_what_keys_are_made(fields: dict[str, object], expected: list[str]) -> None:
    assert list(CertificateProfile(validity_days=1, **fields).made_keys) == expected  # type: ignore[arg-type]


def test_a_profile_makes_no_key_that_it_would_not_certify() -> None:
    with pytest.raises(ValueError, match="generated_key"):
        CertificateProfile(validity_days=1, generated_key=KeySpecification.ED25519)
