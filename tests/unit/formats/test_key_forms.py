"""CRMF, SPKAC and bare keys: sound ones of every kind are read, everything else is a value; openssl's are sound."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.reasons import Reason, Rejected
from lockgate.requests.submessages import RequestKind
from lockgate_formats.requests.reader import MAX_OCTETS, RequestReader
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import authority, ec_key, rsa_key
from tests.support.pki.key_forms import Key, crmf, public_key, spkac

READER = RequestReader()
FORMS: dict[RequestKind, Callable[[Key], bytes]] = {
    RequestKind.CRMF: crmf,
    RequestKind.SPKAC: spkac,
    RequestKind.PUBLIC_KEY: public_key,
}
KEYS: list[Key] = [rsa_key(1), ec_key(1), ec_key(2, ec.SECP384R1), ed25519.Ed25519PrivateKey.generate()]


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("key", KEYS, ids=["RSA", "P-256", "P-384", "Ed25519"])
def test_the_key_is_read(kind: RequestKind, key: Key) -> None:
    possession = Possession.NONE if kind is RequestKind.PUBLIC_KEY else Possession.PROVEN
    assert READER.read(kind, FORMS[kind](key)) == CertificationRequest(
        public_key=public_key(key), possession=possession
    )


@pytest.mark.parametrize(
    ("kind", "deviation", "reason", "detail"),
    [
        (RequestKind.CRMF, {"signed_by": ec_key(2)}, "bad_proof_of_possession", ""),
        (RequestKind.CRMF, {"signed_by": rsa_key(1)}, "bad_proof_of_possession", "does not fit the key"),
        (RequestKind.CRMF, {"digest": "sha1"}, "unaccepted_algorithm", "SHA-256 or better"),
        (RequestKind.CRMF, {"popo": "none"}, "bad_proof_of_possession", "POPOSigningKey"),
        (RequestKind.CRMF, {"popo": "ra_verified"}, "bad_proof_of_possession", "POPOSigningKey"),
        (RequestKind.CRMF, {"subject": False}, "bad_proof_of_possession", "Without a subject"),
        (RequestKind.CRMF, {"given": "mac", "subject": False}, "bad_proof_of_possession", "A MAC"),
        (RequestKind.CRMF, {"with_key": False}, "bad_certificate_request", "no public key"),
        (RequestKind.CRMF, {"count": 2}, "bad_certificate_request", "One CertReqMsg"),
        (RequestKind.CRMF, {"count": 0}, "bad_certificate_request", ""),
        (RequestKind.CRMF, {"given": "sender"}, "bad_proof_of_possession", "With a subject and a key"),
        (RequestKind.SPKAC, {"signed_by": ec_key(2)}, "bad_proof_of_possession", ""),
        (RequestKind.SPKAC, {"digest": "sha1"}, "unaccepted_algorithm", "SHA-256 or better"),
    ],
)
def test_what_proves_nothing_is_refused(kind: RequestKind, deviation: dict[str, Any], reason: str, detail: str) -> None:
    for reader in (READER, RequestReader(legacy=True)):
        refused = reader.read(kind, FORMS[kind](ec_key(1), **deviation))
        assert isinstance(refused, Rejected)
        assert refused.reason == reason
        assert detail in refused.detail


def test_the_signing_keys_input_stands_for_a_missing_subject() -> None:
    key = ec_key(1)
    read = READER.read(RequestKind.CRMF, crmf(key, given="sender", subject=False))
    assert read == CertificationRequest(public_key=public_key(key), possession=Possession.PROVEN)


@pytest.mark.parametrize("kind", [*FORMS, RequestKind.PKCS10])
@pytest.mark.parametrize("octets", [b"", b"\x30", b"garbage", b"\x30\x80\x00\x00", bytes(MAX_OCTETS + 1)])
def test_what_cannot_be_read_is_refused(kind: RequestKind, octets: bytes) -> None:
    refused = READER.read(kind, octets)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_CERTIFICATE_REQUEST


SOUND = {kind: form(ec_key(1)) for kind, form in FORMS.items()}


@settings(max_examples=400, deadline=None, derandomize=True)
@given(kind=st.sampled_from(list(FORMS)), data=st.data())
def test_whatever_is_changed_nothing_but_a_value_comes_out(kind: RequestKind, data: st.DataObject) -> None:
    octets = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    assert isinstance(READER.read(kind, bytes(octets)), CertificationRequest | Rejected)


def test_a_renewal_is_signed_by_the_old_key_which_shows_possession_of_no_other() -> None:
    old, new = rsa_key(1), ec_key(3)
    certificate = authority().issue("card", old).der
    sound = pkcs10(new, signed_by=old)
    assert READER.read_renewal(sound, certificate) == CertificationRequest(public_key=public_key(new))
    assert READER.read_renewal(pkcs10(old), certificate) == CertificationRequest(
        public_key=public_key(old), possession=Possession.PROVEN
    )
    for wrong, reason in (
        (pkcs10(new), Reason.BAD_PROOF_OF_POSSESSION),
        (pkcs10(new, signed_by=rsa_key(2)), Reason.BAD_PROOF_OF_POSSESSION),
        (pkcs10(new, signed_by=old, digest="sha1"), Reason.UNACCEPTED_ALGORITHM),
    ):
        for reader in (READER, RequestReader(legacy=True)):
            refused = reader.read_renewal(wrong, certificate)
            assert isinstance(refused, Rejected)
            assert refused.reason is reason
    garbled = READER.read_renewal(sound, b"no certificate")
    assert isinstance(garbled, Rejected)
    assert garbled.reason is Reason.BAD_CERTIFICATE_REQUEST


def openssl(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def openssl_key(tmp_path: Path) -> bytes:
    """A key in `key.pem`; its DER SubjectPublicKeyInfo."""
    openssl(tmp_path, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem")
    openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
    return (tmp_path / "public.der").read_bytes()


def test_openssls_spkac_is_read(tmp_path: Path, openssl_key: bytes) -> None:
    made = openssl(tmp_path, "spkac", "-key", "key.pem", "-digest", "sha256", "-challenge", "a challenge")
    der = base64.b64decode(made.strip().removeprefix("SPKAC="))
    assert READER.read(RequestKind.SPKAC, der) == CertificationRequest(
        public_key=openssl_key, possession=Possession.PROVEN
    )


class PkiMessage(core.Sequence):  # type: ignore[misc]
    """RFC 9810, 5.1, as far as it is needed to get at the body."""

    _fields = [("header", core.Any), ("body", core.Any), ("rest", core.Any)]  # noqa: RUF012


def test_openssls_crmf_is_read(tmp_path: Path, openssl_key: bytes) -> None:
    openssl(tmp_path, "req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=server", "-out", "server.pem")
    openssl(
        tmp_path, "cmp", "-cmd", "ir", "-use_mock_srv", "-srv_ref", "x", "-srv_secret", "pass:x", "-secret", "pass:x",
        "-ref", "x", "-newkey", "key.pem", "-subject", "/CN=alice", "-reqout", "ir.der", "-rsp_cert", "server.pem",
        "-certout", "issued.pem",
    )  # fmt: skip
    body = PkiMessage.load((tmp_path / "ir.der").read_bytes())["body"]
    assert READER.read(RequestKind.CRMF, body.contents) == CertificationRequest(
        public_key=openssl_key, possession=Possession.PROVEN
    )
