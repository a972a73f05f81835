"""OCSP over HTTP (RFC 6960, A.1): each question in a POST of its own."""

import secrets
import ssl
import time
from collections.abc import Callable

from lockgate.outside.answers import OcspAnswer, OcspQuestion
from lockgate.ports import OcspResponder
from lockgate_formats.ocsp import NONCE_OCTETS, OcspRequest
from lockgate_transport.places import AN_OCSP_ANSWER, DEFAULT_SECONDS, Bounds, HttpPlace

MAX_ANSWER = 64 * 1024
"""Octets of an answer at most."""
_HEADERS = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}


class HttpOcspResponder(OcspResponder):
    """The OCSP responder at a URL. No redirect is followed, no credential is sent.

    Args:
        seconds: that a question may take, connecting included; looking up the host's name is not.
        tls: for `https`; by default the system's CAs and TLS 1.2 or newer.
        monotonic: seconds on a clock that never goes back.
        octets: a cryptographic generator, for nonces.

    Raises:
        ConfigurationError: this is no URL of a responder.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = DEFAULT_SECONDS,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        octets: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._place = HttpPlace(url, AN_OCSP_ANSWER, Bounds(seconds, MAX_ANSWER), tls=tls, monotonic=monotonic)
        self._octets = octets

    def status(self, question: OcspQuestion) -> OcspAnswer:
        """By the responder that is there now.

        Raises:
            Unavailable: it cannot be reached, is overloaded, asks to come back later, or has not answered in time.
            PeerError: it has not said how the certificate stands.
        """
        request = OcspRequest(question.ca_certificate, question.serial_number, self._octets(NONCE_OCTETS))
        return request.read(self._place.exchange("POST", _HEADERS, request.encoded))
