"""Makes the remote issuer of the kind `command`."""

from datetime import timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.ports import RemoteIssuer
from lockgate_app.settings.issuer_by_command import CommandIssuerOptions
from lockgate_app.settings.values import Secret
from lockgate_issuers.command import CommandIssuer, Program, Promise, find_user


def command_issuer(name: str, options: CommandIssuerOptions) -> RemoteIssuer:
    """The issuer of that name; its program is looked at, and not started.

    Raises:
        ConfigurationError: the program cannot be started so, others may change it, or a secret cannot be read.
    """
    program = _program(options)
    program.require_usable()
    longest_wait = timedelta(seconds=options.longest_wait)
    return CommandIssuer(name, program, map(Promise, options.promises), options.calls, longest_wait)


def _program(options: CommandIssuerOptions) -> Program:
    if options.group is not None and options.user is None:
        raise ConfigurationError("group: needs user, too")
    hidden = {name: value.reveal() for name, value in options.environment.items() if isinstance(value, Secret)}
    plain = {name: value for name, value in options.environment.items() if isinstance(value, str)}
    return Program(
        path=options.program,
        arguments=tuple(options.arguments),
        environment=plain | hidden,
        secrets=frozenset(hidden.values()),
        directory=options.directory or Path("/"),
        user=None if options.user is None else find_user(options.user, options.group),
        timeout=timedelta(seconds=options.timeout),
        max_output=options.max_output,
    )
