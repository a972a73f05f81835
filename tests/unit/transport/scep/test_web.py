"""The HTTP side: what is no SCEP message, what is too large, too slow or too much."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lockgate.enrolment.outcome import Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.errors import Defect, PeerError, Unavailable
from lockgate.reasons import Reason
from lockgate_transport.scep.messages import NoPkiMessage
from lockgate_transport.scep.server import Answer
from tests.support.wire.asgi import refusals
from tests.support.wire.scep_web import ADDRESS, LIMIT, Canned, ask


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
