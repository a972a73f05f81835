"""The HTTP side: what is no SCEP message, what is too large, too slow or too much."""

import asyncio
import base64
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from lockgate.enrolment.outcome import Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, PeerError, Unavailable
from lockgate.reasons import Reason
from lockgate_transport.http import waiting
from lockgate_transport.http.serving import Listening, PunctualProtocol, http_server
from lockgate_transport.http.waiting import NoWaitingPlace, RequestTiming, WaitingPlaces
from lockgate_transport.scep.messages import NoPkiMessage
from lockgate_transport.scep.server import Answer, ScepServer
from lockgate_transport.scep.web import ScepWeb
from tests.support.wire.serving import serving, soon

ADDRESS = "/scepraserver/scep/pkiclient.exe"
LIMIT = 64 * 1024
SLOW = RequestTiming(body=0.05, patience=0.03, interval=0.01)


@dataclass
class Canned:
    """A server that gives what it is told to, and keeps what it was sent."""

    answers: list[Answer | Exception] = field(default_factory=lambda: [Answer(b"an answer")])
    following: bytes | Refused | Pending = b"signed"
    sent: list[tuple[bytes, str, bool]] = field(default_factory=list)

    def capabilities(self) -> str:
        return "AES\n"

    def ca_certificates(self) -> bytes:
        return b"certificates"

    def next_ca_certificates(self, address: str) -> bytes | Refused | Pending:
        return self.following

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        self.sent.append((octets, address, with_chain))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def web(server: Canned, timing: RequestTiming = SLOW) -> ScepWeb:
    return ScepWeb({"": cast("ScepServer", server)}, timing)


def request(method: str, path: str, query: str, headers: dict[str, str], address: str = "192.0.2.1") -> dict[str, Any]:
    """A request's beginning, as the ASGI server passes it on."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 4711),
        "server": ("127.0.0.1", 8080),
    }


def ask(
    server: Canned,
    query: str = "",
    *,
    path: str = ADDRESS,
    method: str = "GET",
    body: list[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request, as the ASGI server passes it on; a body whose last part never comes if it ends with an empty one."""
    scope = request(method, path, query, headers or {})
    parts = list(body or [])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.request", "body": b"", "more_body": False}
        part = parts.pop(0)
        if part == b"":
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(web(server).application(scope, receive, send))
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], found, b"".join(event.get("body", b"") for event in sent[1:]))


def test_operations_and_their_content_types() -> None:
    for operation, body, content_type in (
        ("GetCACaps", b"AES\n", "text/plain; charset=utf-8"),
        ("getcacert", b"certificates", "application/x-x509-ca-ra-cert"),
        ("GETNEXTCACERT", b"signed", "application/x-x509-next-ca-cert"),
    ):
        reply = ask(Canned(), f"operation={operation}&message=")
        assert (reply.status, reply.body, reply.headers["content-type"]) == (200, body, content_type)


def test_the_chain_goes_along_unless_the_address_says_no() -> None:
    server = Canned()
    for path in (ADDRESS, "/scepraserver/scep/noca/pkiclient.exe"):
        reply = ask(server, "operation=PKIOperation", path=path, method="POST", body=[b"a ", b"message"])
        assert (reply.status, reply.headers["content-type"]) == (200, "application/x-pki-message")
    assert server.sent == [(b"a message", "192.0.2.1", True), (b"a message", "192.0.2.1", False)]


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        lambda text: text.replace("=", ""),
        lambda text: text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        lambda text: text[:20] + "%0A" + text[20:40] + "%0D%0A" + text[40:],
    ],
)
def test_old_devices_write_base64_as_they_like(written: Callable[[str], str]) -> None:
    server, message = Canned(), bytes(range(256))
    encoded = base64.b64encode(message).decode()
    assert "+" in encoded
    assert ask(server, f"operation=PKIOperation&message={written(encoded)}").status == 200
    assert server.sent[0][0] == message


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("operation=", 400),
        ("operation=Other", 400),
        ("operation=PKIOperation&message=*", 400),
        ("operation=PKIOperation&message=A", 400),
        ("&".join(f"a{number}=1" for number in range(11)), 400),
        (f"operation=PKIOperation&message={'A' * (LIMIT * 4 // 3 + 8)}", 413),
    ],
)
def test_what_is_no_scep_request(query: str, status: int) -> None:
    assert ask(Canned(), query).status == status


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="ascii"), max_size=100), st.booleans())
def test_any_query_gets_an_answer(query: str, as_message: bool) -> None:
    assert ask(Canned(), f"operation=PKIOperation&message={query}" if as_message else query).status in (200, 400)


def test_addresses_and_methods() -> None:
    assert ask(Canned(), "operation=GetCACaps", path="/scepraserver/scep/other/pkiclient.exe").status == 404
    assert ask(Canned(), "operation=GetCACaps", path="/").status == 404
    for method in ("PUT", "DELETE", "PATCH"):
        assert ask(Canned(), "operation=PKIOperation", method=method).status == 405


def test_bodies_are_bounded_before_and_while_they_are_read() -> None:
    server = Canned()
    for length in (str(LIMIT + 1), "9" * 40, "-1", "x"):
        headers = {"content-length": length}
        assert ask(server, "operation=PKIOperation", method="POST", headers=headers, body=[b""]).status == 413
    parts = [bytes(LIMIT), b"1", b""]
    assert ask(server, "operation=PKIOperation", method="POST", body=parts).status == 413
    assert ask(server, "operation=PKIOperation", method="POST", body=[bytes(LIMIT)]).status == 200
    assert len(server.sent) == 1


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    assert ask(Canned(), "operation=PKIOperation", method="POST", body=[b"a part", b""]).status == 408


@pytest.mark.parametrize(
    ("error", "status"), [(NoPkiMessage("none"), 400), (Unavailable("gone"), 503), (PeerError("forged"), 503)]
)
def test_errors_are_statuses_that_tell_nothing(error: Exception, status: int) -> None:
    reply = ask(Canned([error]), "operation=PKIOperation", method="POST", body=[b"x"])
    assert reply.status == status
    assert b"gone" not in reply.body
    assert b"forged" not in reply.body
    assert ("retry-after" in reply.headers) == (status == 503)


def test_a_defect_is_none_of_the_devices_business() -> None:
    with pytest.raises(Defect):
        ask(Canned([Defect("an invariant")]), "operation=PKIOperation", method="POST", body=[b"x"])


def test_questions_wait_for_the_ca_but_not_for_ever() -> None:
    pending, finished = Answer(b"pending", "a key"), Answer(b"an answer")
    reply = ask(Canned([pending, pending, finished]), "operation=PKIOperation", method="POST", body=[b"x"])
    assert (reply.status, reply.body) == (200, b"an answer")
    assert ask(Canned([pending]), "operation=PKIOperation", method="POST", body=[b"x"]).status == 503


@pytest.mark.parametrize(
    ("following", "status"),
    [
        (Refused(Reason.NO_NEXT_CA_CERTIFICATE, "None is announced."), 404),
        *(
            (Refused(reason), 503)
            for reason in (Refusal.TOO_MANY_OPEN, Refusal.TOO_MANY_IN_HOUR, Reason.TOO_MANY_REQUESTS)
        ),
        (Pending(), 503),
    ],
)
def test_there_may_be_no_next_ca_certificate(following: Refused | Pending, status: int) -> None:
    assert ask(Canned(following=following), "operation=GetNextCACert").status == status


# ---- what the operator's log says


def refusals(lines: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [(line["reason"], line["client"], bool(line["detail"])) for line in lines]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"query": "operation=Other"}, "no_scep_request"),
        ({"query": "operation=PKIOperation&message=*"}, "no_scep_request"),
        ({"query": "a=%FF&" * 11}, "no_scep_request"),
        ({"path": "/"}, "unknown_address"),
        ({"path": "/scepraserver/scep/other/pkiclient.exe"}, "unknown_address"),
        ({"method": "PUT"}, "wrong_method"),
        ({"query": "operation=PKIOperation", "method": "POST", "headers": {"content-length": "99999"}}, "too_large"),
        ({"query": "operation=PKIOperation", "method": "POST", "body": [bytes(LIMIT), b"1"]}, "too_large"),
        ({"query": "operation=PKIOperation", "method": "POST", "body": [b"a part", b""]}, "too_slow"),
    ],
)
def test_each_refusal_before_scep_is_one_line_with_its_client(asked: dict[str, Any], reason: str) -> None:
    with capture_logs() as lines:
        ask(Canned(), **asked)
    assert refusals(lines) == [(reason, "192.0.2.1", True)]


def test_what_is_no_pki_message_is_one_line_that_says_what_was_wrong() -> None:
    with capture_logs() as lines:
        ask(Canned([NoPkiMessage("none", "an attribute is missing")]), "operation=PKIOperation&message=AAAA")
    (line,) = lines
    assert (line["reason"], line["detail"]) == ("no_pki_message", "an attribute is missing")


def test_who_gets_no_answer_in_time_is_one_line() -> None:
    with capture_logs() as lines:
        ask(Canned([Answer(b"pending", "a key")]), "operation=PKIOperation&message=AAAA")
        ask(Canned(following=Pending()), "operation=GetNextCACert")
    assert refusals(lines) == [("ca_silent", "192.0.2.1", True)] * 2


# ---- places for those who wait


@dataclass
class Undecided:
    """A server whose CA answers nothing before it is told to. What is sent to it is the sender's key."""

    looks: int = 0
    decided: bool = False

    def next_ca_certificates(self, address: str) -> bytes | Pending:
        self.looks += 1
        return b"signed" if self.decided else Pending()

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        self.looks += 1
        return Answer(b"an answer") if self.decided else Answer(b"pending", octets.decode())


async def post(application: Any, alias: str, body: bytes, address: str) -> int:
    """The status of the answer to a message, or to a GetNextCACert where there is none."""
    query = "operation=PKIOperation" if body else "operation=GetNextCACert"
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    path = f"/scepraserver/scep/{alias}/pkiclient.exe"
    await application(request("POST", path, query, {}, address), receive, send)
    return statuses[0]


def served(*questions: tuple[str, str]) -> list[bool]:
    """Who gets a place, where one after the other asks, with a key or without, and all of them wait."""
    servers = {str(number): Undecided() for number in range(len(questions))}
    asked = ScepWeb(cast("dict[str, ScepServer]", servers), RequestTiming(patience=60, interval=0.001)).application

    async def all_ask() -> list[int]:
        tasks = []
        for (key, address), (alias, server) in zip(questions, servers.items(), strict=True):
            tasks.append(asyncio.create_task(post(asked, alias, key.encode(), address)))
            while server.looks < 2 and not tasks[-1].done():
                await asyncio.wait({tasks[-1]}, timeout=0.001)
        for server in servers.values():
            server.decided = True
        return await asyncio.gather(*tasks)

    return [status == 200 for status in asyncio.run(all_ask())]


def test_holders_and_those_who_ask_for_the_next_certificate_take_no_place_from_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "IN_ALL", 2)
    nobody = [("", f"192.0.2.{number}") for number in range(3)]
    holders = [(f"key {number}", "192.0.2.1") for number in range(3)]
    assert served(*nobody, *holders) == [True, True, False] * 2
    assert served(*holders, *nobody) == [True, True, False] * 2


def test_a_holder_has_places_by_its_key_and_anybody_else_by_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PER_CLIENT", 1)
    addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1"]
    assert served(*(("", address) for address in addresses)) == [True, True, True, False, False]
    assert served(("key 1", "192.0.2.1"), ("key 2", "192.0.2.1"), ("key 1", "192.0.2.2")) == [True, True, False]


def test_a_place_is_free_again_whatever_happened() -> None:
    places = WaitingPlaces()
    for _ in range(2 * waiting.IN_ALL):
        with pytest.raises(HTTPException), places.taken("a client"):
            raise HTTPException(503)
    with ExitStack() as stack:
        for _ in range(waiting.PER_CLIENT):
            stack.enter_context(places.taken("a client"))
        with pytest.raises(NoWaitingPlace):
            stack.enter_context(places.taken("a client"))


# ---- over a real connection


class Impatient(PunctualProtocol):
    head_seconds = 0.2


@contextmanager
def running(server: Canned) -> Iterator[int]:
    """The port of a server that runs in a thread of its own."""
    with serving(http_server(web(server).application, Listening("127.0.0.1", 0, protocol=Impatient))) as port:
        yield port


@pytest.mark.parametrize("start", [b"", b"GET /scep", b"POST /scepraserver/scep/pkiclient.exe HTTP/1.1\r\nA: b\r\n"])
def test_a_connection_without_a_whole_request_is_closed(start: bytes) -> None:
    with (
        capture_logs() as lines,
        running(Canned()) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as client,
    ):
        began = time.monotonic()
        client.sendall(start)
        assert client.recv(1) == b""
        assert time.monotonic() - began < 5
    assert refusals(lines) == ([("too_slow", "127.0.0.1", True)] if start else [])


def test_a_connection_may_carry_several_requests() -> None:
    with running(Canned()) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(3):
            client.request("GET", f"{ADDRESS}?operation=GetCACaps")
            answer = client.getresponse()
            assert (answer.status, answer.read()) == (200, b"AES\n")
            assert "server" not in answer.headers
        client.close()


def exchanged(octets: bytes) -> bytes:
    """All that a server says to `octets` until it closes the connection."""
    with running(Canned()) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(octets)
        return b"".join(iter(lambda: client.recv(4096), b""))


CAPABILITIES = f"GET {ADDRESS}?operation=GetCACaps HTTP/1.1\r\nHost: ra.example\r\n"


@pytest.mark.parametrize(
    ("framing", "answers"), [("", 2), ("Content-Length: 5\r\n", 1)], ids=["one framing", "two framings"]
)
def test_a_connection_is_closed_after_a_request_with_two_framings(framing: str, answers: int) -> None:
    request = f"{CAPABILITIES}Transfer-Encoding: chunked\r\n{framing}\r\n0\r\n\r\n".encode()
    assert exchanged(2 * request).count(b"HTTP/1.1 200") == answers


@pytest.mark.parametrize("authority", ["http://ra.example", "HTTP://192.0.2.1:8080", "https://[2001:db8::1]:443"])
def test_targets_in_absolute_form_are_served(authority: str) -> None:
    absolute = CAPABILITIES.replace("GET ", f"GET {authority}", 1)
    answer = exchanged(f"{absolute}Connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"AES\n")


def test_an_absolute_target_without_a_path_is_no_address() -> None:
    answer = exchanged(
        b"GET http://ra.example?operation=GetCACaps HTTP/1.1\r\nHost: ra.example\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 404")


def test_json_is_no_message_either() -> None:
    server = Canned([NoPkiMessage("this is no SCEP message")])
    with running(server) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("POST", f"{ADDRESS}?operation=PKIOperation", body=json.dumps({"a": 1}))
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (400, b"this is no SCEP message.")
        client.close()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (
            f"POST {ADDRESS}?operation=PKIOperation HTTP/1.1\r\nHost: ra\r\nContent-Length: 9\r\n\r\npart",
            "disconnected",
        ),
        (
            f"POST {ADDRESS}?operation=PKIOperation HTTP/1.1\r\nHost: ra\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npa",
            "disconnected",
        ),
        ("\x16\x03\x01\x00\xa5\r\n\r\n", "no_http_request"),
    ],
)
def test_what_breaks_off_or_is_no_http_is_one_short_line(
    sent: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines, running(Canned()) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(sent.encode("latin-1"))
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
        assert soon(lambda: bool(lines))
    assert refusals(lines) == [(reason, "127.0.0.1", True)]
    assert len(str(lines)) < 300
    assert caplog.text == ""
