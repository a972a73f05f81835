"""`lockgate end-entity import`: end entities of another system."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.end_entity_files import COLUMNS, read_end_entities


def import_end_entities(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV with the columns {', '.join(COLUMNS)}.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be done.")] = False,
    other_subjects: Annotated[
        bool, typer.Option("--other-subjects", help="Give certificates for other names than the end entity's, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the end entities of a CSV file, all of them or none, and give them their certificates.

    Passwords are not imported: set new ones. `certificates` lists SHA-256 fingerprints, separated by spaces, of
    certificates that were imported with their CA (`ca import --certificates`) and belong to nobody yet. Each must be
    for the end entity's own name: who holds its key can renew in that name. An end entity
    that is there already with the same values is left as it is, so the command can be repeated.

    Example: lockgate --config deployment/ca/lockgate.toml end-entity import end-entities.csv --dry-run
    """
    found = read_end_entities(file)
    with ca_host(context) as host:
        counts = host.administration.import_end_entities(found, trial=dry_run, other_subjects=other_subjects)
    facts = {"end_entities": counts.end_entities, "certificates": counts.certificates, "dry_run": dry_run}
    would = "that would be " if dry_run else ""
    said = (
        f"end entities {would}added: {counts.end_entities}; certificates {would}given to theirs: {counts.certificates}"
    )
    report(said, facts, as_json=as_json)
