"""`[tracing]`: the collector that takes traces of messages."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lockgate.names.hosts import is_unread_on_the_way
from lockgate_app.settings.values import FilePath, Secret, Table

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class TracingTable(Table):
    """A collector.

    Attributes:
        endpoint: the URL that takes OTLP over HTTP, its path included: `https://collector.example.org:4318/v1/traces`;
            `http` only on this host.
        headers: sent with each delivery; each value is a secret.
        tls_certificates: PEM file of the CAs of its TLS certificate; the system's without.
        sample: the share of the traces that are recorded, from 0 to 1.
        timeout: seconds that a delivery may take.
    """

    endpoint: str
    headers: Mapping[HeaderName, Secret] = Field(default_factory=dict)
    tls_certificates: FilePath | None = None
    sample: float = Field(default=1, ge=0, le=1)
    timeout: int = Field(default=30, ge=1, le=3600)

    @model_validator(mode="after")
    def _unread_on_the_way(self) -> Self:
        if not is_unread_on_the_way(self.endpoint):
            raise ValueError("endpoint: whoever is on the way reads it; it must begin with https:, or name this host")
        return self
