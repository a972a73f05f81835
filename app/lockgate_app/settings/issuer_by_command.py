"""`[ca.issuers.NAME]` with `kind = "command"`: a CA behind a program of the operator (docs/issuer-command.md)."""

from typing import Literal

from pydantic import Field

from lockgate_app.settings.programs import ProgramTable
from lockgate_app.settings.values import DAY, LONGEST_WAIT, Table


class CommandIssuerOptions(ProgramTable):
    """The program, and what it promises.

    Attributes:
        calls: runs at a time.
        longest_wait: seconds for which it may answer `later`; then the operation is in doubt
            (docs/issuers.md#an-operation-in-doubt).
        promises: what the operator says that the program keeps (docs/issuer-command.md#promises).
        max_output: octets on its standard output at most.
    """

    calls: int = Field(default=4, ge=1, le=64)
    longest_wait: int = Field(default=LONGEST_WAIT, ge=DAY, le=366 * DAY)
    promises: list[Literal["idempotent", "looks_up"]] = Field(default_factory=list)
    max_output: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024)


class CommandIssuerTable(Table):
    """A remote issuer behind a program (docs/issuer-command.md). NAME must not be a worker's."""

    kind: Literal["command"]
    options: CommandIssuerOptions
