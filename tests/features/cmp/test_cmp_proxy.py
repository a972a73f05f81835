"""Steps of cmp_proxy.feature."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.queue.message import Processed, SetAside
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.vocabulary import PkiStatus
from tests.support.scenarios.cmp_carrying import ADDRESS, Carrying
from tests.support.scenarios.cmp_proxies import LEASE, CmpCa
from tests.support.scenarios.cmp_proxy_desk import MESSAGES, SETTINGS, TEN_YEARS, Desk
from tests.support.wire.cmp_carried import error_in, message

scenarios("cmp_proxy.feature")
NUMBERS: Mapping[str, int] = {"router": 1, "switch": 2, "gateway": 3}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path, Carrying({}), stack)


# ---- before


@given("a CMP proxy whose clients wait 30 seconds for the CA")
def proxy(desk: Desk) -> None:
    desk.carrying.settings["timeout"] = 30


@given(parsers.re(r"the proxy has (?P<setting>[a-z_, ]+?)(?P<later> in 10 years)?$"))
def configured(desk: Desk, setting: str, later: str | None) -> None:
    desk.carrying.settings.update(SETTINGS[setting](desk))
    if later:
        desk.carrying.clock.passed = TEN_YEARS.total_seconds()


@given(parsers.re(r"the proxy has at most (?P<count>\d+) places (?P<whose>per client|in all)$"))
def bounded(desk: Desk, count: str, whose: str) -> None:
    desk.carrying.settings[f"waiting_{whose.replace(' ', '_')}"] = int(count)


@given(parsers.parse("the CA refuses what this RA delivers: {reason}"))
def refusing(desk: Desk, reason: str) -> None:
    detail = "Missing: /cmp/alias" if reason == Reason.NOT_AUTHORIZED else ""
    refusal = Rejected(Reason(reason), detail)
    desk.carrying.ca = CmpCa(desk.carrying.store, lambda *_: refusal)


@given(parsers.re(r"the proxy answers at most (?P<count>\d+) requests (?P<whose>per client|in all) in an hour$"))
def bounded_in_an_hour(desk: Desk, count: str, whose: str) -> None:
    desk.carrying.settings[f"hourly_requests_{whose.replace(' ', '_')}"] = int(count)


@given("the message database is down")
def down(desk: Desk) -> None:
    desk.carrying.store.is_down = True


@given("the message database takes a message and the connection breaks")
def breaking_off(desk: Desk) -> None:
    desk.carrying.store.breaks_off = True


# ---- what happens


@when("the message database is there again")
def up_again(desk: Desk) -> None:
    desk.carrying.store.is_down = desk.carrying.store.breaks_off = False


@when(parsers.re(r'the client "(?P<name>\w+)" sends a message$'))
def sends(desk: Desk, name: str) -> None:
    desk.started.send(name, message(NUMBERS[name]))


@when('the clients "router", "switch" and "gateway" send a message each')
def all_send(desk: Desk) -> None:
    for name, number in NUMBERS.items():
        desk.started.send(name, message(number))


@when('the client "router" sends a message of 2000 octets')
def sends_much(desk: Desk) -> None:
    desk.started.send("router", message(size=2000))


@when('the client "router" sends the same octets again')
def sends_again(desk: Desk) -> None:
    desk.started.send("router", desk.carrying.asked["router"].octets)


@when('the client "switch" sends the same octets')
def sends_the_same(desk: Desk) -> None:
    desk.started.send("switch", desk.carrying.asked["router"].octets)


@when('the client "switch" sends the same octets to the alias "other"')
def sends_to_another(desk: Desk) -> None:
    desk.started.send("switch", desk.carrying.asked["router"].octets, "other")


@when('the client "router" sends a message for another alias')
def sends_elsewhere(desk: Desk) -> None:
    desk.started.send("router", message(), "other")


@when(parsers.re(rf'the client "router" sends (?P<what>{"|".join(MESSAGES)})$'))
def sends_what(desk: Desk, what: str) -> None:
    desk.started.send("router", MESSAGES[what]())


@when(parsers.re(r"clients at (?P<addresses>[0-9a-f.:, ]+) send a message each$"))
def send_from(desk: Desk, addresses: str) -> None:
    for number, address in enumerate(addresses.split(", "), start=1):
        desk.order.append(f"client {number}")
        desk.started.send(desk.order[-1], message(number), address=address)


@when(parsers.re(r"clients at (?P<addresses>[0-9a-f.:, ]+) send a message each, and the CA answers each$"))
def send_and_hear(desk: Desk, addresses: str) -> None:
    for number, address in enumerate(addresses.split(", "), start=1):
        desk.order.append(f"client {number}")
        desk.started.send(desk.order[-1], message(number), address=address)
        desk.carrying.answer_all()


@when("the last one sends its message again")
def last_again(desk: Desk) -> None:
    desk.started.send(desk.order[-1], message(len(desk.order)), address=ADDRESS)


@when("the CA answers")
def ca_answers(desk: Desk) -> None:
    desk.carrying.answer_all()


@when("the CA answers late")
def ca_answers_late(desk: Desk) -> None:
    assert desk.carrying.ca.answer_all() == 1


@when(parsers.parse("{count:d} seconds pass"))
def seconds_pass(desk: Desk, count: int) -> None:
    desk.carrying.pass_by(timedelta(seconds=count))


@when(parsers.parse("{count:d} minutes pass"))
def minutes_pass(desk: Desk, count: int) -> None:
    desk.carrying.pass_by(timedelta(minutes=count))


@when("the owner of the message database puts octets of its own there")
def own_octets(desk: Desk) -> None:
    store = desk.carrying.store
    (claimed,) = store.claim(1, LEASE)
    store.settle([Processed(claimed, b"octets of its own")])
    desk.carrying.all_replied()


@when("the owner of the message database puts the CA's answer to another client there")
def answer_to_another(desk: Desk) -> None:
    carrying, store = desk.carrying, desk.carrying.store
    (claimed,) = store.claim(1, LEASE)
    carrying.send("switch", message(NUMBERS["switch"]))
    (other,) = store.claim(1, LEASE)
    answer = carrying.ca.answer(other)
    store.settle([Processed(claimed, answer), Processed(other, answer)])
    carrying.all_replied()


@when("the owner of the message database sets the message aside")
def set_aside(desk: Desk) -> None:
    store = desk.carrying.store
    (claimed,) = store.claim(1, LEASE)
    store.settle([SetAside(claimed, Rejected(Reason.MALFORMED_MESSAGE))])
    desk.carrying.all_replied()


# ---- what comes of it


@then(parsers.re(r'"(?P<name>\w+)" has the CA\'s answer$'))
def has_answer(desk: Desk, name: str) -> None:
    assert desk.carrying.has_answer(name)


@then("each of them has the CA's answer to its own message")
@then("all of them have the CA's answer")
def all_have_answers(desk: Desk) -> None:
    assert desk.carrying.asked
    assert all(map(desk.carrying.has_answer, desk.carrying.asked))


@then("all others have the CA's answer")
def others_have_answers(desk: Desk) -> None:
    assert all(map(desk.carrying.has_answer, desk.order[:-1]))


@then("it has the CA's answer")
def last_has_answer(desk: Desk) -> None:
    assert desk.carrying.has_answer(desk.order[-1])


@then(parsers.parse('"{name}" is told {failure}: "{sentence}"'))
def is_told(desk: Desk, name: str, failure: str, sentence: str) -> None:
    """By an error without protection, which says nothing but that, and grants nothing."""
    reply = desk.carrying.reply(name)
    assert reply.status == 200
    found, status = error_in(reply.body)
    assert (status.status, found.extra_certs) == (PkiStatus.REJECTION, ())
    assert [bit.rfc_name for bit in status.fail_info] == [failure]
    assert status.texts == (sentence,)


@then(parsers.parse('"{name}" gets the HTTP status {status:d}'))
def gets_status(desk: Desk, name: str, status: int) -> None:
    assert desk.carrying.reply(name).status == status


@then("the last one gets the HTTP status 503, and may come again")
def last_gets_none(desk: Desk) -> None:
    reply = desk.carrying.reply(desk.order[-1])
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")


@then(parsers.re(r"the CA has got (?P<count>\d+) messages?"))
def got(desk: Desk, count: str) -> None:
    assert len(desk.carrying.ca.delivered) == int(count)


@then(parsers.re(r"(?P<count>\d+) messages wait for the CA"))
def wait(desk: Desk, count: str) -> None:
    assert desk.carrying.waiting == int(count)


@then("no message has reached the message database")
def nothing_put(desk: Desk) -> None:
    assert desk.carrying.waiting == 0
    assert desk.carrying.ca.answer_all() == 0
