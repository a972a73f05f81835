"""Alembic's side of `lockgate_persistence.migrating`, which alone loads this module.

Where a database commits each change of a table at once, an upgrade that was interrupted has carried out a part of one
migration. That is the first one of the next upgrade, which therefore passes over changes of tables that were made
already (`Dialect.repeatable_ddl`). A migration that moves rows looks itself whether the rows were moved: the first
change of a table after that has committed them.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.exc import SQLAlchemyError

from lockgate_persistence.dialects import named


class StepFailed(Exception):
    """A migration met an error of the database's.

    Attributes:
        step: its number.
        error: SQLAlchemy's error.
    """

    def __init__(self, step: str, error: SQLAlchemyError) -> None:
        super().__init__(step)
        self.step = step
        self.error = error


class Db2Migrations(DefaultImpl):
    """DB2, which Alembic does not know: plain SQL, in transactions."""

    __dialect__ = "db2"
    transactional_ddl = True


def upgrade(connection: Connection, package: str, version_table: str) -> None:
    """Run every migration of `package` that the database behind `connection` has not seen.

    Raises:
        StepFailed: one of them met an error of the database's.
    """
    config = _config(package)
    done: list[str] = []
    config.attributes |= {"connection": connection, "version_table": version_table, "done": done}
    before = current(connection, version_table)
    try:
        with _repeatable_while(connection, begun=before is not None, done=done):
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        steps = [step for step in reversed(known(package)) if before is None or step > before]
        raise StepFailed(next(step for step in steps if step not in done), error) from error


@contextmanager
def _repeatable_while(connection: Connection, *, begun: bool, done: Sequence[str]) -> Iterator[None]:
    """Let the first migration of this upgrade be one that was interrupted; not in a database that never had one, whose
    tables may be another program's."""
    forms = named(connection.dialect.name).repeatable_ddl if begun else {}

    def repeatable(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        for pattern, form in () if done else forms.items():
            statement = re.sub(pattern, form, statement)
        return statement, parameters

    event.listen(connection, "before_cursor_execute", repeatable, retval=True)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", repeatable)


def run_environment() -> None:
    """Run the migrations on the connection that `upgrade` was given."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        version_table=attributes["version_table"],
        on_version_apply=lambda step, **_: attributes.get("done", []).append(step.up_revision_id),
    )
    with context.begin_transaction():
        context.run_migrations()


def current(connection: Connection, version_table: str) -> str | None:
    """The revision that the database is at; None before the first migration. Several, as the owner of a message
    database may write them, are one that is known to nobody."""
    found = MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_heads()
    return " and ".join(sorted(found)) or None


def known(package: str) -> tuple[str, ...]:
    """The revisions of `package`, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config(package)).walk_revisions())


def _config(package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", f"{package}:")
    config.set_main_option("path_separator", "os")
    return config
