"""Fixtures that every test may use."""

from tests.databases import database_url, fresh_database, mariadb_server, postgresql_server

__all__ = ["database_url", "fresh_database", "mariadb_server", "postgresql_server"]
