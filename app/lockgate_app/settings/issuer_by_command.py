"""`[ca.issuers.NAME]` with `kind = "command"`: a CA behind a program of the operator (docs/issuer-command.md)."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from lockgate_app.settings.values import DAY, FilePath, Secret, Table


class CommandIssuerOptions(Table):
    """The program, how it is started, and what it promises.

    Attributes:
        program: gets each request on its standard input.
        arguments: the same each time.
        environment: every variable that it gets; a plain text is no secret.
        directory: that it starts in.
        user, group: None for those of Lockgate; a user's own group where only the user is set.
        timeout: seconds.
        calls: runs at a time.
        longest_wait: seconds for which it may answer `later`.
        promises: see `lockgate.ports.Traits`.
        max_output: octets.
    """

    program: FilePath
    arguments: list[str] = Field(default_factory=list)
    environment: Mapping[str, str | Secret] = Field(default_factory=dict)
    directory: FilePath | None = None
    user: str | None = None
    group: str | None = None
    timeout: int = Field(default=30, ge=1, le=3600)
    calls: int = Field(default=4, ge=1, le=64)
    longest_wait: int = Field(default=7 * DAY, ge=DAY, le=366 * DAY)
    promises: list[Literal["idempotent", "looks_up"]] = Field(default_factory=list)
    max_output: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024)


class CommandIssuerTable(Table):
    """A remote issuer behind a program."""

    kind: Literal["command"]
    options: CommandIssuerOptions
