"""Hostile input: nothing but a rejection comes out, soon, and at little cost."""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.ports import Opened, Signed
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind
from lockgate_formats import der
from lockgate_formats.cms import CmsEnvelopes, EnvelopeForm, oids
from lockgate_formats.trust import IssuerTrust
from tests.support.pki import identities
from tests.support.wire import cms_objects

KIB = 1024
SIZE = 256 * KIB
SECONDS = 0.010
TRIES = 5
MUTANTS = 3000
CONTENT = b'{"some": "content"}'


def envelopes() -> CmsEnvelopes:
    return CmsEnvelopes(identities.worker().keystore)


def sealed(form: EnvelopeForm = EnvelopeForm.AUTHENTICATED) -> bytes:
    sender = CmsEnvelopes(identities.ra().keystore, form=form)
    return sender.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=identities.worker().der)


def signed() -> bytes:
    sender = CmsEnvelopes(identities.ra().keystore)
    return sender.seal(CONTENT, ContentKind.REQUEST, sign=True, encrypt_to=None)


def read(cms: CmsEnvelopes, submessage: bytes) -> Opened | Signed | Rejected:
    """What the pipeline would do with it."""
    opened = cms.open(submessage)
    return cms.verify(opened) if isinstance(opened, Opened) and opened.signed else opened


def mutants(octets: bytes, number: int) -> Iterator[bytes]:
    """`octets` with a few octets changed, removed, repeated or put in; the same ones in each run."""
    source = random.Random(number)
    for _ in range(number):
        mutant = bytearray(octets)
        for _ in range(source.choice((1, 1, 1, 2, 5))):
            if not mutant:
                break
            position = source.randrange(len(mutant))
            match source.randrange(5):
                case 0:
                    mutant[position] ^= 1 << source.randrange(8)
                case 1:
                    mutant[position] = source.choice((0x00, 0x30, 0x80, 0x84, 0xA0, 0xFF))
                case 2:
                    del mutant[position : position + source.choice((1, 2, 30))]
                case 3:
                    mutant[position:position] = mutant[position : position + source.choice((1, 10, 100))]
                case _:
                    mutant[position:position] = source.randbytes(source.choice((1, 4)))
        yield bytes(mutant)


@pytest.mark.parametrize("original", ["signed", "authenticated", "cbc"])
def test_mutants_are_refused_or_say_the_same(original: str) -> None:
    cms, trust = envelopes(), IssuerTrust([identities.authority().der])
    makers: dict[str, Callable[[], bytes]] = {
        "signed": signed,
        "authenticated": sealed,
        "cbc": lambda: sealed(EnvelopeForm.CBC),
    }
    octets = makers[original]()
    refused = 0
    for mutant in mutants(octets, MUTANTS):
        result = read(cms, mutant)
        if isinstance(result, Rejected):
            refused += 1
            assert result.reason is Reason.UNREADABLE
        elif isinstance(result, Opened):
            assert not result.signed
            assert not result.encrypted
        else:
            assert (result.content, result.kind) == (CONTENT, ContentKind.REQUEST)
            # The signature does not cover the certificate: its own issuer's signature does.
            assert result.certificate == identities.ra().der or isinstance(trust.path(result.certificate), Rejected)
    assert refused > MUTANTS * 0.8


@settings(max_examples=500)
@given(st.binary(max_size=400))
def test_random_octets_are_refused(octets: bytes) -> None:
    cms = envelopes()
    for submessage in (
        octets,
        cms_objects.content_info(oids.SIGNED_DATA, octets),
        cms_objects.auth_enveloped(octets, oids.SIGNED_DATA, identities.worker().certificate),
    ):
        result = read(cms, submessage)
        assert isinstance(result, Rejected)
        assert result.reason is Reason.UNREADABLE
    split = cms.split(octets)
    assert isinstance(split, Rejected) or cms.join(split) == octets


def _nested(tag: int, size: int = 20 * KIB) -> bytes:
    octets = b""
    while len(octets) < size:
        octets = der.element(tag, octets)
    return octets


def _indefinite() -> bytes:
    return b"\x30\x80" * (SIZE // 4) + b"\x00\x00" * (SIZE // 4)


def _signed_with(certificates: bytes, infos: bytes) -> bytes:
    algorithm = der.sequence(der.oid(oids.SHA256))
    content_type = der.oid(oids.CONTENT_TYPES[ContentKind.REQUEST])
    content = der.sequence(content_type, der.element(der.CONTEXT_0, der.octet_string(CONTENT)))
    body = der.sequence(
        der.integer(3),
        der.element(der.SET, algorithm),
        content,
        der.element(der.CONTEXT_0, certificates),
        der.element(der.SET, infos),
    )
    return cms_objects.content_info(oids.SIGNED_DATA, body)


def _attributed(attributes: bytes) -> bytes:
    info = der.sequence(
        der.integer(1),
        der.sequence(),
        der.sequence(der.oid(oids.SHA256)),
        der.element(der.CONTEXT_0, attributes),
        der.sequence(der.oid(oids.SHA256_WITH_RSA)),
        der.octet_string(bytes(256)),
    )
    return _signed_with(identities.ra().der, info)


def _enveloped(recipients: bytes) -> bytes:
    algorithm = der.sequence(der.oid(oids.AES256_CBC), der.octet_string(bytes(16)))
    encrypted = der.sequence(der.oid(oids.DATA), algorithm, der.element(0x80, bytes(16)))
    return cms_objects.content_info(
        oids.ENVELOPED_DATA, der.sequence(der.integer(0), der.element(der.SET, recipients), encrypted)
    )


SMALL = b"\x05\x00"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: bytes(SIZE),
    "nested sequences": lambda: _nested(0x30),
    "nested explicit tags": lambda: cms_objects.content_info(oids.SIGNED_DATA, _nested(0xA0)),
    "nested indefinite lengths": _indefinite,
    "unfinished indefinite lengths": lambda: b"\x30\x80" * (SIZE // 2),
    "a string in many pieces": lambda: b"\x24\x80" + b"\x04\x01a" * (SIZE // 3) + b"\x00\x00",
    "many elements": lambda: der.sequence(SMALL * (SIZE // 2)),
    "many signers": lambda: _signed_with(identities.ra().der, SMALL * (SIZE // 2)),
    "many small certificates": lambda: _signed_with(SMALL * (SIZE // 2), b"\x30\x00"),
    "many certificates": lambda: _signed_with(identities.ra().der * (SIZE // len(identities.ra().der)), b"\x30\x00"),
    "many attributes": lambda: _attributed(SMALL * (SIZE // 2)),
    "a large attribute": lambda: _attributed(der.sequence(der.oid("1.2.3"), der.element(der.SET, SMALL * (SIZE // 2)))),
    "many recipients": lambda: _enveloped(SMALL * (SIZE // 2)),
    "many sensible recipients": lambda: _enveloped(
        cms_objects.recipient_info(bytes(32), identities.ra().certificate).dump() * (SIZE // 600)
    ),
    "a large encrypted content": lambda: cms_objects.cbc_enveloped(bytes(SIZE), identities.worker().certificate),
    "a large sealed content": lambda: cms_objects.auth_enveloped(
        bytes(SIZE), oids.DATA, identities.worker().certificate, spoil_ciphertext=True
    ),
    "a bomb inside": lambda: cms_objects.auth_enveloped(
        _indefinite(), oids.SIGNED_DATA, identities.worker().certificate
    ),
    "a long object identifier": lambda: der.sequence(der.element(6, b"\x81" * SIZE + b"\x01")),
    "a long integer": lambda: cms_objects.content_info(oids.SIGNED_DATA, der.sequence(der.element(2, b"\x01" * SIZE))),
}


DECRYPTED = ("a large encrypted content", "a large sealed content", "a bomb inside")


@pytest.mark.parametrize("name", HOSTILE)
def test_large_hostile_input_is_refused_soon(name: str) -> None:
    """Up to 256 KiB within 10 ms of processor time, the best of five."""
    cms, octets = envelopes(), HOSTILE[name]()
    best = 1.0
    for _ in range(TRIES):
        start = time.process_time()
        result = read(cms, octets)
        best = min(best, time.process_time() - start)
        assert isinstance(result, Rejected)
    assert best < SECONDS


@pytest.mark.parametrize("name", HOSTILE)
def test_large_hostile_input_takes_little_memory(name: str) -> None:
    """At most twice its size; what can be decrypted with this side's key once more."""
    cms, octets = envelopes(), HOSTILE[name]()
    read(cms, signed())  # what is loaded and cached once does not count
    tracemalloc.start()
    try:
        read(cms, octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (3 if name in DECRYPTED else 2) * max(len(octets), 16 * KIB) + 16 * KIB


def test_a_message_of_many_tiny_parts_is_refused_soon() -> None:
    cms, message = envelopes(), cms_objects.element(0x30, b"\x04\x00" * (SIZE // 2))
    start = time.process_time()
    assert isinstance(cms.split(message), Rejected)
    assert time.process_time() - start < SECONDS * TRIES
