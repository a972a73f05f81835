"""The outbox passes the contract suite of its port."""

from pathlib import Path

import pytest
from sqlite_outbox import SqliteOutbox

from lockgate.ports import Outbox
from lockgate_testing.contracts.outbox import OutboxContract


class TestSqliteOutbox(OutboxContract):
    """Each test gets a file of its own."""

    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Outbox:
        """An outbox that keeps nothing yet."""
        return SqliteOutbox(tmp_path / "outbox.db")
