"""Engines against real databases: what they are set to, and TLS to servers that have it on."""

from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import SchemaState, state, upgrade
from lockgate_persistence.migrations import MESSAGES


def test_a_fresh_database_is_brought_up_to_date(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=database_url))
    assert state(engine, MESSAGES) is SchemaState.EMPTY
    upgrade(engine, MESSAGES)
    assert state(engine, MESSAGES) is SchemaState.CURRENT
    upgrade(engine, MESSAGES)
    assert state(engine, MESSAGES) is SchemaState.CURRENT
    engine.dispose()
