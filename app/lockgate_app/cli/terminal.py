"""Standard output and standard error of the commands."""

import io
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

UNBOUNDED = 1000
"""Columns where no terminal sets a limit: a program that reads the output finds each line whole."""


@cache
def out() -> "Console":
    """Results and progress."""
    from rich.console import Console  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

    return Console(highlight=False, width=None if sys.stdout.isatty() else UNBOUNDED)


def speak_any_encoding() -> None:
    """Let standard output and standard error write `?` for what their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def complain(text: str) -> None:
    """Say on standard error what went wrong, one plain line for each line of `text`.

    Characters that are not printable become `?`: part of the text may come from a hostile database.
    """
    for line in text.splitlines():
        print(f"lockgate: {plain(line)}", file=sys.stderr)  # noqa: T201  (plain text, whatever the terminal)


def plain(text: str) -> str:
    """`text` with `?` for everything that is not printable."""
    return "".join(character if character.isprintable() else "?" for character in text)


def configuration(context: typer.Context) -> Path:
    """The file that `--config` names."""
    path = context.find_root().obj
    if not isinstance(path, Path):
        raise TypeError("the callback has not run")
    return path
