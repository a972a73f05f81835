"""The RA client: which answers it believes (docs/threat-model.md, rules 3 and 4)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from lockgate.errors import (
    NotProcessed,
    UnverifiedAnswer,
)
from lockgate.queue.message import Processed, SetAside
from lockgate.ra.sent import SentMessage
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import ContentKind, DigestOf, Place, Recipient
from lockgate.requests.submessages import PKCS10Response, Response
from lockgate_formats.cms import CmsEnvelopes
from tests.support.pki import identities
from tests.support.scenarios.ra_zone import (
    CONTENTS,
    MINUTE,
    RA,
    REFUSAL,
    WORKER,
    Zone,
    granted,
    refused_unread,
    request,
)
from tests.support.wire import cms_objects


@pytest.fixture
def zone() -> Zone:
    return Zone()


# ---- answers that are believed


def test_a_verified_answer_is_the_response(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(5), request(6)])
    assert client.look(pending) is None
    zone.settle(zone.seal(zone.answer(pending, 1)), zone.seal(zone.answer(pending, 2)))
    assert client.wait(pending, MINUTE) == (granted(5), granted(6))
    assert zone.clock.slept == []


def test_every_pinned_worker_may_answer(zone: Zone) -> None:
    old = identities.authority().issue("old worker", identities.rsa_key(3))
    zone.policy = replace(zone.policy, worker_certificates=(WORKER.der, old.der))
    pending = zone.client().send([request()])
    answer = zone.answer(pending)
    zone.worker = CmsEnvelopes(old.keystore)
    zone.settle(zone.seal(answer))
    assert zone.client().wait(pending, MINUTE) == (granted(),)


@pytest.mark.parametrize("encrypt", [True, False])
def test_a_verified_refusal_is_a_response(zone: Zone, encrypt: bool) -> None:
    """A notice may travel in clear: it says nothing of the request."""
    client = zone.client()
    verdict = client.send([request()], message_id="verdict")
    refused = PKCS10Response(request_id=1, success=False, fail_info="No.", reason="weak_key")
    zone.settle(zone.seal(zone.answer(verdict, response=refused)))
    assert client.wait(verdict, MINUTE) == (refused,)
    notice = client.send([request()], message_id="notice")
    zone.settle(zone.seal(zone.notice(notice), encrypt=encrypt))
    assert client.wait(notice, MINUTE) == (refused_unread(),)


def test_a_refusal_of_what_was_not_understood_is_told_as_the_response_to_that_request(zone: Zone) -> None:
    """The CA answers with no request id of its own; the place and the digest say which request it is."""
    client = zone.client()
    pending = client.send([request()])
    zone.settle(zone.seal(zone.answer(pending, response=REFUSAL)))
    assert client.wait(pending, MINUTE) == (refused_unread(),)


def test_a_request_in_clear_may_be_answered_in_clear_unless_the_policy_insists(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()], encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), encrypt=False))
    assert client.wait(pending, MINUTE) == (granted(),)
    zone.policy = replace(zone.policy, insist_encrypted=True)
    with pytest.raises(UnverifiedAnswer, match="not encrypted"):
        zone.client().wait(pending, MINUTE)


def test_unsigned_answers_to_unsigned_requests_only_where_configured(zone: Zone) -> None:
    pending = zone.client().send([request()], sign=False, encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), sign=False, encrypt=False))
    with pytest.raises(UnverifiedAnswer, match="not signed"):
        zone.client().wait(pending, MINUTE)
    zone.policy = replace(zone.policy, insist_signed=False)
    assert zone.client().wait(pending, MINUTE) == (granted(),)


def test_whoever_signs_is_answered_signed_whatever_is_configured(zone: Zone) -> None:
    zone.policy = replace(zone.policy, insist_signed=False)
    pending = zone.client().send([request()], encrypt=False)
    zone.settle(zone.seal(zone.answer(pending), sign=False, encrypt=False))
    with pytest.raises(UnverifiedAnswer, match="not signed"):
        zone.client().wait(pending, MINUTE)


# ---- answers that are not believed


def _by(identity: identities.Identity) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        answer = zone.answer(pending)
        zone.worker = CmsEnvelopes(identity.keystore)
        yield zone.seal(answer)

    return deviate


def _changed(**changes: Any) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        yield zone.seal(zone.answer(pending, **changes))

    return deviate


def _notice(**changes: Any) -> Callable[[Zone, SentMessage], Iterator[bytes]]:
    def deviate(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
        yield zone.seal(zone.notice(pending, **changes))

    return deviate


def _garbage(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield b"garbage"


def _unsigned(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending), sign=False)


def _in_clear(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending), encrypt=False)


def _as_request(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    content = CONTENTS.encode_answer(zone.answer(pending))
    yield zone.worker.seal(content, ContentKind.REQUEST, sign=True, encrypt_to=RA.der)


def _malformed(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.worker.seal(b"{}", ContentKind.ANSWER, sign=True, encrypt_to=RA.der)


def _changed_signature(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    signed = bytearray(zone.seal(zone.answer(pending), encrypt=False))
    signed[-1] ^= 1
    yield cms_objects.auth_enveloped(bytes(signed), "1.2.840.113549.1.7.1", RA.certificate)


def _the_other_part(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield zone.seal(zone.answer(pending, place=Place(pending.message_id, 2, 2)))


def _too_many(zone: Zone, pending: SentMessage) -> Iterator[bytes]:
    yield from [zone.seal(zone.answer(pending))] * 2


TWINS_NAME = identities.make_authority("Management CA", identities.ec_key(8)).issue("worker", identities.rsa_key(3))
DEVIATIONS = {
    "garbage": _garbage,
    "malformed": _malformed,
    "unsigned": _unsigned,
    "in clear": _in_clear,
    "a changed signature": _changed_signature,
    "another certificate of the same CA": _by(identities.authority().issue("worker", identities.rsa_key(3))),
    "another CA's certificate with the worker's name": _by(TWINS_NAME),
    "its own certificate": _by(RA),
    "signed as a request": _as_request,
    "another request": _changed(digest="00" * 32),
    "another message": _changed(place=Place("other", 1, 1)),
    "another part": _the_other_part,
    "more parts": _changed(place=Place("mine", 1, 2)),
    "another data source": _changed(recipient=Recipient("ca", "other")),
    "another CA": _changed(recipient=Recipient("other", "source")),
    "another request id": _changed(response=granted(2)),
    "another type": _changed(response=Response(request_id=1, success=True)),
    "a refusal under another request id": _changed(
        response=PKCS10Response(request_id=2, success=False, fail_info="No.", reason="weak_key")
    ),
    "too many": _too_many,
    "a notice of other octets": _notice(digest="00" * 32),
    "a notice of the content": _changed(digest_of=DigestOf.SUBMESSAGE, response=REFUSAL),
    "a notice for another message": _notice(place=Place("other", 1, 1)),
    "a notice by another data source's worker": _notice(recipient=Recipient("ca", "other")),
    "a notice that claims success": _notice(response=Response(request_id=1, success=True)),
    "a notice with a certificate": _notice(response=granted()),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_what_is_not_provably_the_answer_is_not_believed(zone: Zone, name: str) -> None:
    client = zone.client()
    pending = client.send([request()], message_id="mine")
    zone.settle(*DEVIATIONS[name](zone, pending))
    with pytest.raises(UnverifiedAnswer):
        client.wait(pending, MINUTE)
    assert zone.outbox.recall("mine") is not None


def test_too_few_answers_are_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(1), request(2)])
    zone.settle(zone.seal(zone.answer(pending, 1)))
    with pytest.raises(UnverifiedAnswer, match="1 answer to 2 requests"):
        client.wait(pending, MINUTE)


def test_a_row_that_is_no_message_is_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()])
    (claimed,) = zone.store.claim(1, MINUTE)
    zone.store.settle([Processed(claimed, b"garbage")])
    with pytest.raises(UnverifiedAnswer, match="no answers"):
        client.wait(pending, MINUTE)


def test_swapped_answers_are_not_believed(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request(1), request(2)])
    zone.settle(zone.seal(zone.answer(pending, 2)), zone.seal(zone.answer(pending, 1)))
    with pytest.raises(UnverifiedAnswer, match="another message or part"):
        client.wait(pending, MINUTE)


def test_a_row_set_aside_is_a_hint_of_its_own_kind(zone: Zone) -> None:
    client = zone.client()
    pending = client.send([request()])
    (claimed,) = zone.store.claim(1, MINUTE)
    zone.store.settle([SetAside(claimed, Rejected(Reason.TOO_LARGE))])
    with pytest.raises(NotProcessed, match="too_large"):
        client.wait(pending, MINUTE)
    assert zone.outbox.recall(pending.message_id) is not None
