"""Fixtures that every test may use, and the search for secrets in what the suite logs."""

from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.secrecy.plugin import Secrecy
from tests.support.databases.derby import db2_server
from tests.support.databases.h2 import oracle_server
from tests.support.databases.servers import (
    database_url,
    fresh_database,
    mariadb_server,
    message_database_url,
    postgresql_server,
)
from tests.support.fifths import fifth_of
from tests.support.hardware import softhsm, token
from tests.support.kept_logging import kept_logging
from tests.support.scenarios.issuer_sites import IN_PROCESS, SITES

KILLING = ("crash", "cluster")
"""The marks of tests that kill processes and servers: each kind has many cases, and each case takes seconds."""
__all__ = [
    "database_url",
    "db2_server",
    "fresh_database",
    "mariadb_server",
    "message_database_url",
    "oracle_server",
    "postgresql_server",
    "softhsm",
    "token",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which issuer has the key of the CA in the features; how much of what takes long is run."""
    parser.addoption("--issuer", default=IN_PROCESS, choices=[IN_PROCESS, *SITES], help="the features run over it")
    parser.addoption("--fifth", type=int, metavar="N", help="of the tests that kill, every fifth, from the N-th on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--fifth`, leave out four fifths of the tests that kill: another fifth each day brings all of them."""
    killing = [item for item in items if any(map(item.get_closest_marker, KILLING))]
    left_out = set(killing) - set(fifth_of(killing, config.getoption("--fifth")))
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_configure(config: pytest.Config) -> None:
    """Watch from the start; how long one example takes says nothing on a busy machine."""
    settings.register_profile("lockgate", deadline=None)
    settings.load_profile("lockgate")
    secrecy = Secrecy()
    secrecy.watch()
    config.pluginmanager.register(secrecy, "secrecy")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """No test's way of logging reaches its neighbour."""
    with kept_logging():
        return (yield)
