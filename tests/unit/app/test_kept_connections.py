"""The connections that a process keeps to a database, by the threads that use them."""

import pytest

from lockgate_app.container.message_database import for_threads
from lockgate_app.settings import DatabaseTable


@pytest.mark.parametrize(
    ("pool_min", "pool_max", "threads", "kept"), [(5, 150, 8, 9), (20, 150, 8, 20), (1, 4, 8, 4), (5, 150, 1, 5)]
)
def test_each_thread_has_one_as_far_as_there_may_be(pool_min: int, pool_max: int, threads: int, kept: int) -> None:
    table = DatabaseTable(url="postgresql://app@127.0.0.1/messages", pool_min=pool_min, pool_max=pool_max)
    assert for_threads(table, threads) == table.model_copy(update={"pool_min": kept})
