"""The settings of every HTTP server: where it listens, whom it believes, and how many connections it takes."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from lockgate.enrolment.clients import networks
from lockgate_app.settings.values import FilePath, Table

DEFAULT_HOST = "0.0.0.0"  # noqa: S104  (devices come from other hosts)
DEFAULT_PORT = 8080


class HttpTable(Table):
    """An HTTP server.

    Attributes:
        host: the IP address where it listens.
        port: the port.
        tls_certificate: PEM file of its certificate and those above it; without, it speaks plain HTTP.
        tls_key: PEM file, without a password.
        proxies: addresses and networks of reverse proxies, whose X-Forwarded-For is believed, and whose connections are
            bounded in all only; `*` for anybody.
        connections_per_client: at a time, from one IPv4 address or one IPv6 network of 64 bits.
        connections_in_all: at a time, from all of them.
    """

    host: str = DEFAULT_HOST
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65_535)
    tls_certificate: FilePath | None = None
    tls_key: FilePath | None = None
    proxies: list[str] = Field(default_factory=list)
    connections_per_client: int = Field(default=100, ge=1, le=100_000)
    connections_in_all: int = Field(default=1000, ge=1, le=100_000)

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            try:
                networks(proxy)
            except ValueError:
                raise ValueError(f"{proxy!a} is neither an IP address nor a network") from None
        return proxies

    @model_validator(mode="after")
    def _whole_tls(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; one of them is missing")
        return self
