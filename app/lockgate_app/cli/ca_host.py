"""The CA's database as the administration's commands reach it: opened for one command, and closed after it."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from lockgate_app.cli.console import configuration
from lockgate_app.container.ca import CaContainer
from lockgate_app.settings import load_ca
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.inspection import Inspection


@dataclass(frozen=True, slots=True)
class CaHost:
    """What a command works with.

    Attributes:
        container: makes both; changes need the key encryption secret, reads do not.
    """

    container: CaContainer

    @property
    def administration(self) -> Administration:
        """Changes, each in the audit log under the operator's account."""
        return self.container.administration(administrator=operator())

    @property
    def approvals(self) -> ApprovalAdministration:
        """What waits for administrators."""
        return self.container.approvals()

    @property
    def auditor(self) -> Auditor:
        """The audit log."""
        return self.container.auditor()

    @property
    def inspection(self) -> Inspection:
        """Reads."""
        return self.container.inspection()


@contextmanager
def ca_host(context: typer.Context) -> Iterator[CaHost]:
    """The CA of the configuration that `--config` names.

    Raises:
        ConfigurationError: it is no CA host's.
    """
    zone = load_ca(configuration(context))
    database = zone.ca.database.model_copy(update={"prefill": False})
    zone = zone.model_copy(update={"ca": zone.ca.model_copy(update={"database": database})})
    container = CaContainer(zone=zone)
    try:
        yield CaHost(container)
    finally:
        container.engine().dispose()


def operator() -> str:
    """Who runs the command, for the audit log: the account of this process, which no variable can change."""
    number = os.getuid()
    try:
        return f"{pwd.getpwuid(number).pw_name} (command line)"
    except KeyError:
        return f"user {number} (command line)"
