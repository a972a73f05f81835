"""Schema migrations, by Alembic from within the program: no alembic.ini, one version table per set of migrations.

Each set is a package with an `env.py` that calls `run_environment` and a folder `versions`. A migration, once
released, is never changed.
"""

from dataclasses import dataclass
from enum import StrEnum

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects import translated


@dataclass(frozen=True, slots=True)
class Migrations:
    """A set of migrations.

    Attributes:
        package: the import name of the package that holds `env.py` and `versions`.
        version_table: where a database remembers how far it is.
    """

    package: str
    version_table: str


class SchemaState(StrEnum):
    """How a database's schema compares with this version of the product."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    UNKNOWN = "unknown to this version of the product"


def upgrade(engine: Engine, migrations: Migrations) -> None:
    """Bring the schema up to date, in one transaction where the database has transactions for that.

    Raises:
        ConfigurationError: the schema was made by a newer version of the product, or a right is missing.
        Unavailable: the database cannot be reached.
    """
    if state(engine, migrations) is SchemaState.UNKNOWN:
        raise ConfigurationError("the database's schema was made by a newer version of this product")
    with translated(engine), engine.begin() as connection:
        config = _config(migrations)
        config.attributes["connection"] = connection
        config.attributes["version_table"] = migrations.version_table
        command.upgrade(config, "head")


def state(engine: Engine, migrations: Migrations) -> SchemaState:
    """How the database's schema compares with this version of the product.

    Raises:
        Unavailable: the database cannot be reached.
    """
    scripts = ScriptDirectory.from_config(_config(migrations))
    with translated(engine), engine.connect() as connection:
        revision = _revision(connection, migrations.version_table)
    if revision is None:
        return SchemaState.EMPTY
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision in {its.revision for its in scripts.walk_revisions()} else SchemaState.UNKNOWN


def run_environment() -> None:
    """What each set's `env.py` calls: run the migrations on the connection that `upgrade` opened."""
    attributes = context.config.attributes
    context.configure(connection=attributes["connection"], version_table=attributes["version_table"])
    with context.begin_transaction():
        context.run_migrations()


def _config(migrations: Migrations) -> Config:
    config = Config()
    config.set_main_option("script_location", f"{migrations.package}:")
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection, version_table: str) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_revision()
