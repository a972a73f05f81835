"""PKCS#10 requests of every quality, built by asn1crypto so that wrong ones can be built too; and weak RSA keys."""

import hashlib
from functools import cache

import gmpy2
from asn1crypto import algos, csr, keys
from asn1crypto import core as asn1_core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
DIGESTS: dict[str, hashes.HashAlgorithm] = {"md5": hashes.MD5(), "sha1": hashes.SHA1(), "sha256": hashes.SHA256()}


def spki(key: Key) -> bytes:
    """The DER SubjectPublicKeyInfo of `key`."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pkcs10(
    key: Key,
    *,
    signed_by: Key | None = None,
    digest: str = "sha256",
    challenge: str | None = None,
    name: str = "device",
    encoding: bytes | None = None,
) -> bytes:
    """A DER CertificationRequest for `key`, signed by `signed_by` (by default `key`, as it must be).

    Args:
        encoding: the key's SubjectPublicKeyInfo, where that is not the usual one.
    """
    password = asn1_x509.DirectoryString("utf8_string", asn1_core.UTF8String(challenge)) if challenge else None
    attributes = [] if password is None else [{"type": "challenge_password", "values": [password]}]
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.build({"common_name": name}),
            "subject_pk_info": keys.PublicKeyInfo.load(encoding or spki(key)),
            "attributes": attributes,
        }
    )
    signer = signed_by or key
    if isinstance(signer, rsa.RSAPrivateKey):
        algorithm, signature = f"{digest}_rsa", signer.sign(info.dump(), padding.PKCS1v15(), DIGESTS[digest])
    else:
        algorithm, signature = f"{digest}_ecdsa", signer.sign(info.dump(), ec.ECDSA(DIGESTS[digest]))
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": algorithm}),
            "signature": signature,
        }
    )
    return bytes(request.dump())


def rsa_from_primes(p: int, q: int, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """The RSA key with these primes."""
    d = rsa.rsa_recover_private_exponent(exponent, p, q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(exponent, p * q)
    )
    return numbers.private_key()


def with_another_exponent(key: rsa.RSAPrivateKey, exponent: int = 65539) -> rsa.RSAPrivateKey:
    """The same modulus with the next exponent, from the odd `exponent` on, that goes with it."""
    numbers = key.private_numbers()
    while gmpy2.gcd(exponent, (numbers.p - 1) * (numbers.q - 1)) != 1:
        exponent += 2
    return rsa_from_primes(numbers.p, numbers.q, exponent)


def _seeded(text: str, bits: int) -> int:
    """`bits` bits that are the same in every run."""
    return int.from_bytes(hashlib.shake_256(text.encode()).digest(bits // 8)) | 1 << (bits - 1) | 1 << (bits - 2)


def _next_prime(start: int) -> int:
    """The next prime p with p - 1 not divisible by 65537."""
    prime = gmpy2.next_prime(start)
    while prime % 65537 == 1:
        prime = gmpy2.next_prime(prime)
    return int(prime)


@cache
def prime(number: int) -> int:
    """A 1024-bit prime, the same for the same number."""
    return _next_prime(_seeded(f"prime {number}", 1024))


@cache
def close_primes_key() -> rsa.RSAPrivateKey:
    """2048 bits, with primes next to each other (CVE-2022-26320)."""
    first = prime(1)
    return rsa_from_primes(first, _next_prime(first))


@cache
def sharing_keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """Two keys of 2048 bits with one prime in common."""
    return rsa_from_primes(prime(2), prime(3)), rsa_from_primes(prime(3), prime(4))


@cache
def roca_key() -> rsa.RSAPrivateKey:
    """2048 bits, with primes k·M + (65537^a mod M), M the product of the first 126 primes (CVE-2017-15361)."""
    primorial, step = 1, 1
    for _ in range(126):
        step = int(gmpy2.next_prime(step))
        primorial *= step
    return rsa_from_primes(_roca_prime(primorial, 1), _roca_prime(primorial, 2))


def _roca_prime(primorial: int, seed: int) -> int:
    k = _seeded(f"k {seed}", 1024) // primorial
    for a in range(1, 100_000):
        candidate = k * primorial + pow(65537, a, primorial)
        if candidate.bit_length() == 1024 and gmpy2.is_prime(candidate) and candidate % 65537 != 1:
            return int(candidate)
        k += 1
    raise AssertionError("no prime found")
