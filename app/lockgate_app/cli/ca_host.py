"""The CA's database as the administration's commands reach it: by `--config`, under the operator's account."""

import os
import pwd
from contextlib import AbstractContextManager

import typer

from lockgate_app.cli.terminal import configuration
from lockgate_app.container.ca_host import CaHost, opened


def ca_host(context: typer.Context) -> AbstractContextManager[CaHost]:
    """The CA of the configuration that `--config` names, until the block is left.

    Raises:
        ConfigurationError: it is no CA host's.
    """
    return opened(configuration(context), operator())


def operator() -> str:
    """Who runs the command, for the audit log: the account of this process, which no variable can change."""
    number = os.getuid()
    try:
        return f"{pwd.getpwuid(number).pw_name} (command line)"
    except KeyError:
        return f"user {number} (command line)"
