"""`lockgate db`: the schema of the databases."""

import typer

from lockgate_app.cli.console import configuration, out
from lockgate_app.container import CaContainer, database_engine
from lockgate_app.settings import CaZone, load
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES

app = typer.Typer(help="The schema of the databases.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """The schema of the databases."""


@app.command(name="upgrade")
def upgrade_schemas(context: typer.Context) -> None:
    """Bring the schema of every database of this zone up to date; what is current stays as it is.

    Make a backup before, and stop the workers.

    Example: lockgate --config deployment/ca/lockgate.toml db upgrade
    """
    zone = load(configuration(context))
    for name, source in zone.data_sources.items():
        engine = database_engine(source)
        upgrade(engine, MESSAGES)
        engine.dispose()
        out.print(f"data source {name}: schema current")
    if isinstance(zone, CaZone):
        container = CaContainer(zone=zone)
        container.administration().initialise()
        container.engine().dispose()
        out.print("CA database: schema current")
