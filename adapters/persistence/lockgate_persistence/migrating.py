"""Schema migrations, by Alembic from within the program: no alembic.ini, one version table per set of migrations.

Each set is a package with an `env.py` that calls `run_environment` and a folder `versions`. A migration, once
released, is never changed. Alembic is loaded on the first use: it costs 11 MB and 0.1 s, which a running worker, whose
schema is current, need not pay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lockgate.errors import ConfigurationError, LockgateError
from lockgate_persistence.dialects import dialect_of, told_of, translated
from lockgate_persistence.dialects.base import Trouble

_MENDABLE = frozenset(
    {Trouble.NO_RIGHT, Trouble.NO_ENTRY, Trouble.FULL, Trouble.READ_ONLY, Trouble.CONFLICT, Trouble.UNAVAILABLE}
)


@dataclass(frozen=True, slots=True)
class Migrations:
    """A set of migrations.

    Attributes:
        package: the import name of the package that holds `env.py` and `versions`.
        version_table: the table in which a database stores its revision.
        newest: the revision that this version of the product needs: four digits, one more with each migration.
    """

    package: str
    version_table: str
    newest: str


class SchemaState(StrEnum):
    """How a database's schema compares with this version of the product."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    UNKNOWN = "unknown to this version of the product"


SENTENCES = {
    SchemaState.EMPTY: "The database has no tables yet; run `lockgate db upgrade`.",
    SchemaState.BEHIND: "The database's tables are older than this version; run `lockgate db upgrade`.",
    SchemaState.UNKNOWN: "The database's tables were made by a newer version of this product; install that one.",
}
"""The error in each state except the current one, and what to do."""


_EXAMINED: ContextVar[bool] = ContextVar("whether the schema is made, upgraded or examined here", default=False)


@contextmanager
def examining() -> Iterator[None]:
    """A block that may run statements on a schema of any state."""
    token = _EXAMINED.set(True)
    try:
        yield
    finally:
        _EXAMINED.reset(token)


def is_examined() -> bool:
    """Whether such a block is being run."""
    return _EXAMINED.get()


@examining()
def upgrade(engine: Engine, migrations: Migrations) -> None:
    """Bring the schema up to date, in one transaction where the database has transactions for that. The file of a
    database that is one is made; nothing else makes it.

    Raises:
        ConfigurationError: the schema was made by a newer version of the product, or is not what a migration expects.
        Unavailable: the database cannot be reached, or a right is missing.
    """
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    dialect_of(engine).create(engine)
    if state(engine, migrations) is SchemaState.UNKNOWN:
        raise told_of(engine, ConfigurationError(SENTENCES[SchemaState.UNKNOWN]))
    try:
        with translated(engine), engine.begin() as connection, dialect_of(engine).unhurried(connection):
            revisions.upgrade(connection, migrations.package, migrations.version_table)
    except revisions.StepFailed as failed:
        raise told_of(engine, _explained(engine, failed.step, failed.error)) from failed


def _explained(engine: Engine, step: str, error: SQLAlchemyError) -> LockgateError:
    """A migration's failure. An error that an operator can correct, or that passes, keeps its class; every other error
    means that the tables are not those of one version."""
    dialect = dialect_of(engine)
    told, cause = dialect.translate(error), getattr(error, "orig", None)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or (cause is not None and dialect.troubles.get(dialect.code(cause)) in _MENDABLE):
        return type(told)(f"migration {step} failed: {told}")
    done = "nothing was changed" if dialect.transactional_ddl else "some of it may have been done"
    return ConfigurationError(
        f"migration {step} failed, {done}: the tables are not those of the version before it ({told});"
        " restore the backup of this database, and run `lockgate db upgrade` again"
    )


@examining()
def state(engine: Engine, migrations: Migrations) -> SchemaState:
    """How the database's schema compares with this version of the product.

    Raises:
        Unavailable: the database cannot be reached.
    """
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    with translated(engine), engine.connect() as connection:
        revision = revisions.current(connection, migrations.version_table)
    if revision is None:
        return SchemaState.EMPTY
    if revision == migrations.newest:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if revision in revisions.known(migrations.package) else SchemaState.UNKNOWN


def is_empty(engine: Engine, migrations: Migrations) -> bool:
    """Whether the database has none of these tables, or is a file that is not there yet.

    Raises:
        Unavailable: the database cannot be reached.
    """
    return dialect_of(engine).is_missing(engine) or state(engine, migrations) is SchemaState.EMPTY


def run_environment() -> None:
    """Run the migrations on the connection that `upgrade` opened; each set's `env.py` calls this."""
    from lockgate_persistence import revisions  # noqa: PLC0415  (see above)

    revisions.run_environment()
