"""Asking a real OCSP server, friendly or hostile."""

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from lockgate.errors import ConfigurationError, PeerError, Unavailable
from lockgate.outside.answers import OcspQuestion
from lockgate_formats.ocsp import NONCE_OCTETS
from lockgate_transport.ocsp import MAX_ANSWER, HttpOcspResponder
from tests.integration.test_outside_crls import (
    answer,
    dripping,
    dripping_head,
    endless,
    saying,
    serving,
)
from tests.support.pki.identities import authority
from tests.support.pki.ocsp_answers import Answer

SERIAL = 4711
QUESTION = OcspQuestion(ca_name="PartnerCA", key="a" * 64, serial_number=SERIAL, ca_certificate=authority().der)
TOO_LARGE = f"the OCSP answer has more than {MAX_ANSWER} octets"


def silent(connected: socket.socket) -> None:
    while connected.recv(4096):
        pass


HOSTILE = {
    "endless": (endless, PeerError, TOO_LARGE),
    "dripping": (dripping, Unavailable, "has not sent the OCSP answer within"),
    "dripping head": (dripping_head, Unavailable, "has not sent the OCSP answer within"),
    "silent": (silent, Unavailable, "has not sent the OCSP answer within"),
    "too large": (saying(answer(b"\0" * (MAX_ANSWER + 1))), PeerError, TOO_LARGE),
    "cut off": (saying(answer(b"0", length=2)), Unavailable, "cannot be reached"),
    "nothing": (saying(b""), Unavailable, "cannot be reached"),
    "no HTTP": (saying(b"220 ready\r\n"), PeerError, "does not answer in HTTP"),
    "not found": (saying(answer(b"", "404 Not Found")), PeerError, "no OCSP answer there: HTTP status 404"),
    "overloaded": (saying(answer(b"", "503 Service Unavailable")), Unavailable, "HTTP status 503"),
    "an empty answer": (saying(answer(b"")), PeerError, "this is no OCSP answer"),
    "garbage": (saying(answer(b"\x30\x03\x0a\x01\x07")), PeerError, "this is no OCSP answer"),
    "no content": (saying(answer(b"\x30\x03\x0a\x01\x00")), PeerError, "this is no OCSP answer"),
    "deeply nested": (saying(answer(b"\x30\x80" * 30_000)), PeerError, "this is no OCSP answer"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_server_that_does_not_do_as_it_should(kind: str) -> None:
    handler, error, text = HOSTILE[kind]
    began = time.monotonic()
    with serving(handler) as server, pytest.raises(error, match=text):
        HttpOcspResponder(server.url, seconds=0.5).status(QUESTION)
    assert time.monotonic() - began < 30


def test_a_question_is_asked_without_any_credential_and_with_a_nonce_of_its_own() -> None:
    drawn: list[bytes] = []

    def octets(count: int) -> bytes:
        drawn.append(bytes([len(drawn)]) * count)
        return drawn[-1]

    with serving(saying(answer(b""))) as server:
        responder = HttpOcspResponder(server.url, octets=octets)
        for _ in range(2):
            with pytest.raises(PeerError):
                responder.status(QUESTION)
    assert drawn == [b"\0" * NONCE_OCTETS, b"\1" * NONCE_OCTETS]
    for asked in server.asked:
        assert asked.startswith(b"POST /ca.crl?part=1 HTTP/1.1\r\n")
        assert b"Content-Type: application/ocsp-request" in asked
        assert b"authorization" not in asked.lower()
        assert b"cookie" not in asked.lower()


def test_an_answer_that_was_recorded_is_refused_for_another_question() -> None:
    """Where the server echoes nonces."""
    now = datetime.now(UTC).replace(microsecond=0)
    said = Answer(issuer=authority(), this_update=now, next_update=now + timedelta(hours=1), nonce=b"n" * 32)
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(b"0" * 20, b"0" * 20, SERIAL, hashes.SHA1()).build()
    recorded = said.to(request)
    with serving(saying(answer(recorded))) as server:
        known = HttpOcspResponder(server.url, octets=lambda _: b"n" * 32).status(QUESTION)
        assert (known.status.this_update, known.status.revoked, known.responder) == (now, None, None)
        with pytest.raises(PeerError, match="the nonce of another request"):
            HttpOcspResponder(server.url).status(QUESTION)


def test_a_redirect_is_not_followed() -> None:
    with serving(saying(answer(b""))) as other:
        moved = saying(answer(b"", "307 Temporary Redirect", f"Location: {other.url}"))
        with serving(moved) as server, pytest.raises(PeerError, match="a redirect is not followed"):
            HttpOcspResponder(server.url).status(QUESTION)
        assert not other.asked


@pytest.mark.parametrize("url", ["ocsp.example", "http://user:password@ocsp.example/", "ldap://ocsp.example/"])
def test_what_is_no_url_of_a_responder_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no URL of an OCSP answer") as caught:
        HttpOcspResponder(url)
    assert "password@" not in str(caught.value)
