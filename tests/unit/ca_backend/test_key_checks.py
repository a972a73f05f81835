"""Weak public keys: every kind is refused by its own check, and sound ones pass."""

import hashlib
from pathlib import Path

import gmpy2
import pytest
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.errors import ConfigurationError
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.key_checks import (
    KeyChecks,
    has_close_factors,
    is_roca,
    read_blocklist,
)
from lockgate_ca_backend.shared_primes import RecentModuli, moduli_with_shared_primes
from lockgate_formats.public_keys import SubjectKey, read_key
from tests.support.pki.certificate_requests import close_primes_key, prime, roca_key, sharing_keys, spki
from tests.support.pki.identities import ec_key, rsa_key


def rsa_spki(modulus: int, exponent: int = 65537) -> bytes:
    """A SubjectPublicKeyInfo that no library would make."""
    key = asn1_keys.RSAPublicKey({"modulus": modulus, "public_exponent": exponent})
    return bytes(asn1_keys.PublicKeyInfo.wrap(key, "rsa").dump())


def judged(public_key: bytes, checks: KeyChecks | None = None) -> Rejected | None:
    key = read_key(public_key)
    return key if isinstance(key, Rejected) else (checks or KeyChecks()).judge(key)


def modulus(key: rsa.RSAPrivateKey) -> gmpy2.mpz:
    return gmpy2.mpz(key.public_key().public_numbers().n)


SOUND = int(modulus(rsa_key(1)))


@pytest.mark.parametrize(
    "public_key",
    [
        spki(rsa_key(1)),
        spki(rsa_key(2, 3072)),
        spki(ec_key(1)),
        spki(ec_key(2, ec.SECP384R1)),
        spki(ec_key(3, ec.SECP521R1)),
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["RSA-2048", "RSA-3072", "P-256", "P-384", "P-521", "Ed25519"],
)
def test_sound_keys_pass(public_key: bytes) -> None:
    assert judged(public_key, KeyChecks(recent=RecentModuli())) is None


@pytest.mark.parametrize(
    ("public_key", "detail"),
    [
        (spki(rsa.generate_private_key(65537, 1024)), "at least 2048 bits"),
        (rsa_spki(prime(1) * prime(2) >> 2 | 1), "at least 2048 bits"),
        (rsa_spki((1 << 8192) + 1), "at most 8192 bits"),
        (rsa_spki(SOUND, 3), "exponent"),
        (rsa_spki(SOUND, 65535), "exponent"),
        (rsa_spki(SOUND, (1 << 256) + 1), "exponent"),
        (rsa_spki(751 * (1 << 2040) + 751), "small factor"),
        (spki(roca_key()), "CVE-2017-15361"),
        (spki(close_primes_key()), "CVE-2022-26320"),
        (rsa_spki(prime(1) ** 2), "CVE-2022-26320"),
    ],
    ids=["1024", "2046", "8193", "e=3", "e=65535", "e=2^256+1", "factor", "ROCA", "close", "square"],
)
def test_each_weakness_is_found(public_key: bytes, detail: str) -> None:
    rejected = judged(public_key)
    assert rejected is not None
    assert rejected.reason is Reason.WEAK_KEY
    assert detail in rejected.detail


@pytest.mark.parametrize(
    "public_key",
    [
        rsa_spki(SOUND + 1),
        rsa_spki(SOUND, 65536),
        rsa_spki(SOUND, 0),
        bytes(5000),
        spki(ec_key(1))[:-1] + bytes([spki(ec_key(1))[-1] ^ 1]),
        spki(ec_key(4, ec.SECP256K1)),
        ed448.Ed448PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        dsa.generate_private_key(2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=[
        "even modulus",
        "even exponent",
        "no exponent",
        "long",
        "off curve",
        "curve",
        "Ed448",
        "DSA",
    ],
)
def test_broken_and_foreign_keys_are_refused(public_key: bytes) -> None:
    rejected = judged(public_key)
    assert rejected is not None
    assert rejected.reason is Reason.WEAK_KEY


@pytest.mark.parametrize("octets", [b"", b"\x30", b"\x30\x00", b"\x30\x80\x00\x00", b"\x04\x02\x30\x00"])
def test_what_is_no_key_cannot_be_read(octets: bytes) -> None:
    rejected = read_key(octets)
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.BAD_CERTIFICATE_REQUEST


def test_a_key_that_shares_a_prime_with_an_earlier_one() -> None:
    first, second = sharing_keys()
    recent = RecentModuli()
    recent.remember(modulus(first))
    rejected = judged(spki(second), KeyChecks(recent=recent))
    assert rejected is not None
    assert "shares a prime" in rejected.detail


def test_the_same_key_again_shares_no_prime() -> None:
    recent = RecentModuli(2)
    for number in (1, 2, 3, 1):
        recent.remember(modulus(rsa_key(number)))
    assert not any(recent.shares_prime(modulus(rsa_key(number))) for number in (1, 2, 3))


@pytest.mark.parametrize(("later", "found"), [(0, True), (4, True), (20, False)])
def test_moduli_are_compared_for_a_while(later: int, found: bool) -> None:
    first, second = sharing_keys()
    recent = RecentModuli(5)
    recent.remember(modulus(first))
    for number in range(later):
        recent.remember(gmpy2.next_prime(1 << (100 + number)))
    assert recent.shares_prime(modulus(second)) is found


def test_comparing_can_be_switched_off() -> None:
    first, second = sharing_keys()
    recent = RecentModuli(0)
    recent.remember(modulus(first))
    assert not recent.shares_prime(modulus(second))


@pytest.mark.parametrize("others", range(6))
def test_all_keys_at_once(others: int) -> None:
    first, second = map(modulus, sharing_keys())
    sound = [gmpy2.mpz(prime(10 + 2 * number) * prime(11 + 2 * number)) for number in range(others)]
    found = moduli_with_shared_primes([first, *sound, second, *sound])
    assert found == {first, second}


def test_nothing_to_compare() -> None:
    assert moduli_with_shared_primes([]) == frozenset()
    assert moduli_with_shared_primes([modulus(rsa_key(1))] * 2) == frozenset()


def test_sound_moduli_are_neither_close_nor_roca() -> None:
    for number in range(10, 60, 2):
        product = gmpy2.mpz(prime(number % 20 + 10) * prime((number + 1) % 20 + 10))
        assert not is_roca(product)
        assert not has_close_factors(product) or gmpy2.is_square(product)


def test_the_operators_blocklist(tmp_path: Path) -> None:
    blocked = spki(ec_key(1))
    path = tmp_path / "blocklist"
    path.write_text(f"# from the ministry\n\n{hashlib.sha256(blocked).hexdigest().upper()}  # ours\n")
    checks = KeyChecks(read_blocklist(path))
    rejected = judged(blocked, checks)
    assert rejected is not None
    assert "blocklist" in rejected.detail
    assert judged(spki(ec_key(2)), checks) is None


@pytest.mark.parametrize("text", ["abc", "00" * 31, "zz" * 32, "å"])
def test_a_blocklist_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "blocklist"
    path.write_text(f"{'00' * 32}\n{text}\n")
    with pytest.raises(ConfigurationError, match="blocklist"):
        read_blocklist(path)


def test_a_missing_blocklist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        read_blocklist(tmp_path / "none")


def test_a_key_knows_its_kind() -> None:
    key = read_key(spki(rsa_key(1)))
    assert isinstance(key, SubjectKey)
    assert (key.kind, key.bits, key.exponent) == ("RSA", 2048, 65537)
    assert key.digest == hashlib.sha256(spki(rsa_key(1))).digest()
