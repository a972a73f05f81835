"""The settings that every enrolment server of an RA host has: where it listens, its secret, and its bounds."""

from datetime import timedelta
from typing import Self

from pydantic import Field, field_validator, model_validator

from lockgate.enrolment.clients import networks
from lockgate.enrolment.rules import DEFAULT_BOUNDS, DEFAULT_LIFETIME, EnrolmentRules
from lockgate.ports import Bounds
from lockgate_app.settings.values import FilePath, Secret, Table

DEFAULT_HOST = "0.0.0.0"  # noqa: S104  (devices come from other hosts)
DEFAULT_PORT = 8080


class FrontTable(Table):
    """An enrolment server of an RA host.

    Attributes:
        secret: protects the state that the servers keep in the message database; the same for all servers on one.
        host, port: where it listens.
        tls_certificate, tls_key: PEM files; without them it speaks plain HTTP, as most devices want it.
        proxies: addresses and networks of reverse proxies, whose word on who the client is counts; `*`: of anybody.
        transaction_lifetime: seconds for which a transaction can be polled.
        open_per_client, open_in_all: transactions that may wait for their answer at a time, on each side: for
            strangers, holders of a certificate, and questions about what the CA publishes.
        hourly_per_client, hourly_per_holder, hourly_in_all: transactions that may be opened within an hour, likewise;
            by one stranger, and by one holder.
    """

    secret: Secret
    host: str = DEFAULT_HOST
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65_535)
    tls_certificate: FilePath | None = None
    tls_key: FilePath | None = None
    proxies: list[str] = Field(default_factory=list)
    transaction_lifetime: int = Field(default=DEFAULT_LIFETIME // timedelta(seconds=1), ge=3600, le=90 * 86_400)
    open_per_client: int = Field(default=DEFAULT_BOUNDS.per_client, ge=1, le=1_000_000)
    open_in_all: int = Field(default=DEFAULT_BOUNDS.in_all, ge=1, le=1_000_000)
    hourly_per_client: int = Field(default=DEFAULT_BOUNDS.hourly_per_client, ge=1, le=1_000_000)
    hourly_per_holder: int = Field(default=DEFAULT_BOUNDS.hourly_per_holder, ge=1, le=1_000_000)
    hourly_in_all: int = Field(default=DEFAULT_BOUNDS.hourly_in_all, ge=1, le=1_000_000)

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

    @property
    def rules(self) -> EnrolmentRules:
        """How long transactions live, and how many there may be."""
        bounds = Bounds(
            per_client=self.open_per_client,
            in_all=self.open_in_all,
            hourly_per_client=self.hourly_per_client,
            hourly_per_holder=self.hourly_per_holder,
            hourly_in_all=self.hourly_in_all,
        )
        return EnrolmentRules(timedelta(seconds=self.transaction_lifetime), bounds=bounds)
