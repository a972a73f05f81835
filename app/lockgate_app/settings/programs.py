"""A program of the operator, in a table of the configuration."""

from collections.abc import Mapping

from pydantic import Field

from lockgate_app.settings.values import FilePath, Secret, Table


class ProgramTable(Table):
    """The program, and how it is started.

    Attributes:
        program: gets each request on its standard input.
        arguments: the same each time.
        environment: every variable that it gets; a plain text is no secret.
        directory: that it starts in.
        user, group: None for those of Lockgate; a user's own group where only the user is set.
        timeout: seconds.
    """

    program: FilePath
    arguments: list[str] = Field(default_factory=list)
    environment: Mapping[str, str | Secret] = Field(default_factory=dict)
    directory: FilePath | None = None
    user: str | None = None
    group: str | None = None
    timeout: int = Field(default=30, ge=1, le=3600)
