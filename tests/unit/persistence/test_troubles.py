"""What drivers' errors mean: the family that decides what happens next, and one sentence that says what to mend."""

import sqlite3

import psycopg
import pymysql
import pytest
from sqlalchemy.exc import DBAPIError

from lockgate.errors import Unavailable, Unusable
from lockgate_persistence.dialects import named

MYSQL = pymysql.err.OperationalError


def from_sqlite(statement: str) -> sqlite3.Error:
    """The error that SQLite itself gives."""
    connection = sqlite3.connect(":memory:")
    connection.executescript("create table t (x); pragma max_page_count = 1")
    try:
        connection.executescript(statement)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("no error")


@pytest.mark.parametrize(
    ("database", "error", "family", "sentence"),
    [
        ("postgresql", psycopg.errors.DiskFull("x"), Unusable, "the database has no room left"),
        ("postgresql", psycopg.errors.OutOfMemory("x"), Unavailable, "the database is not available"),
        ("postgresql", psycopg.errors.TooManyConnections("x"), Unavailable, "the database is not available"),
        ("postgresql", psycopg.errors.AdminShutdown("x"), Unavailable, "the database is not available"),
        ("postgresql", psycopg.errors.CannotConnectNow("x"), Unavailable, "the database is not available"),
        ("postgresql", psycopg.errors.ReadOnlySqlTransaction("x"), Unavailable, "the database is read-only"),
        ("postgresql", psycopg.errors.UndefinedTable("x"), Unusable, "the database has no schema or an old one"),
        ("postgresql", psycopg.errors.InsufficientPrivilege("x"), Unusable, "the database user lacks a right"),
        ("mariadb", MYSQL(1021, "x"), Unusable, "the database has no room left"),
        ("mariadb", MYSQL(1114, "x"), Unusable, "the database has no room left"),
        ("mariadb", MYSQL(1040, "x"), Unavailable, "the database is not available"),
        ("mariadb", MYSQL(1053, "x"), Unavailable, "the database is not available"),
        ("mariadb", MYSQL(1044, "x"), Unusable, "the database does not let this user in"),
        ("mariadb", MYSQL(1045, "x"), Unusable, "the database does not let this user in"),
        ("mariadb", MYSQL(1290, "x"), Unavailable, "the database is read-only"),
        ("mariadb", MYSQL(1836, "x"), Unavailable, "the database is read-only"),
        ("mariadb", pymysql.err.ProgrammingError(1049, "x"), Unusable, "the database has no schema or an old one"),
        ("mariadb", pymysql.err.ProgrammingError(1146, "x"), Unusable, "the database has no schema or an old one"),
        ("mariadb", MYSQL(2003, "x"), Unavailable, "the database is not available"),
        ("sqlite", from_sqlite("create table more (x)"), Unusable, "the database has no room left"),
        (
            "sqlite",
            from_sqlite("pragma query_only = 1; insert into t values (1)"),
            Unavailable,
            "the database is read-only",
        ),
        ("sqlite", from_sqlite("select 1 from missing"), Unusable, "the database has no schema or an old one"),
    ],
)
def test_each_kind_of_trouble_has_its_family_and_its_sentence(
    database: str, error: Exception, family: type[Exception], sentence: str
) -> None:
    wrapped = DBAPIError.instance("select", {}, error, Exception)
    translated = named(database).translate(wrapped)
    assert type(translated) is family
    assert str(translated).startswith(f"{sentence}")
