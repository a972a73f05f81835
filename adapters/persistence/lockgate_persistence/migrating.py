"""Schema migrations, by Alembic from within the program: no alembic.ini, one version table per set of migrations.

Each set is a package with an `env.py` that calls `run_environment` and a folder `versions`. A migration, once
released, is never changed. Alembic is loaded on the first use: it costs 11 MB and 0.1 s, which a running worker, whose
schema is current, need not pay.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine

from lockgate.errors import ConfigurationError
from lockgate_persistence.dialects import dialect_of, translated


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
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    if state(engine, migrations) is SchemaState.UNKNOWN:
        raise ConfigurationError("the database's schema was made by a newer version of this product")
    with translated(engine), engine.begin() as connection, dialect_of(engine).unhurried(connection):
        revisions.upgrade(connection, migrations.package, migrations.version_table)


def state(engine: Engine, migrations: Migrations) -> SchemaState:
    """How the database's schema compares with this version of the product.

    Raises:
        Unavailable: the database cannot be reached.
    """
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    with translated(engine), engine.connect() as connection:
        revision = revisions.current(connection, migrations.version_table)
    known = revisions.known(migrations.package)
    if revision is None:
        return SchemaState.EMPTY
    if revision == known[0]:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision in known else SchemaState.UNKNOWN


def run_environment() -> None:
    """What each set's `env.py` calls: run the migrations on the connection that `upgrade` opened."""
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    revisions.run_environment()
