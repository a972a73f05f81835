"""A program of the operator, in a table of the configuration."""

from collections.abc import Mapping

from pydantic import Field

from lockgate_app.settings.values import FilePath, Secret, Table


class ProgramTable(Table):
    """The program, and how it is started.

    Attributes:
        program: gets each request on its standard input; nobody but its owner may write to it or to its directory.
        arguments: the program gets them as they are, the same each time; there is no shell.
        environment: every variable that it gets; the texts of secrets are in no log line.
        directory: that it starts in; `/` without.
        user: that it runs as, which takes root; the user of Lockgate without.
        group: the only group of that user then; the user's own without.
        timeout: seconds; then the program is killed, with everything that it has started.
    """

    program: FilePath
    arguments: list[str] = Field(default_factory=list)
    environment: Mapping[str, str | Secret] = Field(default_factory=dict)
    directory: FilePath | None = None
    user: str | None = None
    group: str | None = None
    timeout: int = Field(default=30, ge=1, le=3600)
