"""What is told of a migration that fails: which one it was, and whether the database is as it was before."""

import pytest
from sqlalchemy import inspect, text

from lockgate.errors import ConfigurationError
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES


def test_it_says_whether_anything_was_changed(message_database_url: str) -> None:
    """A table that the second migration makes is there already."""
    engine = open_engine(DatabaseSettings(url=message_database_url, pool_min=1, prefill=False))
    with engine.begin() as connection:
        connection.execute(text("create table scep_transaction (id integer)"))
    with pytest.raises(ConfigurationError, match="migration 0002 failed") as failed:
        upgrade(engine, MESSAGES)
    told = "some of it may have been done" if inspect(engine).has_table("message") else "nothing was changed"
    assert told in str(failed.value)
    engine.dispose()
