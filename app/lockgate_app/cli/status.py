"""`lockgate status`: how this host does."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from lockgate.errors import ConfigurationError
from lockgate_app.cli import tables
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import cell, title
from lockgate_app.cli.terminal import configuration, out
from lockgate_app.container.health import host_readings
from lockgate_app.health.facts import HostFacts
from lockgate_app.health.readings import HostReadings, read_now
from lockgate_app.health.sections import Section, document, sections
from lockgate_app.logs import configure_logs
from lockgate_app.settings import load


def status(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
    interval: Annotated[int, typer.Option(min=1, max=3600, help="Seconds between two looks of --watch.")] = 2,
    as_json: Json = False,
) -> None:
    """Show how this host does: messages, workers, CAs, CRLs, remote issuers, keystores.

    The facts are those that [health] tells monitoring; each zone shows what its own host may see. Exit code 0: this
    host can do its work, and every worker runs on some node; 1: otherwise, and the first lines say why. Whether the
    processes of this host's `lockgate serve` run is told by [health] alone.

    Example: lockgate --config deployment/ca/lockgate.toml status
    """
    configure_logs()
    if watch and as_json:
        raise ConfigurationError("--watch shows tables; leave it out for --json")
    with host_readings(load(configuration(context))) as readings:
        if watch:
            _watch(readings, interval)
            return
        facts = read_now(readings)
    if as_json:
        typer.echo(json.dumps(document(facts), indent=2))
    else:
        out().print(_shown(facts))
    raise typer.Exit(1 if facts.troubles() or facts.idle() else 0)


def _watch(readings: HostReadings, interval: int) -> None:
    """On a terminal each look replaces the one before; elsewhere it follows it."""
    from rich.live import Live  # noqa: PLC0415  (see `lockgate_app.cli.commands`)

    with suppress(KeyboardInterrupt), ExitStack() as stack:
        show: Callable[[RenderableType], None] = out().print
        if out().is_terminal:
            live = stack.enter_context(Live(console=out(), auto_refresh=False, screen=True))
            show = partial(live.update, refresh=True)
        while True:
            show(_shown(read_now(readings)))
            time.sleep(interval)


def _shown(facts: HostFacts) -> RenderableType:
    troubles = [*facts.troubles(), *facts.idle()]
    heads = [Text(line, "bold red") for line in troubles] or [Text("ready", "green")]
    return Group(*heads, *(part for section in sections(facts) if section.rows for part in _parts(section)))


def _parts(section: Section) -> Iterator[RenderableType]:
    yield Text(f"\n{section.title}", "bold")
    yield tables.of_many([*map(title, section.rows[0])], (map(cell, row.values()) for row in section.rows))
