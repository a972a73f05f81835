"""What the settings of an HTTP server must be able to do."""

import ssl

from lockgate.errors import ConfigurationError
from lockgate_app.keys import read_file
from lockgate_app.settings.http import HttpTable


def judge_tls(table: HttpTable) -> None:
    """Where the server speaks TLS, its key must be the one in its certificate.

    Raises:
        ConfigurationError: it is not, or a file cannot be used.
    """
    if table.tls_certificate is None or table.tls_key is None:
        return
    for path in (table.tls_certificate, table.tls_key):
        read_file(path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(table.tls_certificate, table.tls_key, lambda: "")
    except ssl.SSLError:
        raise ConfigurationError(
            f"tls_key: {table.tls_key} is not the PEM key, without a password, of the certificate in "
            f"{table.tls_certificate}"
        ) from None
