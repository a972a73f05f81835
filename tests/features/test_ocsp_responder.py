"""Steps of ocsp_responder.feature: what clients ask, and what they are told."""

import ssl
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pytest_bdd import parsers, scenarios, then, when

from tests.features.steps.ocsp_publishing import *  # noqa: F403
from tests.features.steps.ocsp_publishing import Late
from tests.support.parts import needed_program
from tests.support.pki.identities import ec_key, make_authority
from tests.support.scenarios.ocsp_responder import HASHES, ResponderSite
from tests.support.scenarios.world import World

scenarios("ocsp_responder.feature")

Request = Callable[[ResponderSite], bytes]


def question(site: ResponderSite, *, hash_name: str = "SHA-1", number: int | None = None) -> ocsp.OCSPRequestBuilder:
    certificate = site.certificates["alice"]
    issuer = site.issuer(certificate)
    named = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, HASHES[hash_name]).build()
    hashed = named.issuer_name_hash, named.issuer_key_hash
    serial = certificate.serial_number if number is None else number
    return ocsp.OCSPRequestBuilder().add_certificate_by_hash(*hashed, serial, HASHES[hash_name])


def encoded(builder: ocsp.OCSPRequestBuilder) -> bytes:
    return builder.build().public_bytes(Encoding.DER)


def of_another_ca(site: ResponderSite) -> bytes:
    other = make_authority("No CA of this installation", ec_key(33)).certificate
    return encoded(ocsp.OCSPRequestBuilder().add_certificate(site.certificates["alice"], other, HASHES["SHA-1"]))


def with_single_extension(site: ResponderSite, *, critical: bool) -> bytes:
    """One behind the CertID, put together by hand: the library writes none."""
    single = encoded(question(site))[8:]
    extension = sequence(b"\x06\x03\x2a\x03\x04" + (b"\x01\x01\xff" if critical else b"") + b"\x04\x02\x05\x00")
    extensions = sequence(extension)
    return sequence(sequence(sequence(sequence(single + bytes([0xA0, len(extensions)]) + extensions))))


def about_two(site: ResponderSite) -> bytes:
    """The same request twice, put together by hand: the library writes one."""
    whole = encoded(question(site))
    assert whole[0] == whole[2] == whole[4] == 0x30
    single = whole[6:]
    return sequence(sequence(sequence(single + single)))


def sequence(content: bytes) -> bytes:
    length = len(content)
    head = bytes([length]) if length < 128 else bytes([0x81, length])
    return b"\x30" + head + content


REQUESTS: Mapping[str, Request] = {
    "a question about an unknown number": lambda site: encoded(question(site, number=0x4711)),
    "a question about an unknown CA": of_another_ca,
    "a question by SHA-512": lambda site: encoded(question(site, hash_name="SHA-512")),
    "a question about two certificates": about_two,
    "a question with an unknown critical extension": lambda site: encoded(
        question(site).add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    ),
    "a question whose one certificate has an unknown critical extension": partial(with_single_extension, critical=True),
    "a question with an extension of no consequence": partial(with_single_extension, critical=False),
    "a question about a number of 161 bits": lambda site: encoded(question(site, number=1 << 160)),
    "octets that are no question": lambda _: b"\x30\x03\x02\x01\x05",
    "a question with octets behind it": lambda site: encoded(question(site)) + b"\x00",
    "a question with a nonce": lambda site: encoded(question(site).add_extension(x509.OCSPNonce(b"n" * 32), False)),
}


@pytest.fixture
def told() -> list[str]:
    return []


@when(parsers.parse("a client sends {request}"))
def send(site: ResponderSite, told: list[str], request: str) -> None:
    told.append(site.send(REQUESTS[request](site)))


# ---- then


@then(parsers.parse("it is told: {expected}"))
def is_told(told: list[str], expected: str) -> None:
    assert told == [expected]


@then(parsers.parse("a client that asks about {name:w} by {hash_name} is told: {expected}"))
def it_stands(world: World, site: ResponderSite, name: str, hash_name: str, expected: str) -> None:
    found = {ca.name: ca.certificate for ca in world.ca_side.inspection.authorities()}
    if name in found:
        site.certificates[name] = x509.load_der_x509_certificate(found[name])
    assert site.ask(name, hash_name) == expected


def has_signed(key: object, answer: bytes) -> None:
    read = ocsp.load_der_ocsp_response(answer)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert read.signature_hash_algorithm is not None
    key.verify(read.signature, read.tbs_response_bytes, ec.ECDSA(read.signature_hash_algorithm))


@then("ManagementCA has signed the answer")
@then("the first key of ManagementCA has signed the answer")
def signed(site: ResponderSite) -> None:
    has_signed(site.authority(1).public_key(), site.last)


@then("OpenSSL accepts that answer as MiddleCA's")
def accepted(world: World, site: ResponderSite, tmp_path: Path) -> None:
    for name in ("OtherCA", "MiddleCA", "LowestCA"):
        pem = ssl.DER_cert_to_PEM_cert(world.ca_side.certificate(name))
        (tmp_path / f"{name}.pem").write_text(pem)
    (tmp_path / "answer.der").write_bytes(site.last)
    named = ("-issuer", "MiddleCA.pem", "-cert", "LowestCA.pem", "-CAfile", "OtherCA.pem")
    command = [needed_program("openssl", "openssl"), "ocsp", *named, "-respin", "answer.der"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "Response verify OK" in run.stderr, run.stdout + run.stderr
    assert "LowestCA.pem: good" in run.stdout


@then("it is told that OtherCA has not signed")
def refused(site: ResponderSite) -> None:
    assert site.done is not None
    (refusal,) = site.done.refusals
    assert refusal.startswith("CA OtherCA: ")


@then(parsers.parse("{number:d} certificate had an answer due"))
@then(parsers.parse("{number:d} certificates had an answer due"))
def were_due(site: ResponderSite, number: int) -> None:
    assert site.done is not None
    assert site.done.certificates == number


@then(parsers.parse("{number:d} certificates have an answer due"))
def are_due(site: ResponderSite, number: int) -> None:
    site.publish()
    were_due(site, number)


@then("nothing was published, because another process does")
def nothing_published(site: ResponderSite) -> None:
    assert site.done is None
    assert site.ask("alice", "SHA-1") == "unauthorized"


@then("it has failed")
def failed(late: Late) -> None:
    assert late.error is not None


@then(parsers.parse("it is said: {words}"))
def said(late: Late, words: str) -> None:
    assert words in str(late.error)
