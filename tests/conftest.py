"""Fixtures that every test may use."""

from tests.databases import (
    database_url,
    fresh_database,
    mariadb_server,
    message_database_url,
    postgresql_server,
)
from tests.derby import db2_server
from tests.h2 import oracle_server

__all__ = [
    "database_url",
    "db2_server",
    "fresh_database",
    "mariadb_server",
    "message_database_url",
    "oracle_server",
    "postgresql_server",
]
