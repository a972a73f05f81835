"""Chains from a signer to a CA that is trusted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats.cmp_client import AnswerTrust, chains
from lockgate_formats.cmp_client.chains import leads_to
from tests.support.pki.identities import NOT_AFTER, NOT_BEFORE, ec_key, key_usage, name

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT_KEY = ec_key(450)
EXTENSIONS: dict[str, tuple[x509.ExtensionType, bool]] = {
    "constraints": (x509.BasicConstraints(ca=True, path_length=None), True),
    "usage": (key_usage("key_cert_sign"), True),
}


def certificate(subject: str, key: Any, issuer: str, by: Any, **changes: Any) -> bytes:
    """A certificate of a CA; `changes` replace or, by None, leave out its extensions, or set the validity."""
    begin, end = changes.pop("validity", (NOT_BEFORE, NOT_AFTER))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for value in {**EXTENSIONS, **changes}.values():
        builder = builder if value is None else builder.add_extension(value[0], critical=value[1])
    digest = None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(by, digest).public_bytes(Encoding.DER)


def end_entity(issuer: str, by: Any, **changes: Any) -> bytes:
    return certificate("signer", ec_key(451), issuer, by, constraints=None, usage=None, **changes)


ROOT = certificate("root", ROOT_KEY, "root", ROOT_KEY)
SUB = certificate("sub", ec_key(452), "root", ROOT_KEY)
SIGNER = end_entity("sub", ec_key(452))


def test_chains_of_one_and_two() -> None:
    assert leads_to(end_entity("root", ROOT_KEY), [ROOT], [], NOW)
    assert leads_to(SIGNER, [ROOT], [SUB], NOW)
    assert leads_to(SIGNER, [SUB], [], NOW)
    assert not leads_to(SIGNER, [ROOT], [], NOW)
    assert not leads_to(SIGNER, [], [ROOT, SUB], NOW)
    assert not leads_to(ROOT, [], [ROOT], NOW)


def test_the_signers_own_certificate_must_be_valid() -> None:
    for validity in ((NOT_BEFORE, NOW - timedelta(days=1)), (NOW + timedelta(days=1), NOT_AFTER)):
        assert not leads_to(end_entity("root", ROOT_KEY, validity=validity), [ROOT], [], NOW)


def test_an_edwards_key_certifies() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    root = certificate("root", key, "root", key)
    assert leads_to(end_entity("root", key), [root], [], NOW)


def test_names_alone_do_not_make_a_chain() -> None:
    other = certificate("root", ec_key(453), "root", ec_key(453))
    assert not leads_to(end_entity("root", ROOT_KEY), [other], [], NOW)
    assert not leads_to(end_entity("elsewhere", ROOT_KEY), [ROOT], [], NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"constraints": None},
        {"constraints": (x509.BasicConstraints(ca=False, path_length=None), True)},
        {"usage": (key_usage("digital_signature"), True)},
        {"validity": (NOT_BEFORE, NOW - timedelta(days=1))},
        {"validity": (NOW + timedelta(days=1), NOT_AFTER)},
        {"names": (x509.NameConstraints([x509.DNSName("example.org")], None), True)},
        {"unknown": (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)},
    ],
)
def test_who_may_not_certify(changes: dict[str, Any]) -> None:
    """Neither in between nor as the CA that is trusted."""
    sub = certificate("sub", ec_key(452), "root", ROOT_KEY, **changes)
    assert not leads_to(SIGNER, [ROOT], [sub], NOW)
    assert not leads_to(SIGNER, [sub], [], NOW)


def test_a_path_length_is_kept() -> None:
    def sub(number: int, length: int | None) -> bytes:
        constraints = (x509.BasicConstraints(ca=True, path_length=length), True)
        issuer = "root" if number == 0 else f"sub {number - 1}"
        by = ROOT_KEY if number == 0 else ec_key(460 + number - 1)
        return certificate(f"sub {number}", ec_key(460 + number), issuer, by, constraints=constraints)

    signer = end_entity("sub 1", ec_key(461))
    assert leads_to(signer, [ROOT], [sub(0, 1), sub(1, 0)], NOW)
    assert not leads_to(signer, [ROOT], [sub(0, 0), sub(1, 0)], NOW)
    long = [sub(number, None) for number in range(chains.MAX_CHAIN)]
    at = chains.MAX_CHAIN
    assert leads_to(end_entity(f"sub {at - 2}", ec_key(460 + at - 2)), [ROOT], long, NOW)
    assert not leads_to(end_entity(f"sub {at - 1}", ec_key(460 + at - 1)), [ROOT], long, NOW)


def test_the_search_is_bounded() -> None:
    """Twenty certificates of one name and key certify one another."""
    key = ec_key(454)
    knot = tuple(filter(None, (chains.read(certificate("knot", key, "knot", key)) for _ in range(20))))
    signer = chains.read(end_entity("knot", key))
    assert signer is not None
    search = chains._Search((), knot)
    assert not search.above(signer, 0)
    assert search._left == 0


def test_certificates_of_other_names_do_not_use_the_bound_up() -> None:
    others = [certificate(f"other {number}", ROOT_KEY, "root", ROOT_KEY) for number in range(chains.MAX_SIGNATURES)]
    assert leads_to(SIGNER, [ROOT], [*others, SUB], NOW)


@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"\xff" * 100])
def test_what_is_no_certificate(octets: bytes) -> None:
    assert not leads_to(octets, [ROOT], [], NOW)
    assert leads_to(SIGNER, [ROOT, octets], [octets, SUB], NOW)
    assert AnswerTrust(authorities=(ROOT,)).refuses(octets, (), NOW) == "its certificate cannot be read"


@pytest.mark.parametrize("field", [b"Lockgate tests", b"260101000000Z"])
def test_fields_that_cannot_be_read(field: bytes) -> None:
    """The library finds that out when they are asked for."""
    broken = SIGNER.replace(field, b"\xff" * len(field))
    assert broken != SIGNER
    assert not leads_to(broken, [ROOT], [SUB], NOW)
    assert leads_to(SIGNER, [ROOT], [SUB.replace(field, b"\xff" * len(field)), SUB], NOW)


def test_a_ca_certificate_that_is_trusted_signs_for_itself() -> None:
    both = (key_usage("key_cert_sign", "digital_signature"), True)
    root = certificate("root", ROOT_KEY, "root", ROOT_KEY, usage=both)
    assert AnswerTrust(authorities=(root,)).refuses(root, (), NOW) is None
    assert AnswerTrust(authorities=(ROOT,)).refuses(ROOT, (), NOW) == "its certificate is not for signatures"


def test_the_purpose_for_ca_services() -> None:
    purposes = {
        "1.3.6.1.5.5.7.3.27": None,
        "1.3.6.1.5.5.7.3.28": "its certificate does not let it sign for the CA",
    }
    trust = AnswerTrust(authorities=(ROOT,))
    for purpose, refused in purposes.items():
        usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
        assert trust.refuses(end_entity("root", ROOT_KEY, purposes=(usage, False)), (), NOW) == refused
    assert trust.refuses(end_entity("root", ROOT_KEY), (), NOW) == "its certificate does not let it sign for the CA"
    named = AnswerTrust(authorities=(ROOT,), sender=name("signer").public_bytes())
    assert named.refuses(end_entity("root", ROOT_KEY), (), NOW) is None
    assert AnswerTrust(authorities=(ROOT,), intermediates=(SUB,), sender=named.sender).refuses(SIGNER, (), NOW) is None
    assert named.refuses(SIGNER, (SUB,), NOW) is None
