"""CMP over HTTP: addresses, and what is no CMP message, too large, too slow or too much."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lockgate.errors import Defect, Unavailable
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_transport.cmp.vocabulary import MEDIA_TYPE, OPERATIONS
from lockgate_transport.cmp.web import CmpAddresses, CmpWeb
from lockgate_transport.http.hourly import HourlyBounds
from lockgate_transport.http.waiting import WaitingBounds
from tests.support.wire.asgi import exchange, refusals, request
from tests.support.wire.cmp_carried import message
from tests.support.wire.cmp_web import HEADERS, LIMIT, PATH, CannedCmp, post, web


@pytest.mark.parametrize(
    ("path", "alias"),
    [
        ("/cmpProxy/alias", "alias"),
        ("/cmpProxy/another.alias_1-2", "another.alias_1-2"),
        ("/ejbca/publicweb/cmp/alias", "alias"),
        ("/.well-known/cmp", "cmp"),
        ("/.well-known/cmp/p/alias", "alias"),
        *((f"/.well-known/cmp/{operation}", "cmp") for operation in OPERATIONS),
        *((f"/.well-known/cmp/p/alias/{operation}", "alias") for operation in OPERATIONS),
        ("/.well-known/cmp/p/initialization", "initialization"),
    ],
)
def test_each_address_names_an_alias(path: str, alias: str) -> None:
    answer = CannedCmp()
    reply = post(answer, path)
    assert (reply.status, reply.body) == (200, b"an answer")
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == (MEDIA_TYPE, "no-store")
    assert answer.sent == [(alias, b"a message", "192.0.2.1")]


def test_the_context_and_the_alias_of_addresses_without_one_are_settings() -> None:
    answer = CannedCmp()
    addresses = CmpAddresses(context="cmpProxy-6.4.0", default_alias="device")
    application = CmpWeb(answer, addresses).application
    for path in ("/cmpProxy-6.4.0/cmpalias", "/.well-known/cmp"):
        reply = asyncio.run(exchange(application, request("POST", path, "", HEADERS), [b"a message"]))
        assert reply.status == 200
    assert [alias for alias, _, _ in answer.sent] == ["cmpalias", "device"]
    old = asyncio.run(exchange(application, request("POST", "/cmpProxy/alias", "", HEADERS), [b"a message"]))
    assert old.status == 404


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "reason"),
    [
        ("/", "POST", HEADERS, 404, "unknown_address"),
        ("/cmpProxy", "POST", HEADERS, 404, "unknown_address"),
        ("/cmpProxy/alias/initialization", "POST", HEADERS, 404, "unknown_address"),
        ("/.well-known/cmp/p", "POST", HEADERS, 404, "unknown_address"),
        ("/.well-known/cmp/anything", "POST", HEADERS, 404, "unknown_address"),
        ("/.well-known/cmp/p/alias/anything", "POST", HEADERS, 404, "unknown_address"),
        ("/scepraserver/scep/pkiclient.exe", "POST", HEADERS, 404, "unknown_address"),
        (PATH, "GET", HEADERS, 405, "wrong_method"),
        (PATH, "PUT", HEADERS, 405, "wrong_method"),
        (PATH, "POST", {}, 415, "wrong_media_type"),
        (PATH, "POST", {"content-type": "application/x-pki-message"}, 415, "wrong_media_type"),
        (PATH, "POST", HEADERS | {"content-length": str(LIMIT + 1)}, 413, "too_large"),
        (PATH, "POST", HEADERS | {"content-length": "-1"}, 413, "too_large"),
    ],
)
def test_what_is_no_message_has_a_status_of_http(
    path: str, method: str, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = CannedCmp()
    with capture_logs() as lines:
        assert post(answer, path, method=method, headers=headers).status == status
    assert refusals(lines) == [(reason, "192.0.2.1", True)]
    assert answer.sent == []


@pytest.mark.parametrize("media_type", ["application/pkixcmp; charset=binary", "Application/PKIXCMP"])
def test_media_types_are_compared_without_parameters_and_case(media_type: str) -> None:
    assert post(CannedCmp(), headers={"content-type": media_type}).status == 200


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [([bytes(LIMIT), b"+"], 413, "too_large"), ([b"half a mess", b""], 408, "too_slow")],
)
def test_a_body_is_bounded_in_size_and_time(body: list[bytes], status: int, reason: str) -> None:
    answer = CannedCmp()
    with capture_logs() as lines:
        assert post(answer, body=body).status == status
    assert refusals(lines) == [(reason, "192.0.2.1", True)]
    assert answer.sent == []


@pytest.mark.parametrize("octets", [b"", b"garbage", b"{}", bytes(LIMIT)])
def test_octets_that_are_no_message_are_answered_too(octets: bytes) -> None:
    answer = CannedCmp()
    assert post(answer, body=[octets] if octets else []).status == 200
    assert answer.sent == [("alias", octets, "192.0.2.1")]


@pytest.mark.parametrize("body_type", [BodyType.CKUANN, BodyType.CANN, BodyType.RANN, BodyType.CRLANN])
def test_an_announcement_is_taken_note_of(body_type: BodyType) -> None:
    answer = CannedCmp()
    reply = post(answer, body=[message(body_type=body_type)])
    assert (reply.status, reply.body, answer.sent) == (202, b"", [])


def test_what_cannot_be_answered_now_may_be_asked_again() -> None:
    with capture_logs() as lines:
        reply = post(CannedCmp(Unavailable("the database is down")))
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")
    assert b"database" not in reply.body
    assert [(line["reason"], line["detail"]) for line in lines] == [("unavailable", "the database is down")]


def test_a_defect_is_shown_as_one() -> None:
    with pytest.raises(Defect):
        post(CannedCmp(Defect("wrong")))


def waiting(bounds: WaitingBounds, *addresses: str) -> list[int]:
    """The statuses of requests from these addresses, all of which wait at the same time."""

    async def ask_all() -> list[int]:
        answer = CannedCmp(answering=asyncio.Event())
        application = web(answer, bounds).application
        tasks = []
        for address in addresses:
            scope = request("POST", PATH, "", HEADERS, address)
            tasks.append(asyncio.create_task(exchange(application, scope, [b"a message"])))
            await asyncio.sleep(0.01)
        assert answer.answering
        answer.answering.set()
        return [reply.status for reply in await asyncio.gather(*tasks)]

    return asyncio.run(ask_all())


def test_so_many_may_wait_and_so_many_of_one_client() -> None:
    assert waiting(WaitingBounds(per_client=2, in_all=9), *["192.0.2.1"] * 3, "192.0.2.2") == [200, 200, 503, 200]
    assert waiting(WaitingBounds(per_client=2, in_all=3), *(f"192.0.2.{n}" for n in range(4))) == [200] * 3 + [503]
    network = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
    with capture_logs() as lines:
        assert waiting(WaitingBounds(per_client=1, in_all=9), *network) == [200, 503, 200]
    over = "over waiting_per_client or waiting_in_all in [cmp] or [cmp.direct]"
    assert [(line["reason"], line["detail"]) for line in lines] == [("no_waiting_place", over)]


def test_nothing_goes_on_for_a_request_that_is_answered() -> None:
    async def ask_once() -> int:
        scope = request("POST", PATH, "", HEADERS)
        await exchange(web(CannedCmp()).application, scope, [b"a message"])
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(ask_once()) == 1


def test_a_client_that_goes_gives_its_place_to_others() -> None:
    async def ask_twice() -> tuple[int, int]:
        answer = CannedCmp(answering=asyncio.Event())
        application = web(answer, WaitingBounds(in_all=1)).application
        scope = request("POST", PATH, "", HEADERS)
        gone = await exchange(application, scope, [b"a message"], stays=0.01)
        stays = asyncio.create_task(exchange(application, scope, [b"a message"]))
        await asyncio.sleep(0.01)
        assert answer.answering
        answer.answering.set()
        return gone.status, (await stays).status

    with capture_logs() as lines:
        assert asyncio.run(ask_twice()) == (400, 200)
    assert refusals(lines) == [("disconnected", "192.0.2.1", True)]


@settings(max_examples=200)
@given(
    st.one_of(st.text(max_size=80).map("/{}".format), st.sampled_from([PATH, "/.well-known/cmp/p/%2e%2e"])),
    st.sampled_from(["POST", "GET", "HEAD", "OPTIONS", "DELETE"]),
    st.one_of(st.just(MEDIA_TYPE), st.text(max_size=40)),
    st.binary(max_size=200),
)
def test_whatever_comes_has_a_status(path: str, method: str, media_type: str, body: bytes) -> None:
    scope = request(method, path, "", {}) | {"headers": [(b"content-type", media_type.encode("latin-1", "replace"))]}
    answer = CannedCmp()
    reply = asyncio.run(exchange(web(answer).application, scope, [body] if body else []))
    assert reply.status in {200, 202, 404, 405, 415}
    assert bool(answer.sent) == (reply.status == 200)


def test_the_log_names_the_bounds_of_an_hour() -> None:
    bounded = CmpWeb(CannedCmp(), hourly=HourlyBounds(per_client=0, in_all=9)).application
    with capture_logs() as lines:
        reply = asyncio.run(exchange(bounded, request("POST", PATH, "", HEADERS), [message()]))
    assert (reply.status, reply.body) == (503, b"Too many requests in this hour.")
    over = "over hourly_requests_per_client or hourly_requests_in_all in [cmp] or [cmp.direct]"
    assert [(line["reason"], line["detail"]) for line in lines] == [("too_many_in_hour", over)]
