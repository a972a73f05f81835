"""TLS with client certificates: a server that takes no connection without one, and tells which one it was."""

import asyncio
import ssl
from collections.abc import Callable, Sequence

from lockgate_transport.http.serving import PunctualProtocol

PEER_CERTIFICATE = "peer_certificate"
"""In the state of a request: the DER certificate of the client."""


class CertifiedProtocol(PunctualProtocol):
    """Tells each request the client certificate of its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The handshake is over."""
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self.app_state = {**self.app_state, PEER_CERTIFICATE: certificate}


class BelievedIssuers:
    """The CAs whose certificates clients must have (RFC 5280, 6.1); whether one is revoked is judged elsewhere.

    Args:
        context: of the server's TLS.
        read: gives the DER certificates of the CAs as they are now; each of them is believed, a root or not.
    """

    def __init__(self, context: ssl.SSLContext, read: Callable[[], Sequence[bytes]]) -> None:
        self._context, self._read = context, read
        self._believed: set[bytes] = set()
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN

    def look(self) -> None:
        """Believe those that are new, from the next connection on. One that is gone is believed until the process ends.

        Raises:
            Unavailable: the CAs cannot be read now.
        """
        new = set(self._read()) - self._believed
        if new:
            self._context.load_verify_locations(cadata=b"".join(new))
            self._believed |= new
