"""Whose TLS certificates are believed."""

import ssl
from pathlib import Path

from lockgate.errors import ConfigurationError


def tls_trust(certificates: Path | None) -> ssl.SSLContext | None:
    """Trust in the CAs of a PEM file; None for the system's.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    if certificates is None:
        return None
    try:
        return ssl.create_default_context(cafile=certificates)
    except OSError as error:  # an error of the library is one, too
        raise ConfigurationError(f"{certificates}: no certificates for TLS can be read: {error}") from None
