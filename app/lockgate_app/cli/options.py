"""Options that several commands of the administration have, and how their values are read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgate.certification.endentity import EndEntityStatus
from lockgate.errors import CallerError, ConfigurationError
from lockgate.rights.approval import MAX_DECISION_REASON
from lockgate_app import words
from lockgate_app.cli.choices import choice
from lockgate_app.keys import read_password
from lockgate_app.settings import Secret


@contextmanager
def _as_parameter() -> Iterator[None]:
    try:
        yield
    except CallerError as error:
        raise typer.BadParameter(str(error)) from None


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as it is stored."""
    with _as_parameter():
        return words.fingerprint(text)


def serial_number(text: str) -> int:
    """A certificate's serial number."""
    with _as_parameter():
        return words.serial_number(text)


MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
"""How a time is given."""


def utc(moment: datetime | None) -> datetime | None:
    """A time that was given without a zone."""
    return None if moment is None else moment.replace(tzinfo=UTC)


Json = Annotated[bool, typer.Option("--json", help="Show JSON, for programs.")]
Pem = Annotated[bool, typer.Option("--pem", help="Show the certificate as PEM, and nothing else.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="Entries at most.")]
After = Annotated[
    str | None, typer.Option(metavar="KEY", help="Show the page after this key, which the page before named.")
]
Status = Annotated[EndEntityStatus | None, choice(EndEntityStatus, metavar="STATUS")]
Serial = Annotated[
    int | None, typer.Option(parser=serial_number, metavar="HEX", help="A certificate's serial number, hexadecimal.")
]
PasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Read the password from a file; its last line end does not count.")
]
PasswordEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="Read the password from an environment variable.")
]
PasswordPrompt = Annotated[bool, typer.Option("--password-prompt", help="Ask for the password on the terminal.")]
CaName = Annotated[str, typer.Argument(metavar="NAME", help="The CA's name, as profiles and roles call it.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")]
OneTimePassword = Annotated[
    bool,
    typer.Option(
        "--one-time-password", help="Make a password that the next certificate spends, and show it this once."
    ),
]
ValidHours = Annotated[
    int, typer.Option(min=1, max=8760, metavar="HOURS", help="How long a one-time password can be used.")
]


def given_password(file: Path | None, variable: str | None, *, prompt: bool, confirm: bool = True) -> str | None:
    """The password, from wherever it was said to be; None if nothing was said. Never an argument: others see those.

    Args:
        confirm: ask twice on the terminal.

    Raises:
        ConfigurationError: several places were named, or there is no password there.
    """
    if sum((file is not None, variable is not None, prompt)) > 1:
        raise ConfigurationError("--password-file, --password-env and --password-prompt: one of them, not several")
    if file is not None:
        return read_password(file)
    if variable is not None:
        return Secret.model_validate({"env": variable}).reveal()
    return _asked(confirm=confirm) if prompt else None


def required_password(password: str | None) -> str:
    """The password of a keystore, which must be given.

    Raises:
        ConfigurationError: it was not.
    """
    if password is None:
        raise ConfigurationError("the keystore needs --password-file, --password-env or --password-prompt")
    return password


def require_yes(question: str, *, given: bool) -> None:
    """Ask on the terminal, unless the answer was given before.

    Raises:
        ConfigurationError: there is no terminal.
        CallerError: the answer is no.
    """
    if given:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(f"there is no terminal to ask on: {question} To say so: --yes")
    if not typer.confirm(question, err=True):
        raise CallerError("nothing was done: the answer was not yes")


def rejection_reason(text: str) -> str:
    """The reason of a rejection.

    Raises:
        ConfigurationError: it is empty, too long, or holds invisible characters.
    """
    if not 1 <= len(text) <= MAX_DECISION_REASON or not text.isprintable():
        raise ConfigurationError(f"the reason of a rejection has 1 to {MAX_DECISION_REASON} printable characters")
    return text


def _asked(*, confirm: bool) -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError("--password-prompt: there is no terminal; use --password-file or --password-env")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
