"""Who is told by the table `[notices]`."""

from collections.abc import Iterator
from functools import partial

from lockgate_app.checks.finding import Finding, good, guarded
from lockgate_app.container.notices import notice_channel
from lockgate_app.settings.notices import NoticesTable

SUBJECT = "notices"


def check_notices(table: NoticesTable | None) -> Iterator[Finding]:
    """Whether the program or webhook can be used; nothing is sent."""
    if table is not None:
        yield from guarded(SUBJECT, partial(_channel, table))


def _channel(table: NoticesTable) -> Iterator[Finding]:
    notice_channel(table)
    if table.command is not None:
        text = f"`notices send` or `serve` starts {table.command.program}"
    else:
        text = "`notices send` or `serve` sends them to the webhook; `notices trial` tries it"
    yield good(SUBJECT, text)
