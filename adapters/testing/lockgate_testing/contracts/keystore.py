"""The contract suite of the port Keystore."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lockgate.errors import KeystoreError
from lockgate.ports import Keystore, KeyTransport, SignatureScheme

DATA = b"what is signed"
_ECDSA: Mapping[str, tuple[SignatureScheme, hashes.HashAlgorithm]] = {
    "secp256r1": (SignatureScheme.ECDSA_SHA256, hashes.SHA256()),
    "secp384r1": (SignatureScheme.ECDSA_SHA384, hashes.SHA384()),
}


def _oaep(digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.OAEP(padding.MGF1(digest), digest, None)


PADDINGS: Mapping[KeyTransport, padding.AsymmetricPadding] = {
    KeyTransport.RSA_PKCS1: padding.PKCS1v15(),
    KeyTransport.RSA_OAEP_SHA1: _oaep(hashes.SHA1()),  # noqa: S303  (RFC 8017's default)
    KeyTransport.RSA_OAEP_SHA256: _oaep(hashes.SHA256()),
    KeyTransport.RSA_OAEP_SHA384: _oaep(hashes.SHA384()),
    KeyTransport.RSA_OAEP_SHA512: _oaep(hashes.SHA512()),
}
"""How each transport wraps a key."""


class KeystoreContract:
    """Every rule of the port Keystore. A subclass supplies the fixture `keystore`, with parameters for RSA and EC keys
    where the adapter has both."""

    @pytest.fixture
    def keystore(self) -> Keystore:
        """The adapter under test."""
        raise NotImplementedError("supply the fixture `keystore`: the adapter under test")

    def test_the_certificates_can_be_read_the_issuers_first(self, keystore: Keystore) -> None:
        certificates = [x509.load_der_x509_certificate(der) for der in (keystore.certificate, *keystore.chain)]
        for certificate, issuer in pairwise(certificates):
            certificate.verify_directly_issued_by(issuer)

    def test_the_scheme_fits_the_key_and_what_is_signed_verifies_by_it(self, keystore: Keystore) -> None:
        key, signature = _public_key(keystore), keystore.sign(DATA)
        if isinstance(key, rsa.RSAPublicKey):
            assert keystore.scheme is SignatureScheme.RSA_SHA256
            key.verify(signature, DATA, padding.PKCS1v15(), hashes.SHA256())
        else:
            scheme, digest = _ECDSA[key.curve.name]
            assert keystore.scheme is scheme
            key.verify(signature, DATA, ec.ECDSA(digest))
            with pytest.raises(InvalidSignature):
                key.verify(signature, b"something else", ec.ECDSA(digest))

    def test_only_an_rsa_key_signs_for_old_devices(self, keystore: Keystore) -> None:
        key = _public_key(keystore)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(keystore.sign_legacy(DATA), DATA, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  (see above)
        else:
            with pytest.raises(KeystoreError):
                keystore.sign_legacy(DATA)

    @pytest.mark.parametrize("transport", list(KeyTransport), ids=lambda transport: transport.name)
    def test_a_key_is_unwrapped_by_an_rsa_key_only(self, keystore: Keystore, transport: KeyTransport) -> None:
        key, secret = _public_key(keystore), bytes(range(32))
        if isinstance(key, rsa.RSAPublicKey):
            assert keystore.unwrap(key.encrypt(secret, PADDINGS[transport]), transport) == secret
        else:
            assert keystore.unwrap(bytes(256), transport) is None

    @pytest.mark.parametrize("wrapped", [b"", b"\0", bytes(256), b"\xff" * 256, bytes(1000)], ids=len)
    def test_what_is_not_wrapped_to_this_key_is_not_unwrapped(self, keystore: Keystore, wrapped: bytes) -> None:
        """By OAEP. With PKCS#1 v1.5 a library may return random octets instead, so that a sender learns nothing."""
        assert keystore.unwrap(wrapped, KeyTransport.RSA_OAEP_SHA256) is None

    def test_a_printed_keystore_shows_no_key(self, keystore: Keystore) -> None:
        assert "PRIVATE" not in repr(keystore).upper()


def _public_key(keystore: Keystore) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    key = x509.load_der_x509_certificate(keystore.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key
