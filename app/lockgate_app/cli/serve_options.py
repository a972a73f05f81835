"""Options that commands have which run until they are told to end."""

import logging
from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(help="The address to listen on, instead of the configured one.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="The port, instead of the configured one (8080 by default).")
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log debug lines too.")]


def log_level(*, verbose: bool) -> int:
    """From which level on this product's lines are logged."""
    return logging.DEBUG if verbose else logging.INFO
