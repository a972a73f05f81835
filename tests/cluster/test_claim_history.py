"""Claimers that crash and dawdle: no message is ever held by two live leases, and none is lost."""

import secrets
from pathlib import Path

import pytest

from tests.cluster.claimers import contend
from tests.contract.message_stores import current_engine

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]
PROCESSES = 4


def test_no_message_is_held_by_two_live_leases(database_url: str, tmp_path: Path) -> None:
    seed = secrets.token_hex(8)
    print(f"seed {seed}")
    with current_engine(database_url):
        assert contend([database_url] * PROCESSES, tmp_path, seed) == []
