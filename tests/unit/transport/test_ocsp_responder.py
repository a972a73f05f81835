"""OCSP over HTTP: how requests come, what caches may keep, and what is no OCSP request."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lockgate.errors import PeerError
from lockgate.publishing.answers import PublishedAnswer
from lockgate_formats.ocsp_requests import (
    MALFORMED,
    MAX_REQUEST,
    TRY_LATER,
    UNAUTHORIZED,
    read_answer,
    read_ocsp_request,
)
from lockgate_testing.doubles.host import SteppingClock
from lockgate_testing.doubles.ocsp_answers import MemoryOcspAnswers
from lockgate_transport.http.hourly import HourlyBounds, HourlyCount
from lockgate_transport.responder.answering import PublishedResponder
from lockgate_transport.responder.web import OcspWeb
from tests.support.pki.identities import ec_key, make_authority
from tests.support.pki.ocsp_answers import Answer
from tests.support.wire.asgi import Reply, exchange, refusals, request

LIFETIME, MAX_AGE = timedelta(hours=48), 600
HEADERS = {"content-type": "application/ocsp-request"}
SHA1 = hashes.SHA1()
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CA = make_authority("Management CA", ec_key(5))


class Site:
    """A responder with one published answer.

    Attributes:
        question: DER, about the certificate that has it.
        published: DER.
    """

    def __init__(self) -> None:
        leaf = CA.issue("alice", ec_key(6)).certificate
        built = ocsp.OCSPRequestBuilder().add_certificate(leaf, CA.certificate, SHA1).build()
        self.question = built.public_bytes(Encoding.DER)
        self.published = Answer(issuer=CA, this_update=NOW, next_update=NOW + LIFETIME, nonce=None).to(built)
        self.clock = SteppingClock(NOW + timedelta(minutes=5))
        answers = MemoryOcspAnswers()
        key = read_ocsp_request(self.question).digest
        answers.publish([PublishedAnswer(key, NOW, NOW + LIFETIME, self.published)])
        self.web = OcspWeb(PublishedResponder(answers, self.clock), MAX_AGE, self.clock.now)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return asyncio.run(exchange(self.web.application, request("GET", path, "", headers or {})))

    def post(self, body: bytes, path: str = "/ocsp", headers: dict[str, str] = HEADERS) -> Reply:
        return asyncio.run(exchange(self.web.application, request("POST", path, "", headers), [body]))

    @property
    def path(self) -> str:
        return f"/ocsp/{base64.b64encode(self.question).decode()}"


@pytest.fixture(scope="module")
def made() -> Site:
    return Site()


@pytest.fixture
def site(made: Site) -> Site:
    made.clock = SteppingClock(NOW + timedelta(minutes=5))
    made.web._now = made.clock.now
    made.web._responder._clock = made.clock
    made.web._hour = HourlyCount(None, made.clock.monotonic)
    return made


@pytest.mark.parametrize("path", ["/ocsp", "/ocsp/"])
def test_a_post_is_answered_and_kept_by_nobody(site: Site, path: str) -> None:
    reply = site.post(site.question, path)
    assert (reply.status, reply.body) == (200, site.published)
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == ("application/ocsp-response", "no-store")


def test_a_get_is_answered_for_caches(site: Site) -> None:
    """RFC 5019, 6.2."""
    reply = site.get(site.path)
    assert (reply.status, reply.body) == (200, site.published)
    assert reply.headers["cache-control"] == f"max-age={MAX_AGE}, public, no-transform, must-revalidate"
    assert parsedate_to_datetime(reply.headers["last-modified"]) == NOW
    assert parsedate_to_datetime(reply.headers["expires"]) == NOW + LIFETIME
    again = site.get(site.path, {"if-none-match": reply.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", reply.headers["etag"])
    assert site.get(site.path, {"if-none-match": '"another"'}).status == 200


def test_no_cache_keeps_an_answer_longer_than_it_counts(site: Site) -> None:
    site.clock.sleep((LIFETIME - timedelta(minutes=6)).total_seconds())
    assert site.get(site.path).headers["cache-control"].startswith("max-age=60,")
    site.clock.sleep(60)
    ended = site.get(site.path)
    assert (ended.status, ended.body, ended.headers["cache-control"]) == (200, TRY_LATER, "no-store")


def test_base64_as_clients_and_proxies_leave_it(site: Site) -> None:
    whole = base64.b64encode(site.question).decode()
    urlsafe = base64.urlsafe_b64encode(site.question).decode()
    lines = f"{whole[:64]}\r\n{whole[64:]}\n"
    for written in (whole.rstrip("="), urlsafe, urlsafe.rstrip("="), whole.replace("+", " "), f"/{whole}", lines):
        assert site.get(f"/ocsp/{written}").body == site.published, written


@pytest.mark.parametrize("path", ["/ocsp/", "/ocsp/no+base64!", "/ocsp/MAMCAQU=", "/ocsp/%"])
def test_a_path_that_is_no_question(site: Site, path: str) -> None:
    reply = site.get(path)
    assert (reply.status, reply.body, reply.headers["cache-control"]) == (200, MALFORMED, "no-store")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "reason"),
    [
        ("POST", "/", HEADERS, 404, "unknown_address"),
        ("POST", "/ocsp", {}, 415, "wrong_media_type"),
        ("POST", "/ocsp", HEADERS | {"content-length": str(MAX_REQUEST + 1)}, 413, "too_large"),
        ("GET", f"/ocsp/{'M' * (2 * MAX_REQUEST)}", {}, 413, "too_large"),
        ("PUT", "/ocsp", HEADERS, 405, "wrong_method"),
    ],
)
def test_what_is_no_request_has_a_status_of_http(
    site: Site, method: str, path: str, headers: dict[str, str], status: int, reason: str
) -> None:
    with capture_logs() as lines:
        reply = asyncio.run(exchange(site.web.application, request(method, path, "", headers)))
    assert reply.status == status
    assert refusals(lines) == [(reason, "192.0.2.1", True)]


@pytest.mark.parametrize(
    ("path", "methods"), [("/ocsp", "POST"), ("/ocsp/", "GET, HEAD, POST"), ("/ocsp/MAMCAQU=", "GET, HEAD")]
)
def test_a_wrong_method_is_told_all_that_the_address_has(site: Site, path: str, methods: str) -> None:
    reply = asyncio.run(exchange(site.web.application, request("DELETE", path, "", {})))
    assert (reply.status, reply.headers["allow"]) == (405, methods)


def test_each_refusal_is_told_to_the_operator(site: Site) -> None:
    unknown = ocsp.OCSPRequestBuilder().add_certificate(CA.certificate, CA.certificate, SHA1).build()
    with capture_logs() as lines:
        assert site.post(unknown.public_bytes(Encoding.DER)).body == UNAUTHORIZED
        assert site.post(b"no question").body == MALFORMED
    assert refusals(lines) == [("unknown_certificate", "192.0.2.1", True), ("no_ocsp_request", "192.0.2.1", True)]


@pytest.mark.parametrize("bounds", [HourlyBounds(2, 9), HourlyBounds(9, 2)])
def test_a_client_asks_so_often_in_an_hour(site: Site, bounds: HourlyBounds) -> None:
    site.web._hour = HourlyCount(bounds, site.clock.monotonic)
    assert [site.get(site.path).body, site.post(site.question).body] == [site.published] * 2
    with capture_logs() as lines:
        later = site.get(site.path)
    assert (later.status, later.body, later.headers["cache-control"]) == (200, TRY_LATER, "no-store")
    assert refusals(lines) == [("too_many_in_hour", "192.0.2.1", True)]
    site.clock.sleep(3600)
    assert site.get(site.path).body == site.published


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_octets_of_anybody_are_answered(octets: bytes) -> None:
    responder = PublishedResponder(MemoryOcspAnswers(), SteppingClock(NOW))
    assert responder.answer(octets, "192.0.2.1").octets in (MALFORMED, UNAUTHORIZED)
    with pytest.raises(PeerError):
        read_answer(octets)
