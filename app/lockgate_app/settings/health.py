"""`[health]`: where `lockgate serve` tells how this host does."""

from typing import ClassVar

from pydantic import Field

from lockgate_app.settings.http import HttpTable
from lockgate_app.settings.listening import ListenerTable

DEFAULT_PORT = 9464
"""As other exporters of metrics have it."""
CONNECTIONS = 20
"""At a time: monitoring holds one or two."""


class HealthTable(ListenerTable):
    """The listener for monitoring (docs/monitoring.md); without the table nothing listens.

    Attributes:
        listen: the IP address and the port where monitoring asks: `127.0.0.1:9464`, `[::1]:9464`.
        exposed: whether that may be an address that other hosts reach; whoever reaches it reads the metrics.
        interval: seconds between two looks at a database.
    """

    risk: ClassVar[str] = "reads this host's metrics"
    listen: str = f"127.0.0.1:{DEFAULT_PORT}"
    interval: int = Field(default=15, ge=1, le=3600)

    @property
    def http(self) -> HttpTable:
        """As every HTTP server takes it."""
        return HttpTable(
            host=self.host,
            port=self.port,
            connections_per_client=CONNECTIONS,
            connections_in_all=CONNECTIONS,
        )
