"""The checks of `lockgate check` on a database: its schema, its settings, and whether the largest message fits."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from lockgate_persistence.dialects import ServerFacts, dialect_of, translated
from lockgate_persistence.engines import reading
from lockgate_persistence.migrating import SENTENCES, Migrations, examining, state

ESCAPING = 2
"""A driver that writes octets into its statements may need two characters for each."""
STATEMENT_OVERHEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Health:
    """The findings, in plain sentences.

    Attributes:
        summary: the server and how the connection is protected.
        problems: it does not work, or not safely.
        warnings: it works, but could be safer.
    """

    summary: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


@examining()
def health(engine: Engine, migrations: Migrations, max_size: int | None = None) -> Health:
    """The health of the database behind `engine`.

    Args:
        migrations: the set whose tables it must have.
        max_size: octets in the largest message, None where the database holds no messages.

    Raises:
        Unavailable: the database cannot be reached.
    """
    schema = state(engine, migrations)
    dialect = dialect_of(engine)
    with translated(engine), reading(engine).connect() as connection:
        facts = dialect.facts(connection)
    problems = [SENTENCES[schema]] if schema in SENTENCES else []
    problems += _problems(facts, dialect.isolation_level, max_size)
    warnings = ["The connection to the database is not encrypted."] if facts.encrypted is False else []
    protection = {True: "over TLS", False: "without TLS", None: "on this host"}[facts.encrypted]
    return Health(f"{facts.version}, {protection}", tuple(problems), tuple(warnings))


def _problems(facts: ServerFacts, isolation: str | None, max_size: int | None) -> Iterator[str]:
    if facts.isolation != isolation:
        yield f"Transactions run at {facts.isolation} where {isolation} is needed."
    if not facts.all_unicode:
        yield "The database's encoding is not UTF-8, so that it cannot store every message id."
    needed = None if max_size is None else max_size * ESCAPING + STATEMENT_OVERHEAD
    if needed is not None and facts.max_packet is not None and facts.max_packet < needed:
        yield (
            f"The server's max_allowed_packet is {facts.max_packet} octets; messages of up to {max_size} octets"
            f" need {needed}. Raise it, or lower the largest message size."
        )
