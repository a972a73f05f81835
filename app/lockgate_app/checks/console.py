"""Who enters the console, by the table `[console]`."""

import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from lockgate.administration.entrants import CONSOLE_RIGHTS
from lockgate.rights.authorization import ADMINISTRATOR
from lockgate_app.checks.finding import Finding, good, guarded, warning, wrong
from lockgate_app.checks.tls import check_tls
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.console import link_file, require_console
from lockgate_app.settings.console import ConsoleTable

SUBJECT = "console"


def check_console(table: ConsoleTable | None, container: CaContainer, now: datetime) -> Iterator[Finding]:
    """Whether it can be served, and whether anybody can enter.

    Args:
        now: UTC.
    """
    if table is not None:
        yield from guarded(SUBJECT, partial(_console, table, container, now))


def _console(table: ConsoleTable, container: CaContainer, now: datetime) -> Iterator[Finding]:
    require_console(table)
    yield from check_tls(SUBJECT, table.http, now)
    yield from _by_certificate(container) if table.takes_certificates else _by_link(table)


def _by_certificate(container: CaContainer) -> Iterator[Finding]:
    needed = (ADMINISTRATOR, *sorted(CONSOLE_RIGHTS))
    able = [role.name for role in container.inspection().roles() if role.members and all(map(role.grants, needed))]
    if able:
        yield good(SUBJECT, f"administrators with these roles enter with client certificates: {', '.join(able)}")
    else:
        yield warning(SUBJECT, f"no role with members has {' and '.join(needed)}: nobody can enter")


def _by_link(table: ConsoleTable) -> Iterator[Finding]:
    if not os.access(table.link_directory, os.W_OK | os.X_OK):
        yield wrong(SUBJECT, f"link_directory: this user cannot write to {table.link_directory}")
        return
    link_file(table).require_own_directory()
    yield good(SUBJECT, "`lockgate console link` opens it on this host")
