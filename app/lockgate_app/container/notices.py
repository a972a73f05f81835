"""Makes the way by which operators are told."""

from collections.abc import Callable

from lockgate.errors import ConfigurationError
from lockgate_app.container.programs import usable_program
from lockgate_app.container.tls import tls_trust
from lockgate_app.settings.notices import NoticesTable, WebhookTable
from lockgate_app.settings.programs import ProgramTable
from lockgate_issuers.command import Complaints, run
from lockgate_transport.receivers import Receiver

MAX_OUTPUT = 64 * 1024
Send = Callable[[bytes], None]
"""Takes a JSON message. Raises Unavailable or PeerError where it was not taken."""


def notice_channel(table: NoticesTable) -> Send:
    """The program or webhook of the table; nothing is sent yet.

    Raises:
        ConfigurationError: it cannot be used.
    """
    if table.command is not None:
        return _program(table.command)
    if table.webhook is not None:
        return _webhook(table.webhook)
    raise ConfigurationError("notices: give a table command, or a table webhook")


def _program(table: ProgramTable) -> Send:
    program = usable_program(table, MAX_OUTPUT)

    def send(message: bytes) -> None:
        run(program, message + b"\n", Complaints("notices", program.secrets))

    return send


def _webhook(table: WebhookTable) -> Send:
    headers = {} if table.authorization is None else {"Authorization": table.authorization.reveal()}
    tls = tls_trust(table.tls_certificates)
    return Receiver(table.url, "webhook", "application/json", headers, seconds=table.timeout, tls=tls)
