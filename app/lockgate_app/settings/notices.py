"""`[notices]`: what operators are told of by a program or a webhook."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from lockgate.names.hosts import is_unread_on_the_way
from lockgate_app.settings.programs import ProgramTable
from lockgate_app.settings.values import FilePath, Secret, Table


class WebhookTable(Table):
    """A URL that takes JSON by POST.

    Attributes:
        url: takes JSON by POST.
        authorization: the value of that header; with `https` only.
        tls_certificates: PEM file of the CAs of its TLS certificate; the system's without.
        timeout: seconds.
    """

    url: str
    authorization: Secret | None = None
    tls_certificates: FilePath | None = None
    timeout: int = Field(default=30, ge=1, le=3600)

    @model_validator(mode="after")
    def _secret_on_the_way(self) -> Self:
        if self.authorization is not None and not is_unread_on_the_way(self.url):
            raise ValueError("authorization: whoever is on the way reads it; url must begin with https:")
        return self


class NoticesTable(Table):
    """Who is told, and of what (docs/operation.md#notices).

    Attributes:
        command, webhook: exactly one of them.
        every: seconds between two looks.
        approvals: tell of each request that begins to wait for administrators.
        expiring: tell of each certificate that is good and was not renewed, these numbers of days before its end; an
            empty list for none.
    """

    command: ProgramTable | None = None
    webhook: WebhookTable | None = None
    every: int = Field(default=60, ge=10, le=86_400)
    approvals: bool = True
    expiring: list[Annotated[int, Field(ge=1, le=366)]] = Field(default_factory=lambda: [30, 7, 1], max_length=10)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (self.webhook is None):
            raise ValueError("give a table command, or a table webhook")
        return self
