"""Hostile CMP messages: refused soon and at little cost, whichever list is long or whichever element is deep."""

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate_formats import der
from lockgate_formats.cmp.confirmations import read_certificate_confirmations
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.embedded import read_nested, read_pkcs10
from lockgate_formats.cmp.errors import read_error
from lockgate_formats.cmp.general import read_general
from lockgate_formats.cmp.general_values import read_crl_status, read_structures, read_texts, read_unsupported
from lockgate_formats.cmp.headers import encode_header
from lockgate_formats.cmp.key_delivery import open_private_key
from lockgate_formats.cmp.messages import InfoValue, MalformedMessage
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.polls import read_poll_requests, read_poll_responses
from lockgate_formats.cmp.possession import judge_possession
from lockgate_formats.cmp.protection import mac_protector, verify_mac
from lockgate_formats.cmp.responses import read_certificate_reply
from lockgate_formats.cmp.revocations import read_revocation_reply, read_revocations
from lockgate_formats.cmp.vocabulary import BodyType, RegInfoType
from lockgate_testing.doubles.host import RepeatableRandom
from tests.support.pki.cmp_messages import HEADER, SECRET, certificate_requests, initialization
from tests.support.pki.identities import ec_key

SIZE = 256 * 1024
SECONDS = 0.010
TRIES = 5
ROOM = SIZE - 1024
"""What a long list may have inside a message of at most that size."""
READERS: tuple[Callable[[bytes], object], ...] = (
    read_certificate_requests,
    read_certificate_reply,
    read_certificate_confirmations,
    read_revocations,
    read_revocation_reply,
    read_poll_requests,
    read_poll_responses,
    read_general,
    read_error,
    read_nested,
    read_pkcs10,
)


def many(one: bytes, *, tag: int = der.SEQUENCE) -> bytes:
    """A list of as many as fit."""
    return der.element(tag, one * (ROOM // len(one)))


def nest(count: int) -> bytes:
    """Elements in one another."""
    inner = b""
    for _ in range(count):
        inner = der.sequence(inner)
        if len(inner) > ROOM:
            break
    return inner


HEADER_DER = encode_header(HEADER)
BARE = HEADER_DER[3 if HEADER_DER[1] == 0x81 else 2 :]
PKICONF = der.explicit(BodyType.PKICONF, der.NULL)
TEMPLATE = der.sequence()
LISTS = {
    "nothing": b"\x00",
    "empty elements": der.NULL,
    "empty sequences": der.sequence(),
    "sequences of empty sequences": der.sequence(der.sequence()),
    "numbers": der.sequence(der.integer(0)),
    "texts": der.utf8_string("x"),
    "types": der.sequence(der.oid("2.999.1")),
    "requests": der.sequence(der.sequence(der.integer(0), TEMPLATE)),
    "statuses": der.sequence(der.integer(0)),
    "responses": der.sequence(der.integer(0), der.sequence(der.integer(0))),
    "confirmations": der.sequence(der.octet_string(b""), der.integer(0)),
}
MESSAGES = {
    "a long generalInfo": der.sequence(
        der.sequence(BARE, der.explicit(8, many(der.sequence(der.oid("2.999"))))), PKICONF
    ),
    "a long freeText": der.sequence(der.sequence(BARE, der.explicit(7, many(der.utf8_string("")))), PKICONF),
    "many fields": der.sequence(der.sequence(BARE, der.explicit(9, der.NULL) * (ROOM // 4)), PKICONF),
    "many extraCerts": der.sequence(HEADER_DER, PKICONF, der.explicit(1, many(der.sequence()))),
    "a large certificate": der.sequence(HEADER_DER, PKICONF, der.explicit(1, der.sequence(der.sequence(bytes(ROOM))))),
    "a large protection": der.sequence(HEADER_DER, PKICONF, der.explicit(0, der.bit_string(bytes(ROOM)))),
    "a large sender": der.sequence(
        der.sequence(der.integer(2), der.explicit(4, der.sequence(bytes(ROOM))), HEADER.recipient), PKICONF
    ),
    "a large body": der.sequence(HEADER_DER, der.explicit(BodyType.GENM, der.sequence(bytes(ROOM)))),
    "depth": nest(SIZE),
    "zeros": bytes(SIZE),
    "a length of 2^32": b"\x30\x84\xff\xff\xff\xff" + bytes(ROOM),
    "an indefinite length": b"\x30\x80" * (SIZE // 2),
    "high tag numbers": b"\x3f\xff" * (SIZE // 2),
}


def cost(work: Callable[[], object]) -> tuple[float, int]:
    """The shortest of some times in seconds, and the octets that were used at most."""
    times = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    tracemalloc.start()
    try:
        work()
        return min(times), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(read: Callable[[bytes], object], octets: bytes) -> None:
    try:
        read(octets)
    except MalformedMessage:
        return


@pytest.mark.parametrize("octets", MESSAGES.values(), ids=MESSAGES)
def test_messages_cost_little(octets: bytes) -> None:
    assert len(octets) <= SIZE
    seconds, peak = cost(lambda: refused(read_message, octets))
    assert seconds < SECONDS
    assert peak <= 2 * SIZE


@pytest.mark.parametrize("one", LISTS.values(), ids=LISTS)
def test_bodies_cost_little(one: bytes) -> None:
    octets = many(one)
    for read in READERS:
        seconds, peak = cost(lambda read=read: refused(read, octets))  # type: ignore[misc]
        assert seconds < SECONDS
        assert peak <= 2 * SIZE


def test_values_cost_little() -> None:
    for read in (read_structures, read_texts, read_unsupported, read_crl_status):
        for one in LISTS.values():
            value = InfoValue("2.999", many(one))
            seconds, peak = cost(lambda read=read, value=value: refused(read, value))  # type: ignore[misc]
            assert seconds < SECONDS
            assert peak <= 2 * SIZE


LARGE_REQUESTS = {
    "controls": der.sequence(der.integer(0), TEMPLATE, many(der.sequence(der.oid("2.999"), der.NULL))),
    "a template of wrong fields": der.sequence(der.integer(0), many(der.implicit(7, b""))),
    "a large subject": der.sequence(der.integer(0), der.sequence(der.explicit(5, many(der.sequence())))),
    "large extensions": der.sequence(der.integer(0), der.sequence(der.explicit(9, many(der.sequence())))),
    "a large key": der.sequence(
        der.integer(0), der.sequence(der.explicit(6, der.sequence() + der.bit_string(bytes(ROOM))))
    ),
}


@pytest.mark.parametrize("request_der", LARGE_REQUESTS.values(), ids=LARGE_REQUESTS)
def test_requests_cost_little(request_der: bytes) -> None:
    octets = der.sequence(der.sequence(request_der))

    def read() -> None:
        try:
            (found,) = read_certificate_requests(octets)
        except MalformedMessage:
            return
        judge_possession(found, None, ra_verified=True)

    seconds, peak = cost(read)
    assert seconds < SECONDS
    assert peak <= 3 * SIZE  # the request that may be signed, and the field that is in it


def test_long_pairs_are_refused() -> None:
    info = der.sequence(der.oid(RegInfoType.UTF8_PAIRS), der.utf8_string("a?b%" * (ROOM // 4)))
    body = der.sequence(der.sequence(der.sequence(der.integer(0), TEMPLATE), der.sequence(info)))
    with pytest.raises(MalformedMessage, match="a text of more than 4096 octets"):
        read_certificate_requests(body)
    assert cost(lambda: refused(read_certificate_requests, body))[0] < SECONDS


def test_envelopes_cost_little() -> None:
    for one in LISTS.values():
        for octets in (many(one), der.sequence(der.integer(0), many(one, tag=der.SET))):
            seconds, peak = cost(lambda octets=octets: refused(lambda part: open_private_key(part, b"x"), octets))  # type: ignore[misc]
            assert seconds < SECONDS
            assert peak <= 3 * SIZE


def test_a_message_of_the_highest_size_is_verified_at_little_cost() -> None:
    protector = mac_protector(SECRET, RepeatableRandom())
    octets = initialization(ec_key(1), protector)
    padding = SIZE - len(octets) - 16
    body = certificate_requests(ec_key(1))
    whole = der.sequence(body[4:], der.sequence(der.octet_string(bytes(padding))))
    message = read_message(der.sequence(encode_header(HEADER), der.explicit(BodyType.IR, whole)))
    assert len(message.octets) > SIZE - 1024
    assert cost(lambda: verify_mac(message, SECRET))[1] <= 2 * SIZE


ORIGINAL = initialization(ec_key(1), mac_protector(SECRET, RepeatableRandom()))


@settings(max_examples=500, deadline=None, derandomize=True)
@given(data=st.data())
def test_whatever_is_changed_it_is_refused_or_not_verified(data: st.DataObject) -> None:
    octets = bytearray(ORIGINAL)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    try:
        message = read_message(bytes(octets))
        verified = verify_mac(message, SECRET)
    except MalformedMessage:
        return
    assert not verified or message.protected_part == read_message(ORIGINAL).protected_part
