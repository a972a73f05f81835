"""TLS with client certificates: a server that takes no connection without one, and tells which one it was."""

import asyncio
import ssl
from collections.abc import Sequence

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


def require_certificates(context: ssl.SSLContext, issuers: Sequence[bytes]) -> None:
    """Take connections only from clients with a certificate of one of these CAs (RFC 5280, 6.1); whether it is revoked
    is judged elsewhere.

    Args:
        issuers: DER certificates; each of them is believed, a root or not.
    """
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if issuers:
        context.load_verify_locations(cadata=b"".join(issuers))
