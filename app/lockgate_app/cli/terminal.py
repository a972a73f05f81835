"""Standard output and standard error of the commands."""

import io
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lockgate.errors import ConfigurationError
from lockgate.names.visibility import is_visible

if TYPE_CHECKING:
    from rich.console import Console

UNBOUNDED = 1000
"""Columns where no terminal sets a limit: a program that reads the output finds each line whole."""


@cache
def out() -> "Console":
    """Results and progress, letter for letter: no `:name:` becomes a picture, and no `[name]` a style."""
    from rich.console import Console  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

    return Console(highlight=False, emoji=False, markup=False, width=None if sys.stdout.isatty() else UNBOUNDED)


def speak_any_encoding() -> None:
    """Let standard output and standard error write `?` for what their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def complain(text: str) -> None:
    """Say on standard error what went wrong, one plain line for each line of `text`.

    Characters that cannot be seen become `?`: part of the text may come from a hostile database.
    """
    for line in text.splitlines():
        print(f"lockgate: {plain(line)}", file=sys.stderr)  # noqa: T201  (plain text, whatever the terminal)


def plain(text: str) -> str:
    """`text` with `?` for every character that cannot be seen."""
    return "".join(character if is_visible(character) else "?" for character in text)


def configuration(context: typer.Context) -> Path:
    """The file that `--config` names.

    Raises:
        ConfigurationError: there is none.
    """
    path = context.find_root().obj
    if not isinstance(path, Path):
        raise TypeError("the callback has not run")
    if not path.exists():
        raise ConfigurationError(f"there is no file {path}: name one with --config, or run the command in its folder")
    return path
