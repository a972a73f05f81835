"""A listener that other hosts reach only where the operator wants it."""

import ipaddress
from typing import ClassVar, Self

from pydantic import model_validator

from lockgate.names.hosts import is_loopback
from lockgate_app.settings.values import Table


class ListenerTable(Table):
    """Where a listener for this host's operators is.

    Attributes:
        listen: an IP address and a port: `127.0.0.1:9464`, `[::1]:9464`.
        exposed: whether that may be an address that other hosts reach.
    """

    risk: ClassVar[str]
    """What whoever reaches the listener can do."""
    listen: str
    exposed: bool = False

    @model_validator(mode="after")
    def _on_this_host(self) -> Self:
        if not self.is_loopback and not self.exposed:
            raise ValueError(
                f"listen: other hosts reach {self.host}, and whoever reaches it {self.risk};"
                " name an address of this host alone, 127.0.0.1, or say exposed = true"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether no other host reaches it."""
        return is_loopback(self.host)

    @property
    def host(self) -> str:
        """The IP address."""
        return self._place()[0]

    @property
    def port(self) -> int:
        """The port."""
        return self._place()[1]

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
            example = type(self).model_fields["listen"].default
            raise ValueError(f"listen: {self.listen!a} is no IP address and port, such as {example}")
        return str(address), number
