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
from tests.support.hardware import softhsm, token
from tests.support.kept_logging import kept_logging
from tests.support.scenarios.issuer_sites import IN_PROCESS, SITES

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
    """Which issuer has the key of the CA in the features."""
    parser.addoption("--issuer", default=IN_PROCESS, choices=[IN_PROCESS, *SITES], help="the features run over it")


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
