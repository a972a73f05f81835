"""URLs of HTTP servers that the configuration names."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from lockgate.errors import ConfigurationError

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """Where something is.

    Attributes:
        target: path and query.
    """

    host: str
    port: int
    target: str
    secure: bool

    @classmethod
    def of(cls, url: str, what: str) -> Self:
        """The parts of `url`, for example `http://crl.example/ca.crl`.

        Args:
            what: is there, for messages, for example `a CRL`.

        Raises:
            ConfigurationError: it is no URL of that kind, or has a user, a password or a fragment.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # its text may have the password
            raise ConfigurationError(f"this is no URL of {what}: its host or port cannot be read") from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fit = target.isascii() and target.isprintable() and " " not in target and not parts.fragment
        if parts.scheme not in PORTS or not parts.hostname or parts.username is not None or not fit:
            raise ConfigurationError(
                f"this is no URL of {what}: http://HOST/PATH or https://HOST/PATH, without user and password"
            )
        return cls(parts.hostname, port or PORTS[parts.scheme], target, parts.scheme == "https")

    @property
    def where(self) -> str:
        """The server, for messages."""
        return f"{self.host}:{self.port}"
