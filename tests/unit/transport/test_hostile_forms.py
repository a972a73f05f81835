"""What no browser sends, and what no page should meet: it is refused in plain words, and each answer is protected."""

import asyncio
from collections.abc import Mapping

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from lockgate.errors import Defect
from lockgate_transport.http.refusing import RefusedRequest
from lockgate_transport.pages.forms import MAX_CONTENT_TYPE, Form, read_form
from lockgate_transport.pages.protection import HEADERS, require_own_origin
from lockgate_transport.pages.rendering import Pages
from tests.support.wire.asgi import Reply, exchange, request

HOST = "ra.example"
OWN = {"Host": HOST, "Origin": f"https://{HOST}"}
BODY = b'--x\r\nContent-Disposition: form-data; name="word"\r\n\r\n%s\r\n--x--\r\n'
_PAGES = Pages("tests.support.sample_pages", "Samples", {})


async def _take(asked: Request) -> Response:
    require_own_origin(asked)
    form = await read_form(asked)
    return Response(form.text("word", 100_000))


async def _break(_: Request) -> Response:
    raise Defect("something that must not be")


def send(path: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    routes = [Route("/", _take, methods=["POST"]), Route("/broken", _break, methods=["POST"])]
    return asyncio.run(exchange(_PAGES.app(routes), request("POST", path, "", OWN | dict(headers)), [body]))


@pytest.mark.parametrize("charset", ["idna", "undefined", "punycode", "unicode_escape", "utf-16", "latin-1", '""'])
def test_a_form_names_no_codec(charset: str) -> None:
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert send("/", kind, BODY % b"\\ud800").status == 400


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", '; charset="utf-8"'])
def test_a_form_in_utf_8_is_read(charset: str) -> None:
    answer = send("/", {"Content-Type": f"multipart/form-data; boundary=x{charset}"}, BODY % "Jürgen".encode())
    assert (answer.status, answer.body.decode()) == (200, "Jürgen")


def test_a_media_type_of_any_length_is_not_read() -> None:
    """The boundary is a good one, so that nothing but the length tells it from a form of a browser."""
    kind = {"Content-Type": "multipart/form-data; boundary=x; padding=" + "a" * MAX_CONTENT_TYPE}
    assert send("/", kind, BODY % b"one").status == 415


def test_a_text_that_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(RefusedRequest) as refused:
        Form({"word": ["\ud800"]}, {}).text("word", 10)
    assert refused.value.status_code == 400


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//]"])
def test_an_origin_that_cannot_be_read_is_another(origin: str) -> None:
    assert send("/", {"Origin": origin}).status == 403


def test_a_defect_is_told_in_plain_words_and_logged_once() -> None:
    with capture_logs() as lines:
        answer = send("/broken", {})
    assert answer.status == 500
    assert "The server has met a defect" in answer.body.decode()
    assert "something that must not be" not in answer.body.decode()
    assert {name: answer.headers[name.lower()] for name in HEADERS} == dict(HEADERS)
    (line,) = lines
    assert (line["log_level"], line["path"]) == ("error", "/broken")
    assert isinstance(line["exc_info"], Defect)
