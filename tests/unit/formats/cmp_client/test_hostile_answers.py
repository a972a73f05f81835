"""Answers with any octets changed: the client refuses them in the way that it declares."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgate.errors import PeerError
from lockgate_formats.cmp.messages import StatusInfo
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_formats.cmp_client import MAX_WORDS, CmpTransaction, SendAgain, UnprotectedError
from tests.support.wire.cmp_clients import Conversation, asking, authority, conversation, device, signed
from tests.support.wire.cmp_scripted_ca import GRANTED as ACCEPTED
from tests.support.wire.cmp_scripted_ca import IMPLICIT, WAIT_TIME, Said, failed, granted, poll_later, replied, revoked

GOOD = replied(
    BodyType.IP,
    granted(device().der),
    infos=[IMPLICIT, WAIT_TIME],
    ca_certificates=(authority().der,),
)
SAID = (GOOD, failed(), poll_later(5), revoked(ACCEPTED))
TALKS = (conversation, signed)
PLACES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=4)


def sent(talking: Conversation, transaction: CmpTransaction) -> None:
    """The answer counts, or is refused as declared."""
    with contextlib.suppress(PeerError):
        talking.client.send(transaction)


def changed(octets: bytes, places: list[tuple[int, int]]) -> bytes:
    made = bytearray(octets)
    for place, octet in places:
        made[place % len(made)] = octet
    return bytes(made)


@given(places=PLACES, said=st.sampled_from(SAID), talk=st.sampled_from(TALKS))
@settings(max_examples=300)
def test_octets_changed_on_the_way(places: list[tuple[int, int]], said: Said, talk: object) -> None:
    assert callable(talk)
    talking = talk(said.but(changed=lambda octets: changed(octets, places)), unprotected_errors=True)
    sent(talking, talking.client.ir([asking()]))


@given(places=PLACES, said=st.sampled_from(SAID), talk=st.sampled_from(TALKS))
@settings(max_examples=300)
def test_a_body_that_the_ca_has_protected_with_octets_changed(
    places: list[tuple[int, int]], said: Said, talk: object
) -> None:
    """The CA itself is hostile, or broken."""
    assert callable(talk)
    talking = talk(said.but(body=changed(said.body, places)))
    sent(talking, talking.client.ir([asking()]))


@given(places=PLACES, certificate=st.sampled_from((device().der, authority().der)))
@settings(max_examples=300)
def test_certificates_beside_the_answer_with_octets_changed(places: list[tuple[int, int]], certificate: bytes) -> None:
    """Nothing protects extraCerts."""
    talking = signed(GOOD.but(extra_certs=(changed(certificate, places),)))
    sent(talking, talking.client.ir([asking()]))


@given(octets=st.binary(max_size=200), kind=st.sampled_from(BodyType))
def test_any_body_at_all(octets: bytes, kind: BodyType) -> None:
    talking = conversation(Said(kind, octets))
    sent(talking, talking.client.ir([asking()]))


@pytest.mark.parametrize("depth", [10, 100_000, 200_000])
def test_deep_and_large_answers(depth: int) -> None:
    for octets in (b"\x30\x80" * depth, b"\x30\x84\x7f\xff\xff\xff" + bytes(depth), bytes(depth)):
        talking = conversation(GOOD.but(changed=lambda _, octets=octets: octets))
        sent(talking, talking.client.ir([asking()]))


@pytest.mark.parametrize(
    ("bit", "error"), [(FailInfo.BAD_REQUEST, UnprotectedError), (FailInfo.SYSTEM_UNAVAIL, SendAgain)]
)
def test_the_words_of_anybody_are_one_short_line(bit: FailInfo, error: type[Exception]) -> None:
    """They reach the log: nobody on the way writes a line of it, or fills it."""
    words = ("x\n2026-11-30 05:00:00 INFO settled", "\x1b[2J\u2028\u202e\x85\0", "y" * 900, "z" * 900)
    talking = conversation(failed(StatusInfo(PkiStatus.REJECTION, frozenset({bit}), words)).but(unprotected=True))
    with pytest.raises(error) as caught:
        talking.client.send(talking.client.ir([asking()]))
    text = str(caught.value)
    assert "x 2026-11-30 05:00:00 INFO settled" in text
    assert text.isprintable()
    assert len(text) < MAX_WORDS + 100
