"""`lockgate db`: the schema of the databases, and what the CA's holds no longer than needed."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer

from lockgate.errors import LockgateError
from lockgate.names.counted import counted
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Json
from lockgate_app.cli.presentation import report
from lockgate_app.cli.terminal import complain, configuration, out
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.databases import upgrade_messages
from lockgate_app.settings import CaZone, load

app = typer.Typer(help="The databases: their schema, and retention in the CA's.", no_args_is_help=True)
_FAILED = 2


@app.command(name="upgrade")
def upgrade_schemas(context: typer.Context) -> None:
    """Bring the schema of every database of this zone up to date; what is current stays as it is.

    Make a backup before, and stop the workers. A database that cannot be upgraded keeps no other one from it; the exit
    code is 2 then.

    Example: lockgate --config deployment/ca/lockgate.toml db upgrade
    """
    zone = load(configuration(context))
    sources = zone.data_sources
    upgrades = {f"data source {name}": partial(upgrade_messages, sources[name], name) for name in sources}
    if isinstance(zone, CaZone):
        upgrades["CA database"] = partial(_upgrade_ca, zone)
    done = [_upgraded(name, upgrade) for name, upgrade in upgrades.items()]
    if not all(done):
        raise typer.Exit(_FAILED)


def _upgrade_ca(zone: CaZone) -> None:
    container = CaContainer(zone=zone)
    try:
        container.administration().initialise()
    finally:
        container.engine().dispose()


def _upgraded(name: str, upgrade: Callable[[], None]) -> bool:
    """Whether the database is current; the owner of a message database can make its upgrade fail."""
    try:
        upgrade()
    except LockgateError as error:
        complain(str(error))
        return False
    out().print(f"{name}: schema current")
    return True


@app.command(name="purge")
def purge_records(
    context: typer.Context,
    older_than: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, metavar="DAYS", help="Instead of the configured keep_journal, keep_approvals."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Delete old verdicts, operations that have ended, approvals that were not used, and what has expired, from the
    CA's database.

    A verdict goes only when its request has expired, so that it is never carried out twice. An operation at a remote
    issuer has the age of verdicts, and goes only when no request waits for it, and a
    request that waited for one only when it can no longer be played again. Transactions of protocols and one-time
    passwords go once they have expired, whatever --older-than says. The worker does the same.
    May be interrupted and repeated. Messages have a command of their own: `messages purge`.

    Example: lockgate --config deployment/ca/lockgate.toml db purge
    """
    age = None if older_than is None else timedelta(days=older_than)
    with ca_host(context) as host:
        zone = host.container.zone()
        verdicts, approvals = zone.ca.keep_journal_for, zone.keep_approvals_for
        if age is not None:
            verdicts, approvals = age, max(age, zone.approvals.rules.rejection_memory)
        done = host.administration.purge(verdicts, approvals)
    text = (
        f"{counted(done.verdicts, 'verdict')}, {counted(done.operations, 'operation')},"
        f" {counted(done.approvals, 'approval')},"
        f" {counted(done.protocol_transactions, 'protocol transaction')}"
        f" and {counted(done.one_time_passwords, 'one-time password')} deleted"
    )
    report(text, asdict(done), as_json=as_json)
