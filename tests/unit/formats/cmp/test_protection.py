"""Protections: each kind holds for what it was made over, and for nothing else; bounds come before any computing."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1_alt_modules import rfc4210, rfc8018

from lockgate_formats import der
from lockgate_formats.cmp import oids
from lockgate_formats.cmp.limits import DEFAULT_PROTECTION, ProtectionLimits
from lockgate_formats.cmp.macs import (
    HMAC_SHA256,
    PASSWORD_BASED_MAC_SHA256,
    PBMAC1_SHA256,
    PasswordBasedMac,
    Pbmac1,
)
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.protection import (
    MacProtection,
    MacProtector,
    Protector,
    mac_protector,
    protection_of,
    read_protection,
    verify_mac,
    verify_signature,
)
from lockgate_formats.cmp.signatures import SignatureProtection, SigningKey, key_protector, keystore_protector
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_formats.cms import oids as cms_oids
from lockgate_formats.cms.algorithms import algorithm
from lockgate_testing.doubles.host import RepeatableRandom
from tests.support.pki.asn1_oracle import encoded
from tests.support.pki.cmp_messages import HEADER, SECRET, initialization
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, ec_key, ec_signer, name, ra, rsa_key

SALT = bytes(range(16))
SHA1 = algorithm(cms_oids.SHA1)
HMAC_SHA1 = algorithm(oids.HMAC_SHA1)
HMAC_SHA512 = algorithm(oids.HMAC_WITH_SHA512, der.NULL)
OLD = ProtectionLimits(hmac_sha1=True)
MACS: dict[str, tuple[MacProtection, ProtectionLimits]] = {
    "PasswordBasedMac, SHA-256": (PASSWORD_BASED_MAC_SHA256, DEFAULT_PROTECTION),
    "PasswordBasedMac, SHA-512 and HMAC with SHA-512": (
        PasswordBasedMac(SALT, algorithm(cms_oids.SHA512, der.NULL), 100, HMAC_SHA512),
        DEFAULT_PROTECTION,
    ),
    "PasswordBasedMac, SHA-1": (PasswordBasedMac(SALT, SHA1, 1024, HMAC_SHA1), OLD),
    "PasswordBasedMac as openssl cmp makes it": (
        PasswordBasedMac(SALT, algorithm(cms_oids.SHA256), 500, HMAC_SHA1),
        OLD,
    ),
    "PBMAC1, SHA-256": (PBMAC1_SHA256, DEFAULT_PROTECTION),
    "PBMAC1, SHA-512": (Pbmac1(SALT, 10_000, 64, HMAC_SHA512, HMAC_SHA512), DEFAULT_PROTECTION),
    "PBMAC1, SHA-1": (Pbmac1(SALT, 100, 20, algorithm(oids.HMAC_WITH_SHA1), algorithm(oids.HMAC_WITH_SHA1)), OLD),
}


@pytest.mark.parametrize(("parameters", "limits"), MACS.values(), ids=MACS)
def test_macs(parameters: MacProtection, limits: ProtectionLimits) -> None:
    protector = mac_protector(SECRET, RepeatableRandom(), parameters, limits)
    message = read_message(initialization(ec_key(1), protector))
    assert read_protection(message.header.protection_algorithm or b"", limits) == protector.parameters
    assert verify_mac(message, SECRET, limits)
    assert not verify_mac(message, SECRET + b"x", limits)
    assert not verify_mac(message, b"", limits)
    assert not verify_mac(replace(message, protection=(message.protection or b"")[:-1]), SECRET, limits)
    assert limits is OLD or not verify_signature(message, ra().der)


def test_the_parameters_are_as_by_another_encoder() -> None:
    password = PasswordBasedMac(SALT, algorithm(cms_oids.SHA256), 1024, HMAC_SHA256)
    value = {"salt": SALT, "owf": {"algorithm": cms_oids.SHA256}, "iterationCount": 1024}
    hmac_sha256 = {"algorithm": cms_oids.HMAC_WITH_SHA256, "parameters": der.NULL}
    parameters = encoded(rfc4210.PBMParameter(), {**value, "mac": hmac_sha256})
    assert password.algorithm == algorithm(oids.PASSWORD_BASED_MAC, parameters)
    prf = {"algorithm": cms_oids.HMAC_WITH_SHA256, "parameters": b""}
    pbkdf2 = encoded(
        rfc8018.PBKDF2_params(), {"salt": {"specified": SALT}, "iterationCount": 2048, "keyLength": 32, "prf": prf}
    )
    derivation = {"algorithm": cms_oids.PBKDF2, "parameters": pbkdf2}
    parameters = encoded(rfc8018.PBMAC1_params(), {"keyDerivationFunc": derivation, "messageAuthScheme": hmac_sha256})
    assert replace(PBMAC1_SHA256, salt=SALT).algorithm == algorithm(oids.PBMAC1, parameters)


def test_the_macs_are_those_of_the_rfcs() -> None:
    key = SECRET + SALT
    for _ in range(1024):
        key = hashlib.sha256(key).digest()
    password = replace(PASSWORD_BASED_MAC_SHA256, salt=SALT)
    assert password.compute(SECRET, b"octets") == hmac.digest(key, b"octets", "sha256")
    key = hashlib.pbkdf2_hmac("sha256", SECRET, SALT, 2048, 32)
    assert replace(PBMAC1_SHA256, salt=SALT).compute(SECRET, b"octets") == hmac.digest(key, b"octets", "sha256")


def test_an_answer_has_the_algorithms_of_the_request_and_a_salt_of_its_own() -> None:
    random = RepeatableRandom()
    asked = mac_protector(SECRET, random, PASSWORD_BASED_MAC_SHA256)
    answered = mac_protector(SECRET, random, asked.algorithm)
    assert answered.parameters == replace(asked.parameters, salt=answered.parameters.salt)
    assert answered.parameters.salt != asked.parameters.salt
    assert len(answered.parameters.salt) == 16
    with pytest.raises(MalformedMessage, match="not protected with a MAC"):
        mac_protector(SECRET, random, algorithm(cms_oids.ED25519))


def certificate(key: SigningKey) -> bytes:
    builder = x509.CertificateBuilder().subject_name(name("client")).issuer_name(name("client"))
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


ED25519, ED448 = ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()
P384, P521 = ec_key(1, ec.SECP384R1), ec_key(1, ec.SECP521R1)
SIGNERS: dict[str, tuple[SigningKey, Protector]] = {
    "RSA, SHA-256": (rsa_key(1), key_protector(rsa_key(1))),
    "RSA, SHA-512": (rsa_key(1), key_protector(rsa_key(1), "sha512")),
    "RSASSA-PSS, SHA-256": (rsa_key(1), key_protector(rsa_key(1), pss=True)),
    "RSASSA-PSS, SHA-384": (rsa_key(1), key_protector(rsa_key(1), "sha384", pss=True)),
    "ECDSA on P-256": (ec_key(1), key_protector(ec_key(1))),
    "ECDSA on P-384, SHA-384": (P384, key_protector(P384, "sha384")),
    "ECDSA on P-521, SHA-512": (P521, key_protector(P521, "sha512")),
    "Ed25519": (ED25519, key_protector(ED25519)),
    "Ed448": (ED448, key_protector(ED448)),
    "an RSA keystore": (rsa_key(2), keystore_protector(ra().keystore)),
    "an EC keystore": (ec_signer().key, keystore_protector(ec_signer().keystore)),
}


def changed(message: PkiMessage) -> PkiMessage:
    """The same with another transaction id, protected as before."""
    return read_message(message.octets.replace(HEADER.transaction_id or b"", b"\x03" * 16))


@pytest.mark.parametrize(("key", "protector"), SIGNERS.values(), ids=SIGNERS)
def test_signatures(key: SigningKey, protector: Protector) -> None:
    message = read_message(initialization(ec_key(9), protector))
    protection = protection_of(message)
    assert isinstance(protection, SignatureProtection)
    assert protection.algorithm == protector.algorithm == message.header.protection_algorithm
    assert verify_signature(message, certificate(key))
    assert not verify_signature(changed(message), certificate(key))
    assert not verify_mac(message, SECRET)


@pytest.mark.parametrize(("key", "protector"), SIGNERS.values(), ids=SIGNERS)
def test_signatures_of_other_keys(key: SigningKey, protector: Protector) -> None:
    message = read_message(initialization(ec_key(9), protector))
    others: list[SigningKey] = [rsa_key(3), ec_key(3), P384, P521, ED25519, ED448]
    for other in others:
        if other is not key:
            assert not verify_signature(message, certificate(other))
    assert not verify_signature(message, b"no certificate")


def test_salts_of_any_length() -> None:
    def pss(salt: int, *others: bytes) -> bytes:
        hashed = algorithm(cms_oids.SHA256, der.NULL)
        parts = (der.explicit(0, hashed), der.explicit(1, algorithm(cms_oids.MGF1, hashed)))
        return algorithm(cms_oids.RSASSA_PSS, der.sequence(*parts, der.explicit(2, der.integer(salt)), *others))

    for salt in (0, 222, 512):
        read = read_protection(pss(salt))
        assert isinstance(read, SignatureProtection)
        assert read.signing.salt == salt
    trailer = read_protection(pss(32, der.explicit(3, der.integer(1))))
    assert isinstance(trailer, SignatureProtection)
    for wrong in (pss(513), pss(32, der.explicit(3, der.integer(2)))):
        with pytest.raises(MalformedMessage):
            read_protection(wrong)


def pbm(salt: bytes = SALT, iterations: bytes = der.integer(500), owf: bytes = b"", mac: bytes = HMAC_SHA256) -> bytes:
    parameters = (der.octet_string(salt), owf or algorithm(cms_oids.SHA256), iterations, mac)
    return algorithm(oids.PASSWORD_BASED_MAC, der.sequence(*parameters))


def pbmac1(iterations: int = 500, key: bytes = der.integer(32), prf: bytes = HMAC_SHA256, salt: bytes = SALT) -> bytes:
    parameters = der.sequence(der.octet_string(salt), der.integer(iterations), key, prf)
    return algorithm(oids.PBMAC1, der.sequence(algorithm(cms_oids.PBKDF2, parameters), HMAC_SHA256))


ITERATIONS, SALTS, KEYS = "an iteration count that is not from 100 to 10000", "a salt of", "a derived key of other than"
REFUSED: dict[str, tuple[bytes, str]] = {
    "2^31 - 1 iterations": (pbm(iterations=der.integer(2**31 - 1)), ITERATIONS),
    "2^400 iterations": (pbm(iterations=der.integer(2**400)), "out of bounds"),
    "10,001 iterations": (pbm(iterations=der.integer(10_001)), ITERATIONS),
    "99 iterations": (pbm(iterations=der.integer(99)), ITERATIONS),
    "-1 iterations": (pbm(iterations=b"\x02\x01\xff"), ITERATIONS),
    "a salt of 7 octets": (pbm(salt=bytes(7)), SALTS),
    "a salt of 129 octets": (pbm(salt=bytes(129)), SALTS),
    "SHA-1": (pbm(owf=SHA1), "SHA-1, which is switched off"),
    "HMAC with SHA-1": (pbm(mac=HMAC_SHA1), "SHA-1, which is switched off"),
    "another hash": (pbm(owf=algorithm("1.2.840.113549.2.5")), "a hash or MAC that is not used here"),
    "another MAC": (pbm(mac=algorithm("2.16.840.1.101.3.4.2.19")), "a hash or MAC that is not used here"),
    "something behind the parameters": (
        algorithm(oids.PASSWORD_BASED_MAC, der.sequence(), der.NULL),
        "does not belong there",
    ),
    "PBMAC1 with 2^31 - 1 iterations": (pbmac1(2**31 - 1), ITERATIONS),
    "PBMAC1 with a key of 2^30 octets": (pbmac1(key=der.integer(2**30)), KEYS),
    "PBMAC1 with a key of 15 octets": (pbmac1(key=der.integer(15)), KEYS),
    "PBMAC1 with a key of -1 octets": (pbmac1(key=b"\x02\x01\xff"), KEYS),
    "PBMAC1 with SHA-1 by default": (pbmac1(prf=b""), "SHA-1, which is switched off"),
    "PBMAC1 with a salt of 7 octets": (pbmac1(salt=bytes(7)), SALTS),
    "PBMAC1 without PBKDF2": (
        algorithm(oids.PBMAC1, der.sequence(algorithm("1.2.3"), HMAC_SHA256)),
        "a key derivation that is not PBKDF2",
    ),
    "DHBasedMac": (algorithm(oids.DH_BASED_MAC, der.NULL), "DHBasedMac is not used here"),
    "KemBasedMac": (algorithm(oids.KEM_BASED_MAC, der.NULL), "KemBasedMac is not used here"),
    "ML-DSA-65": (algorithm("2.16.840.1.101.3.4.3.18"), "this kind is not used here"),
    "RSA with SHA-1": (algorithm(cms_oids.SHA1_WITH_RSA, der.NULL), "a signature needs SHA-256"),
    "ECDSA with SHA-1": (algorithm(cms_oids.ECDSA_WITH_SHA1), "a signature needs SHA-256"),
    "RSASSA-PSS with its defaults": (algorithm(cms_oids.RSASSA_PSS, der.sequence()), "a signature needs SHA-256"),
    "RSASSA-PSS without parameters": (algorithm(cms_oids.RSASSA_PSS), ""),
    "garbage": (b"\x30\x01\x00", ""),
}


@pytest.mark.parametrize(("identified", "text"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_before_anything_is_computed(identified: bytes, text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(MalformedMessage) as raised:
        read_protection(identified)
    assert time.perf_counter() - begun < 0.05
    assert text in raised.value.text
    assert raised.value.text.startswith("The protection algorithm is not accepted: ")
    assert raised.value.fail_info is FailInfo.BAD_ALG


def test_more_iterations_where_they_are_allowed() -> None:
    assert read_protection(pbm(iterations=der.integer(100_000)), ProtectionLimits(iterations=100_000))
    for wrong in (99, 100_001):
        with pytest.raises(ValueError, match="from 100 to 100000"):
            ProtectionLimits(iterations=wrong)


def test_pbmac1_may_leave_out_the_length_of_its_key() -> None:
    read = read_protection(pbmac1(key=b""))
    assert isinstance(read, Pbmac1)
    assert read.key_octets == 32


def test_an_unprotected_message_is_never_verified() -> None:
    message = read_message(initialization(ec_key(1)))
    assert protection_of(message) is None
    assert not verify_mac(message, SECRET)
    assert not verify_signature(message, certificate(ec_key(1)))


HALVES: dict[str, Callable[[PkiMessage], PkiMessage]] = {
    "an algorithm only": lambda message: replace(message, protection=None),
    "a protection only": lambda message: replace(message, header=replace(message.header, protection_algorithm=None)),
}


@pytest.mark.parametrize("halved", HALVES.values(), ids=HALVES)
def test_half_a_protection_is_none(halved: Callable[[PkiMessage], PkiMessage]) -> None:
    message = halved(read_message(initialization(ec_key(1), mac_protector(SECRET, RepeatableRandom()))))
    for verify, witness in ((verify_mac, SECRET), (verify_signature, ra().der)):
        with pytest.raises(MalformedMessage, match="only one of protectionAlg and protection") as raised:
            verify(message, witness)
        assert raised.value.fail_info is FailInfo.BAD_MESSAGE_CHECK


def test_no_octet_of_header_and_body_can_be_changed() -> None:
    octets = initialization(ec_key(1), MacProtector(SECRET, PBMAC1_SHA256))
    start, end = read_message(octets).protected
    believed = 0
    for place in range(start, end):
        mutant = octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :]
        try:
            believed += verify_mac(read_message(mutant), SECRET)
        except MalformedMessage:
            continue
    assert not believed


def test_the_signature_of_one_body_is_none_of_another_body_type() -> None:
    body = der.sequence(der.sequence(der.integer(0)))
    octets = write_message(HEADER, BodyType.POLLREQ, body, key_protector(ec_key(1)))
    other = octets.replace(der.explicit(BodyType.POLLREQ, body), der.explicit(BodyType.POLLREP, body))
    assert verify_signature(read_message(octets), certificate(ec_key(1)))
    assert not verify_signature(read_message(other), certificate(ec_key(1)))


def test_keys_that_are_too_small_or_on_other_curves_verify_nothing() -> None:
    small, odd = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP224R1())
    for key in (small, odd):
        message = read_message(initialization(ec_key(1), key_protector(key)))
        assert not verify_signature(message, certificate(key))
