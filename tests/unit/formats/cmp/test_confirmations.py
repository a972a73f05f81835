"""The hash in a certificate confirmation: that of the certificate's signature, or the one that is named."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.signatures import SigningKey
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, ec_key, name, ra, rsa_key

PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)


def certificate(
    key: SigningKey, digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None, pss: padding.PSS | None = None
) -> bytes:
    builder = x509.CertificateBuilder().subject_name(name("client")).issuer_name(name("client"))
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    return builder.sign(key, digest, rsa_padding=pss).public_bytes(Encoding.DER)


CASES = {
    "ECDSA with SHA-256": (certificate(ec_key(1), hashes.SHA256()), "sha256"),
    "ECDSA with SHA-384": (certificate(ec_key(1, ec.SECP384R1), hashes.SHA384()), "sha384"),
    "RSA with SHA-512": (certificate(rsa_key(1), hashes.SHA512()), "sha512"),
    "RSASSA-PSS with SHA-384": (certificate(rsa_key(1), hashes.SHA384(), PSS), "sha384"),
    "Ed25519": (certificate(ed25519.Ed25519PrivateKey.generate(), None), "sha512"),
}


@pytest.mark.parametrize(("octets", "digest"), CASES.values(), ids=CASES)
def test_the_hash_of_the_signature(octets: bytes, digest: str) -> None:
    assert certificate_hash(octets) == hashlib.new(digest, octets).digest()


def test_ed448() -> None:
    octets = certificate(ed448.Ed448PrivateKey.generate(), None)
    assert certificate_hash(octets) == hashlib.shake_256(octets).digest(64)


NAMED = {
    "sha256": oids.SHA256,
    "sha384": oids.SHA384,
    "sha512": oids.SHA512,
    "sha3_256": oids.SHA3_256,
    "sha3_384": oids.SHA3_384,
    "sha3_512": oids.SHA3_512,
}


@pytest.mark.parametrize("digest", NAMED)
def test_a_hash_that_is_named(digest: str) -> None:
    for parameters in ((), (der.NULL,)):
        found = certificate_hash(ra().der, algorithm(NAMED[digest], *parameters))
        assert found == hashlib.new(digest, ra().der).digest()


def test_shake256_that_is_named() -> None:
    assert certificate_hash(ra().der, algorithm(oids.SHAKE256)) == hashlib.shake_256(ra().der).digest(64)


def test_hashes_that_are_not_accepted() -> None:
    for wrong in (algorithm(oids.SHA1), algorithm("1.2.840.113549.2.5"), der.NULL):
        with pytest.raises(MalformedMessage, match="the hash algorithm is not accepted") as raised:
            certificate_hash(ra().der, wrong)
        assert raised.value.fail_info is FailInfo.BAD_ALG


def test_a_signature_that_names_no_hash() -> None:
    unknown = der.sequence(der.sequence(), algorithm("2.16.840.1.101.3.4.3.18"), der.bit_string(b""))
    with pytest.raises(MalformedMessage, match="its signature names no hash") as raised:
        certificate_hash(unknown)
    assert raised.value.fail_info is FailInfo.BAD_ALG
    assert certificate_hash(unknown, algorithm(oids.SHA256)) == hashlib.sha256(unknown).digest()


def test_what_is_no_certificate() -> None:
    with pytest.raises(MalformedMessage):
        certificate_hash(b"garbage")
