"""The CMP issuer: where orders of a profile go, what is asked for, and drafts that cannot be read."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lockgate.errors import Defect, NotSent, PeerError, Unavailable
from lockgate.ports import Clock, Issued, Order, Traits
from lockgate.reasons import Reason, Rejected
from lockgate_formats import der
from lockgate_formats.cmp.crmf import read_certificate_requests
from lockgate_formats.cmp.messages import PkiMessage
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.polls import read_poll_requests
from lockgate_formats.cmp.vocabulary import BodyType, InfoType, PossessionKind
from lockgate_formats.cmp_client import AnswerTrust, Carry, CmpClient, CmpClientParts, SharedSecret, UntrustedHost
from lockgate_issuers.cmp import CmpClients, CmpIssuer, RequestKind, Writing
from lockgate_testing.contracts.remote_issuer.subjects import EXTENSIONS
from lockgate_testing.doubles.host import SteppingClock
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, make_authority
from tests.support.wire.cmp_scripted_ca import (
    CONFIRMED,
    SECRET,
    WAITING,
    ScriptedCa,
    failed,
    granted,
    poll_later,
    replied,
)

DEVICE = make_authority("Scripted CA", ec_key(311)).issue("device", ec_key(312))
ORDER = Order(
    operation="operation",
    ca_name="Scripted CA",
    ca_certificate="0" * 64,
    serial_number=7,
    subject=DEVICE.certificate.subject.public_bytes(),
    public_key=spki(DEVICE.key),
    not_before=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    not_after=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
    extensions=EXTENSIONS,
    certificate_profile="ENDUSER",
)


def client(carry: Carry, clock: Clock) -> CmpClient:
    parts = CmpClientParts(carry, clock, HostRandom())
    return CmpClient(parts, SharedSecret(b"lockgate", SECRET), AnswerTrust())


def issuer(
    usual: Carry, writing: Writing | None = None, *, clock: Clock | None = None, **by_profile: Carry
) -> CmpIssuer:
    clock = clock or HostClock()
    clients = CmpClients(client(usual, clock), {name: client(carry, clock) for name, carry in by_profile.items()})
    return CmpIssuer(clients, clock, Traits(polls=True, confirms=True), writing)


def nowhere(_: bytes) -> bytes:
    raise AssertionError


def drafted(adapter: CmpIssuer, order: Order = ORDER) -> bytes:
    draft = adapter.draft(order)
    assert isinstance(draft, bytes)
    return draft


def first_message(adapter: CmpIssuer, order: Order = ORDER) -> PkiMessage:
    """What is sent of an order."""
    ca = ScriptedCa([NotSent("not now")])
    with pytest.raises(NotSent):
        issuer(ca.carry).call(drafted(adapter, order))
    return read_message(ca.requests[0])


def test_everything_that_was_ordered_is_asked_for() -> None:
    message = first_message(issuer(nowhere))
    (request,) = read_certificate_requests(message.body)
    template = request.template
    assert message.body_type is BodyType.CR
    assert (template.subject, template.public_key) == (ORDER.subject, ORDER.public_key)
    assert template.extensions == ORDER.extensions
    assert template.validity is not None
    assert (template.validity.not_before, template.validity.not_after) == (ORDER.not_before, ORDER.not_after)
    assert (template.serial_number, request.possession.kind) == (None, PossessionKind.RA_VERIFIED)


@pytest.mark.parametrize(("profile", "names"), [("ENDUSER", ["people"]), ("SERVER", [])])
def test_the_ca_has_its_own_names_of_profiles(profile: str, names: list[str]) -> None:
    writing = Writing(RequestKind.IR, {"ENDUSER": "people"})
    message = first_message(issuer(nowhere, writing), replace(ORDER, certificate_profile=profile))
    said = [info.value for info in message.header.general_info if info.oid == InfoType.CERT_PROFILE]
    assert said == [der.sequence(der.utf8_string(name)) for name in names]
    assert message.body_type is BodyType.IR


def test_the_orders_of_a_profile_have_an_address_of_their_own_to_the_end() -> None:
    ca = ScriptedCa([replied(BodyType.CP, granted(DEVICE.der)), CONFIRMED])
    adapter = issuer(nowhere, ENDUSER=ca.carry)
    answer = adapter.call(drafted(adapter))
    assert isinstance(answer, Issued)
    assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=True) is None
    assert ca.kinds == ["cr", "certConf"]


POLLS = [failed(WAITING), poll_later(4, -1), poll_later(4, -1)]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_confirmation_that_the_ca_puts_off_is_polled_for(accepted: bool) -> None:
    ca, clock = (
        ScriptedCa([replied(BodyType.CP, granted(DEVICE.der)), *POLLS, CONFIRMED]),
        SteppingClock(ORDER.not_before),
    )
    adapter = issuer(ca.carry, clock=clock)
    answer = adapter.call(drafted(adapter))
    assert isinstance(answer, Issued)
    assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=accepted) is None
    assert ca.kinds == ["cr", "certConf", "pollReq", "pollReq", "pollReq"]
    assert [len(read_poll_requests(message.body)) for message in ca.sent[2:]] == [1, 1, 1]
    assert sum(clock.slept) == 8


def test_a_confirmation_that_is_put_off_for_long_is_sent_again_later() -> None:
    ca, clock = (
        ScriptedCa([replied(BodyType.CP, granted(DEVICE.der)), *POLLS, poll_later(4, -1)]),
        SteppingClock(ORDER.not_before),
    )
    adapter = issuer(ca.carry, clock=clock)
    answer = adapter.call(drafted(adapter))
    assert isinstance(answer, Issued)
    with pytest.raises(Unavailable, match="needs more time for the confirmation"):
        adapter.confirm(answer.draft or b"", answer.certificate, accepted=True)
    assert sum(clock.slept) == 8


def test_without_a_pkcs10_that_may_be_passed_on_none_is_sent() -> None:
    refused = issuer(nowhere, Writing(RequestKind.P10CR)).draft(ORDER)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.ISSUER_REFUSED


def test_a_host_that_is_not_trusted_has_got_nothing() -> None:
    def strange(_: bytes) -> bytes:
        raise UntrustedHost("the TLS certificate is not accepted")

    adapter = issuer(strange)
    with pytest.raises(NotSent, match="the TLS certificate is not accepted"):
        adapter.call(drafted(adapter))


def test_what_does_not_wait_is_not_polled_for() -> None:
    adapter = issuer(nowhere)
    with pytest.raises(Defect):
        adapter.lookup(drafted(adapter))


def changed(draft: bytes, **changes: Any) -> bytes:
    return msgspec.json.encode({**msgspec.json.decode(draft), **changes})


@pytest.mark.parametrize(
    "damage", [{"format": 2}, {"more": 1}, {"transaction": "eyB9"}, {"place": None}, None], ids=str
)
def test_a_draft_that_cannot_be_read(damage: dict[str, Any] | None) -> None:
    adapter = issuer(nowhere)
    draft = b"\xff" if damage is None else changed(drafted(adapter), **damage)
    assert adapter.reference(draft) == ""
    with pytest.raises(PeerError):
        adapter.call(draft)
