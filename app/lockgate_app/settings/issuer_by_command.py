"""`[ca.issuers.NAME]` with `kind = "command"`: a CA behind a program of the operator."""

from typing import Literal

from lockgate_app.settings.values import FilePath, Table


class CommandIssuerOptions(Table):
    """The program.

    Attributes:
        program: gets each request on its standard input.
    """

    program: FilePath


class CommandIssuerTable(Table):
    """A remote issuer behind a program."""

    kind: Literal["command"]
    options: CommandIssuerOptions
