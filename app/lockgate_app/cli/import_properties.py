"""`lockgate import-properties`: coming from EJBCA's External RA."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from lockgate.names.counted import counted
from lockgate_app.cli.options import Json
from lockgate_app.cli.terminal import out, plain
from lockgate_app.deployment import Deployment
from lockgate_app.logs import configure_logs
from lockgate_app.migration import Migration, Outcome, migrate

NEEDS_A_PERSON = 1
"""The exit code where something is left to do."""


def import_properties(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Properties files, in any order.")],
    output: Annotated[Path, typer.Option(metavar="DIR", help="Where to write ca/lockgate.toml and ra/lockgate.toml.")],
    deployment: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="What lockgate init has made: its settings, message database and files are used, not its workers.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make lockgate.toml of the properties files of EJBCA's External RA, and say what became of each key.

    Reads externalra.properties, scepra.properties, cmpProxy.properties, and a file with the properties of each service
    worker. Passwords go to files of their own; default passwords and keystores are not taken over. No file that is
    there is changed. Exit code 0: nothing is left to do; 1: something is; 2: nothing was written.

    Example: lockgate import-properties externalra.properties worker.properties scepra.properties --output imported
    """
    configure_logs()
    done = migrate(files, output, None if deployment is None else Deployment(deployment))
    if as_json:
        typer.echo(json.dumps(_facts(done), indent=2, ensure_ascii=False))
    else:
        _show(done)
    raise typer.Exit(NEEDS_A_PERSON if done.to_do else 0)


def _facts(done: Migration) -> Mapping[str, object]:
    outcomes = [
        {"place": each.place, "key": each.key, "outcome": each.fate.value, "text": each.text} for each in done.outcomes
    ]
    return {"outcomes": outcomes, "files": [str(path) for path in done.files], "to_do": done.to_do}


def _show(done: Migration) -> None:
    for outcome in done.outcomes:
        out().print(plain(_line(outcome)), soft_wrap=True)
    for path in done.files:
        out().print(f"written: {plain(str(path))}", soft_wrap=True)
    out().print(f"{counted(len(done.outcomes), 'outcome')}, {done.to_do} left to do")


def _line(outcome: Outcome) -> str:
    place = f"{outcome.place}: " if outcome.place else ""
    return f"{outcome.fate.value}: {place}{outcome.key}: {outcome.text}"
