"""Databases: reachable, with the current schema, protected on the way, and able to take the largest message."""

from collections.abc import Iterator

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from lockgate_app.checks.finding import Finding, good, warning, wrong
from lockgate_app.container import database_engine
from lockgate_app.settings import DatabaseTable, DataSource
from lockgate_persistence.dialects import ServerFacts, dialect_of, translated
from lockgate_persistence.migrating import Migrations, SchemaState, state

PACKET_OVERHEAD = 64 * 1024
"""Octets of a statement beside the message itself."""
ESCAPED = 2
"""How much a message can grow on its way to MariaDB, whose driver escapes octets in the statement."""


def check_database(subject: str, table: DatabaseTable, migrations: Migrations) -> Iterator[Finding]:
    """Everything about one database.

    Raises:
        ConfigurationError: its settings are contradictory or unsafe.
        Unavailable: it cannot be reached.
    """
    engine = database_engine(table.model_copy(update={"prefill": False}))
    try:
        yield _schema(subject, state(engine, migrations))
        facts = _facts(engine)
        yield from _transport(subject, table, facts)
        if isinstance(table, DataSource) and facts.max_packet is not None:
            yield _packet(subject, table.max_message_size, facts.max_packet)
        if not facts.all_unicode:
            yield wrong(subject, "the database cannot store every message id: create it with UTF-8")
    finally:
        engine.dispose()


def _facts(engine: Engine) -> ServerFacts:
    with translated(engine), engine.connect() as connection:
        return dialect_of(engine).facts(connection)


def _schema(subject: str, found: SchemaState) -> Finding:
    if found is SchemaState.CURRENT:
        return good(subject, "reachable, schema current")
    if found is SchemaState.UNKNOWN:
        return wrong(subject, "the schema was made by a newer version of lockgate: update lockgate on this host")
    return wrong(subject, f"the schema is {found}: run lockgate db upgrade")


def _transport(subject: str, table: DatabaseTable, facts: ServerFacts) -> Iterator[Finding]:
    if facts.encrypted:
        yield good(subject, "the connection is encrypted, the server's name verified")
    elif facts.encrypted is False and table.tls is False:
        host = make_url(table.url).host or "the server"
        yield warning(subject, f"tls = false: whoever is on the way to {host} reads and changes everything")


def _packet(subject: str, message: int, packet: int) -> Finding:
    needed = message * ESCAPED + PACKET_OVERHEAD
    if packet < needed:
        return wrong(
            subject,
            f"the server's max_allowed_packet is {packet}, but messages of up to {message} octets need {needed}:"
            " raise it, or lower max_message_size",
        )
    return good(subject, f"max_allowed_packet suffices for messages of {message} octets")
