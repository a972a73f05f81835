"""Makes the programs of the operator."""

from datetime import timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate_app.settings.programs import ProgramTable
from lockgate_app.settings.values import Secret
from lockgate_issuers.command import Program, find_user


def usable_program(table: ProgramTable, max_output: int) -> Program:
    """The program; it is looked at, and not started.

    Args:
        max_output: octets on standard output.

    Raises:
        ConfigurationError: it cannot be started so, others may change it, or a secret cannot be read.
    """
    if table.group is not None and table.user is None:
        raise ConfigurationError("group: needs user, too")
    hidden = {name: value.reveal() for name, value in table.environment.items() if isinstance(value, Secret)}
    plain = {name: value for name, value in table.environment.items() if isinstance(value, str)}
    program = Program(
        path=table.program,
        arguments=tuple(table.arguments),
        environment=plain | hidden,
        secrets=frozenset(hidden.values()),
        directory=table.directory or Path("/"),
        user=None if table.user is None else find_user(table.user, table.group),
        timeout=timedelta(seconds=table.timeout),
        max_output=max_output,
    )
    program.require_usable()
    return program
