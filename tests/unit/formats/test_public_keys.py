"""Public keys: one encoding comes out, whatever comes in; and what names a key on a list."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.key_checks import KeyChecks
from lockgate_formats.public_keys import SubjectKey, certificate_key, read_key, request_key
from tests.support.pki.certificate_requests import pkcs10, with_another_exponent
from tests.support.pki.identities import authority, ec_key, rsa_key
from tests.support.pki.key_forms import ENCODINGS, Key, public_key

EC_ENCODINGS = ["its usual encoding", "a compressed point", "a hybrid point"]
RSA_ENCODINGS = ["its usual encoding", "no RSA parameters"]
SAME: list[tuple[Key, str]] = [
    *((ec_key(number), encoding) for number in (1, 2, 3, 4) for encoding in EC_ENCODINGS),
    *((rsa_key(1), encoding) for encoding in RSA_ENCODINGS),
]


def read(spki: bytes) -> SubjectKey:
    key = read_key(spki)
    assert isinstance(key, SubjectKey)
    return key


@pytest.mark.parametrize(("key", "encoding"), SAME)
def test_one_encoding_comes_out(key: Key, encoding: str) -> None:
    found, usual = read(ENCODINGS[encoding](key.public_key())), public_key(key)
    assert (found.spki, found.digest) == (usual, hashlib.sha256(usual).digest())
    assert found.identity == read(usual).identity


@pytest.mark.parametrize("key", [ec_key(5, ec.SECP384R1), ec_key(6, ec.SECP521R1)], ids=["P-384", "P-521"])
def test_other_curves_are_encoded_anew_too(key: ec.EllipticCurvePrivateKey) -> None:
    usual = read(public_key(key))
    others = [encoding for encoding in usual.encodings() if encoding != usual.spki]
    assert len(others) == len(EC_ENCODINGS) - 1
    assert [read(other).spki for other in others] == [usual.spki] * len(others)


@pytest.mark.parametrize(
    ("key", "encoding", "words"),
    [
        (ec_key(1), "explicit parameters", "written out as parameters"),
        (rsa_key(1), "RSASSA-PSS alone", "id-RSASSA-PSS"),
    ],
)
def test_what_changes_the_meaning_is_refused(key: Key, encoding: str, words: str) -> None:
    refused = read_key(ENCODINGS[encoding](key.public_key()))
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.WEAK_KEY
    assert words in refused.detail


@pytest.mark.parametrize(("key", "listed"), SAME)
def test_a_list_may_name_a_key_in_any_encoding(key: Key, listed: str) -> None:
    checks = KeyChecks(frozenset({hashlib.sha256(ENCODINGS[listed](key.public_key())).digest()}))
    for sent in RSA_ENCODINGS if "RSA" in listed or key is rsa_key(1) else EC_ENCODINGS:
        refused = checks.judge(read(ENCODINGS[sent](key.public_key())))
        assert refused is not None
        assert "blocklist" in refused.detail
    other = rsa_key(2) if key is rsa_key(1) else ec_key(9)
    assert checks.judge(read(public_key(other))) is None


def test_a_listed_modulus_is_refused_with_another_exponent() -> None:
    checks = KeyChecks(frozenset({hashlib.sha256(public_key(rsa_key(1))).digest()}))
    refused = checks.judge(read(public_key(with_another_exponent(rsa_key(1)))))
    assert refused is not None
    assert "blocklist" in refused.detail


def test_the_key_of_a_request_and_of_a_certificate_is_read_as_it_stands_there() -> None:
    key = ec_key(1)
    explicit = request_key(pkcs10(key, encoding=ENCODINGS["explicit parameters"](key.public_key())))
    assert isinstance(explicit, Rejected)
    assert request_key(pkcs10(key, encoding=ENCODINGS["a hybrid point"](key.public_key()))) == read(public_key(key))
    assert certificate_key(authority().issue("x", rsa_key(1)).der) == read(public_key(rsa_key(1)))
