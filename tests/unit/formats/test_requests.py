"""PKCS#10: sound requests of every kind are read, everything else is a value."""

import time

import pytest
from asn1crypto import algos
from asn1crypto import core as asn1
from asn1crypto import csr as asn1_csr
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import RequestKind
from lockgate_formats.requests.reader import MAX_OCTETS, RequestReader
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import ec_key, rsa_key

READER = RequestReader()
SOUND = pkcs10(ec_key(1), challenge="sesame é")


def read(der: bytes) -> CertificationRequest:
    request = READER.read(RequestKind.PKCS10, der)
    assert isinstance(request, CertificationRequest)
    return request


def refused(der: bytes) -> Reason:
    rejected = READER.read(RequestKind.PKCS10, der)
    assert isinstance(rejected, Rejected)
    return rejected.reason


def signed(key: rsa.RSAPrivateKey, digest: hashes.HashAlgorithm, mask: padding.AsymmetricPadding) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, digest, rsa_padding=mask).public_bytes(Encoding.DER)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [rsa_key(1), ec_key(1), ec_key(2, ec.SECP384R1)], ids=["RSA", "P-256", "P-384"])
def test_the_key_is_read(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    der = pkcs10(key)
    assert read(der) == CertificationRequest(public_key=spki(key), possession=Possession.PROVEN, pkcs10=der)


def test_ed25519() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    der = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, None).public_bytes(Encoding.DER)
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read(der).public_key == public_key


def test_probabilistic_signatures() -> None:
    mask = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    assert read(signed(rsa_key(1), hashes.SHA256(), mask)).public_key == spki(rsa_key(1))


def test_the_challenge_password() -> None:
    assert read(SOUND).challenge_password == "sesame é"
    assert "sesame" not in repr(read(SOUND))


def test_requested_extensions_are_ignored() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    der = builder.sign(ec_key(1), hashes.SHA256()).public_bytes(Encoding.DER)
    assert read(der) == CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN, pkcs10=der)


def test_a_signature_by_another_key() -> None:
    assert refused(pkcs10(ec_key(1), signed_by=ec_key(2))) is Reason.BAD_PROOF_OF_POSSESSION
    assert refused(pkcs10(rsa_key(1), signed_by=rsa_key(2))) is Reason.BAD_PROOF_OF_POSSESSION


@pytest.mark.parametrize("key", [rsa_key(1), ec_key(1)], ids=["RSA", "P-256"])
def test_sha_1(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    rejected = READER.read(RequestKind.PKCS10, pkcs10(key, digest="sha1"))
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.UNACCEPTED_ALGORITHM
    assert "SHA-256" in rejected.detail


def test_sha_1_of_old_devices() -> None:
    """RSASSA-PKCS1-v1_5 alone, and only by the key itself."""
    legacy, key = RequestReader(legacy=True), rsa_key(1)
    old = pkcs10(key, digest="sha1")
    proven = CertificationRequest(public_key=spki(key), possession=Possession.PROVEN, pkcs10=old)
    assert legacy.read(RequestKind.PKCS10, old) == proven
    for der, reason in (
        (pkcs10(key, digest="md5"), Reason.UNACCEPTED_ALGORITHM),
        (pkcs10(ec_key(1), digest="sha1"), Reason.UNACCEPTED_ALGORITHM),
        (probabilistic_with_sha_1(key), Reason.UNACCEPTED_ALGORITHM),
        (pkcs10(key, digest="sha1", signed_by=rsa_key(2)), Reason.BAD_PROOF_OF_POSSESSION),
        (old[:-1] + bytes((old[-1] ^ 1,)), Reason.BAD_PROOF_OF_POSSESSION),
    ):
        rejected = legacy.read(RequestKind.PKCS10, der)
        assert isinstance(rejected, Rejected)
        assert rejected.reason is reason


def probabilistic_with_sha_1(key: rsa.RSAPrivateKey) -> bytes:
    """RSASSA-PSS with SHA-1, its parameters' defaults (RFC 4055, 3.1)."""
    request = asn1_csr.CertificationRequest.load(pkcs10(key))
    signed_info = request["certification_request_info"].dump()
    request["signature_algorithm"] = algos.SignedDigestAlgorithm.load(bytes.fromhex("300d06092a864886f70d01010a3000"))
    request["signature"] = key.sign(signed_info, padding.PSS(padding.MGF1(hashes.SHA1()), 20), hashes.SHA1())
    return bytes(request.dump(force=True))


def test_a_changed_request() -> None:
    request = asn1_csr.CertificationRequest.load(SOUND)
    request["certification_request_info"]["subject"] = asn1_x509.Name.build({"common_name": "another"})
    assert refused(request.dump(force=True)) is Reason.BAD_PROOF_OF_POSSESSION


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        SOUND[:-1],
        SOUND + b"\x00",
        b"-----BEGIN CERTIFICATE REQUEST-----\n",
        b"\x30\x82\x00" + SOUND[2:],
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x83\x01\x00\x00" * 1000,
        bytes(70 * 1024),
    ],
    ids=["empty", "cut", "indefinite", "truncated", "trailing", "PEM", "long length", "huge", "nested", "oversized"],
)
def test_what_is_no_request(der: bytes) -> None:
    assert refused(der) is Reason.BAD_CERTIFICATE_REQUEST


def changed(attributes: list[dict[str, object]]) -> bytes:
    """A request with other attributes, signed by its own key."""
    request = asn1_csr.CertificationRequest.load(SOUND)
    info = request["certification_request_info"]
    info["attributes"] = attributes
    request["signature"] = ec_key(1).sign(info.dump(force=True), ec.ECDSA(hashes.SHA256()))
    return bytes(request.dump(force=True))


def challenge(kind: str, value: str) -> dict[str, object]:
    string = {"utf8_string": asn1.UTF8String, "teletex_string": asn1_x509.NotReallyTeletexString}[kind](value)
    return {"type": "challenge_password", "values": [asn1_x509.DirectoryString(kind, string)]}


def test_a_sound_request_that_is_too_long() -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), bytes(MAX_OCTETS))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(extension, False)
    der = builder.sign(ec_key(1), hashes.SHA256()).public_bytes(Encoding.DER)
    assert refused(der) is Reason.BAD_CERTIFICATE_REQUEST
    assert isinstance(RequestReader(2 * MAX_OCTETS).read(RequestKind.PKCS10, der), CertificationRequest)


def test_text_counts_with_its_own_octets() -> None:
    text = x509.load_der_x509_csr(SOUND).public_bytes(Encoding.PEM)
    assert read(text.rjust(MAX_OCTETS)) == read(SOUND)
    assert refused(text.rjust(MAX_OCTETS + 1)) is Reason.BAD_CERTIFICATE_REQUEST


def test_two_challenge_passwords() -> None:
    assert refused(changed([challenge("utf8_string", "a"), challenge("utf8_string", "b")])) is (
        Reason.BAD_CERTIFICATE_REQUEST
    )


def test_a_challenge_password_in_teletex() -> None:
    assert refused(changed([challenge("teletex_string", "ß")])) is Reason.BAD_CERTIFICATE_REQUEST


def test_a_challenge_password_that_is_too_long() -> None:
    assert refused(changed([challenge("utf8_string", "a" * 1025)])) is Reason.BAD_CERTIFICATE_REQUEST


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255), st.integers(0, len(SOUND)))
def test_no_change_of_octets_gets_through_or_raises(position: int, change: int, length: int) -> None:
    other = bytearray(SOUND)
    other[position] ^= change
    for der in (bytes(other), bytes(other[:length])):
        request = READER.read(RequestKind.PKCS10, der)
        assert isinstance(request, Rejected) or der == SOUND or s_flipped(der)


def s_flipped(der: bytes) -> bool:
    """An ECDSA signature is malleable: only its own octets may differ."""
    sound, other = (asn1_csr.CertificationRequest.load(octets) for octets in (SOUND, der))
    return bool(sound["certification_request_info"].dump() == other["certification_request_info"].dump())


def test_hostile_input_costs_little() -> None:
    hostile = [
        b"\x30\x84\x00\x00\xf0\x00" + b"\x30\x80" * 30000,
        b"\x30\x83\x00\xff\xfb" + b"\xa0\x03\x02\x01\x02" * 13106,
    ]
    started = time.process_time()
    for der in hostile:
        assert refused(der) is Reason.BAD_CERTIFICATE_REQUEST
    assert time.process_time() - started < 0.02
