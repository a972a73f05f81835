"""Makes the remote issuer of the kind `command`."""

from datetime import timedelta

from lockgate.ports import RemoteIssuer
from lockgate_app.container.programs import usable_program
from lockgate_app.settings.issuer_by_command import CommandIssuerOptions
from lockgate_issuers.command import CommandIssuer, Promise


def command_issuer(name: str, options: CommandIssuerOptions) -> RemoteIssuer:
    """The issuer of that name; its program is looked at, and not started.

    Raises:
        ConfigurationError: the program cannot be started so, others may change it, or a secret cannot be read.
    """
    program = usable_program(options, options.max_output)
    longest_wait = timedelta(seconds=options.longest_wait)
    return CommandIssuer(name, program, map(Promise, options.promises), options.calls, longest_wait)
