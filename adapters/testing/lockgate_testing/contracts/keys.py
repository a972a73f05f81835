"""The contract suites of the ports KeyGenerator and Keystores."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    pkcs12,
)

from lockgate.certification.endentity import IssuedCertificate, TokenType
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import KeyGenerator, KeyPair, Keystores
from lockgate_testing.doubles.remote_ca.certificates import NOT_AFTER, NOT_BEFORE, new_key, own_certificate

PASSWORD = "the password of a keystore"  # noqa: S105  (of this suite)


class KeyGeneratorContract:
    """Every rule of the port KeyGenerator. A subclass supplies the fixture `generator`."""

    @pytest.fixture
    def generator(self) -> KeyGenerator:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `generator`: the adapter under test")

    @pytest.mark.parametrize("specification", list(KeySpecification))
    def test_a_key_is_of_the_kind_and_size_that_was_asked_for(
        self, generator: KeyGenerator, specification: KeySpecification
    ) -> None:
        pair = generator.generate(specification)
        private = load_der_private_key(pair.private_key, None)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert public == pair.public_key
        assert _specification(pair.public_key) == specification

    def test_no_two_keys_are_alike(self, generator: KeyGenerator) -> None:
        assert len({generator.generate(KeySpecification.P_256).public_key for _ in range(10)}) == 10

    def test_a_printed_pair_shows_no_key(self, generator: KeyGenerator) -> None:
        pair = generator.generate(KeySpecification.ED25519)
        assert repr(pair.private_key) not in repr(pair)


class KeystoresContract:
    """Every rule of the port Keystores. A subclass supplies the fixture `keystores`."""

    @pytest.fixture
    def keystores(self) -> Keystores:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `keystores`: the adapter under test")

    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("token", [TokenType.P12, TokenType.JKS])
    def test_a_pkcs12_holds_key_certificate_and_chain(
        self, keystores: Keystores, token: TokenType, legacy: bool
    ) -> None:
        pair, issued = _issued()
        file = keystores.write(token, pair, issued, "alice", PASSWORD, legacy=legacy)
        assert file.kind is TokenType.P12
        key, certificate, chain = pkcs12.load_key_and_certificates(file.content, PASSWORD.encode())
        assert key is not None
        assert certificate is not None
        assert _public(key) == pair.public_key  # type: ignore[arg-type]
        assert certificate.public_bytes(Encoding.DER) == issued.certificate
        assert [above.public_bytes(Encoding.DER) for above in chain] == list(issued.chain)

    def test_a_pem_holds_the_same(self, keystores: Keystores) -> None:
        pair, issued = _issued()
        file = keystores.write(TokenType.PEM, pair, issued, "alice", PASSWORD, legacy=False)
        assert file.kind is TokenType.PEM
        assert _public(load_pem_private_key(file.content, PASSWORD.encode())) == pair.public_key  # type: ignore[arg-type]
        certificates = x509.load_pem_x509_certificates(file.content)
        assert [one.public_bytes(Encoding.DER) for one in certificates] == [issued.certificate, *issued.chain]

    @pytest.mark.parametrize("token", [TokenType.P12, TokenType.PEM])
    def test_another_password_opens_nothing(self, keystores: Keystores, token: TokenType) -> None:
        content = keystores.write(token, *_issued(), "alice", PASSWORD, legacy=False).content
        opened: Callable[[bytes, bytes], object] = (
            load_pem_private_key if token is TokenType.PEM else pkcs12.load_key_and_certificates
        )
        with pytest.raises(ValueError, match=r"."):
            opened(content, b"another password")

    def test_the_name_is_the_certificates_or_else_the_one_given(self, keystores: Keystores) -> None:
        for subject, listed in (("CN=Alice,O=Example", b"Alice"), ("O=Example", b"alice")):
            file = keystores.write(TokenType.P12, *_issued(subject), "alice", PASSWORD, legacy=False)
            found = pkcs12.load_pkcs12(file.content, PASSWORD.encode()).cert
            assert found is not None
            assert found.friendly_name == listed


def _issued(subject: str = "CN=Alice,O=Example") -> tuple[KeyPair, IssuedCertificate]:
    """A key, and its certificate from a CA that was made for it."""
    ca, key = new_key(), new_key()
    authority = own_certificate(ca, "CN=A CA for tests")
    name, issuer = x509.Name.from_rfc4514_string(subject), x509.load_der_x509_certificate(authority).subject
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), 7, NOT_BEFORE, NOT_AFTER)
    certificate = builder.sign(ca, hashes.SHA256()).public_bytes(Encoding.DER)
    pair = KeyPair(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), _public(key))
    return pair, IssuedCertificate(certificate, (authority,), sha256(certificate).hexdigest(), 7)


def _public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _specification(public_key: bytes) -> str:
    key = load_der_public_key(public_key)
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"P-{key.curve.key_size}"
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else type(key).__name__
