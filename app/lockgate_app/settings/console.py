"""`[console]`: where `lockgate serve` shows administrators what waits for them, and how this host does."""

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, model_validator

from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.listening import ListenerTable
from lockgate_app.settings.values import FilePath, base_directory

DEFAULT_PORT = 9465
LINK_FILE = "console-link"
CONNECTIONS_PER_CLIENT, CONNECTIONS = 20, 100
"""At a time, of one client address and in all; a browser holds six."""


class ConsoleTable(ListenerTable):
    """The console for administrators (docs/console.md); without the table nothing listens.

    Attributes:
        listen: the IP address and the port: `127.0.0.1:9465`, `[::1]:9465`.
        exposed: whether that may be an address that other hosts reach; TLS is needed then.
        tls_certificate, tls_key: PEM files; with them an administrator enters with a client certificate, without them
            by a one-time link of `lockgate console link`, on this host only.
        link_directory: where the digest of the last one-time link is kept until it is used; the user that runs the
            console writes there. The folder of `lockgate.toml` by default.
    """

    risk: ClassVar[str] = "reaches the console"
    listen: str = f"127.0.0.1:{DEFAULT_PORT}"
    tls_certificate: FilePath | None = None
    tls_key: FilePath | None = None
    link_directory: FilePath = Field(default=Path())

    @model_validator(mode="before")
    @classmethod
    def _links_beside_the_settings(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        return {"link_directory": str(base_directory(info)), **value}

    @model_validator(mode="after")
    def _with_tls_for_other_hosts(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; one of them is missing")
        if self.port == 0:
            raise ValueError("listen: name the port; one-time links lead to it")
        if not self.is_loopback and not self.takes_certificates:
            raise ValueError("listen: other hosts reach the console over TLS only; give tls_certificate and tls_key")
        return self

    @property
    def takes_certificates(self) -> bool:
        """Whether administrators enter with client certificates; otherwise by one-time links."""
        return self.tls_certificate is not None

    @property
    def link_file(self) -> Path:
        """The file of the last one-time link."""
        return self.link_directory / LINK_FILE

    @property
    def http(self) -> HttpTable:
        """As every HTTP server takes it."""
        table = HttpTable(
            host=self.host,
            port=self.port,
            connections_per_client=CONNECTIONS_PER_CLIENT,
            connections_in_all=CONNECTIONS,
        )
        return table.model_copy(update={"tls_certificate": self.tls_certificate, "tls_key": self.tls_key})
