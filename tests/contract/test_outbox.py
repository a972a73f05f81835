"""Every outbox passes the contract suite of its port."""

from pathlib import Path

import pytest

from lockgate.ports import Outbox
from lockgate_testing.contracts.outbox import OutboxContract
from lockgate_testing.doubles.outbox import MemoryOutbox
from lockgate_transport.host.outbox import FileOutbox


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self) -> Outbox:
        return MemoryOutbox()


class TestFileOutbox(OutboxContract):
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Outbox:
        return FileOutbox(tmp_path / "new" / "outbox")
