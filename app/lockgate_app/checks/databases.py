"""Databases: reachable, with the current schema, protected on the way, and able to take the largest message."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from lockgate_app.checks.files import check_private, check_secret
from lockgate_app.checks.finding import Finding, good, warning, wrong
from lockgate_app.container.databases import database_health, database_name
from lockgate_app.settings import DatabaseTable


def check_database(source: str | None, table: DatabaseTable, configuration: Path) -> Iterator[Finding]:
    """Everything about one database.

    Args:
        source: the name of the data source; None for the CA's database.
        configuration: the file that `table` was read from.

    Raises:
        ConfigurationError: its settings are contradictory or unsafe.
        Unavailable: it cannot be reached.
    """
    subject = database_name(source)
    yield from _secrets(subject, table, configuration)
    found = database_health(table, source)
    yield good(subject, f"reachable: {found.summary}")
    if not found.problems:
        yield good(subject, "the schema is current, the settings fit")
    yield from (wrong(subject, problem) for problem in found.problems)
    yield from (warning(subject, text) for text in found.warnings)


def _secrets(subject: str, table: DatabaseTable, configuration: Path) -> Iterator[Finding]:
    if table.password is not None:
        yield from check_secret(subject, table.password, configuration)
    if make_url(table.url).password is not None:
        yield from check_private(subject, configuration)
    if table.tls_key is not None:
        yield from check_private(subject, table.tls_key)
