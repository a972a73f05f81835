"""`[health]`: where `lockgate serve` tells how this host does."""

import ipaddress
from typing import Self

from pydantic import Field, model_validator

from lockgate.names.hosts import is_loopback
from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.values import Table

DEFAULT_PORT = 9464
"""As other exporters of metrics have it."""
CONNECTIONS = 20
"""At a time: monitoring holds one or two."""


class HealthTable(Table):
    """The listener for monitoring (docs/monitoring.md); without the table nothing listens.

    Attributes:
        listen: the IP address and the port where monitoring asks: `127.0.0.1:9464`, `[::1]:9464`.
        exposed: whether that may be an address that other hosts reach; whoever reaches it reads the metrics.
        interval: seconds between two looks at a database.
    """

    listen: str = f"127.0.0.1:{DEFAULT_PORT}"
    exposed: bool = False
    interval: int = Field(default=15, ge=1, le=3600)

    @model_validator(mode="after")
    def _on_this_host(self) -> Self:
        if not is_loopback(self.host) and not self.exposed:
            raise ValueError(
                f"listen: other hosts reach {self.host}, and whoever reaches it reads this host's metrics;"
                " name an address of this host alone, 127.0.0.1, or say exposed = true"
            )
        return self

    @property
    def host(self) -> str:
        """The IP address."""
        return self._place()[0]

    @property
    def port(self) -> int:
        """The port."""
        return self._place()[1]

    @property
    def http(self) -> HttpTable:
        """As every HTTP server takes it."""
        return HttpTable(
            host=self.host,
            port=self.port,
            connections_per_client=CONNECTIONS,
            connections_in_all=CONNECTIONS,
        )

    def _place(self) -> tuple[str, int]:
        """Both.

        Raises:
            ValueError: they cannot be read.
        """
        host, _, port = self.listen.rpartition(":")
        try:
            address = ipaddress.ip_address(host[1:-1] if host.startswith("[") else host)
            number = int(port) if port.isascii() and port.isdecimal() else -1
        except ValueError:
            number = -1
        if not 0 <= number <= 65_535:
            raise ValueError(f"listen: {self.listen!a} is no IP address and port, such as 127.0.0.1:{DEFAULT_PORT}")
        return str(address), number
