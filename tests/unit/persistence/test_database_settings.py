"""Which databases may be reached how: everything doubtful is refused before a connection is tried."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import QueuePool

from lockgate.errors import ConfigurationError
from lockgate_persistence.engines import DatabaseSettings, open_engine

REFUSED = [
    ("not a url", "cannot be read"),
    ("mssql://app@127.0.0.1/db", "no such database: mssql"),
    ("oracle+cx_oracle://app@127.0.0.1/db", "leave the driver out"),
    ("oracle://app@127.0.0.1/", "names host and service"),
    ("oracle://app@tnsname", "names host and service"),
    ("oracle://app@127.0.0.1/db?mode=SYSDBA", "must not hold the option mode"),
    ("oracle://app@127.0.0.1/db?config_dir=/tmp", "must not hold the option config_dir"),
    ("ibm_db_sa://app@127.0.0.1/db", "no such database: ibm_db_sa"),
    ("db2+pyodbc://app@127.0.0.1/db", "leave the driver out"),
    ("db2://app@/db", "names host and database"),
    ("db2://app@127.0.0.1", "names host and database"),
    ("db2://app@127.0.0.1/db?Security=none", "must not hold the option Security"),
    ("db2://app@127.0.0.1/db?ibmdbsa_log=/tmp/log", "must not hold the option ibmdbsa_log"),
    ("db2://app:p%3BSecurity=none@127.0.0.1/db", "no semicolon"),
    ("db2://app@127.0.0.1/db%3BSecurity=none", "no semicolon"),
    ("db2://app@127.0.0.1/db?currentschema=x;Security=none", "no semicolon"),
    ("postgresql+asyncpg://app@127.0.0.1/db", "reached through postgresql\\+psycopg"),
    ("mysql+pymysql://app@127.0.0.1/db", "no such database: mysql"),
    ("postgresql://app@127.0.0.1/db?sslmode=disable", "must not hold the option sslmode"),
    ("postgresql://app@127.0.0.1/db?hostaddr=192.0.2.1", "must not hold the option hostaddr"),
    ("postgresql://app@127.0.0.1/db?service=x", "must not hold the option service"),
    ("mariadb://app@127.0.0.1/db?local_infile=1", "must not hold the option local_infile"),
    ("mariadb://app@127.0.0.1/db?ssl_verify_cert=false", "must not hold the option ssl_verify_cert"),
    ("mariadb://app@127.0.0.1/db?read_default_file=/etc/my.cnf", "must not hold the option read_default_file"),
    ("postgresql://app@/db", "names no host"),
    ("mariadb://app@/db", "names no host"),
    ("mariadb://app@/db?unix_socket=/run/mysqld/mysqld.sock&host=db.example", "one of them is too much"),
    ("sqlite://", "names a file"),
    ("sqlite:///:memory:", "names a file"),
    ("sqlite:///file:x?mode=memory", "must not hold the option mode"),
    ("sqlite:///file:x", "names a file"),
    ("sqlite:////nowhere/at/all.db", "no directory /nowhere/at"),
]
REMOTE = [
    "postgresql://app@db.example/db",
    "postgresql://app@192.0.2.1/db",
    "postgresql://app@/db?host=127.0.0.1:5432&host=db.example:5432",
    "postgresql://app@127.0.0.1,db.example/db",
    "postgresql://app@localhost.example/db",
    "mariadb://app@db.example/db",
    "mariadb://app@[2001:db8::1]/db",
    "db2://app@db.example/db",
    "oracle://app@db.example/service",
    "mariadb://app@/db?host=127.0.0.1&host=db.example:3307",
    "mariadb://app@/db?host=[::1]:3306&host=[2001:db8::1]:3306",
]
LOCAL = [
    "postgresql://app@127.0.0.1/db",
    "postgresql://app@localhost:5433/db",
    "postgresql://app@[::1]/db",
    "postgresql://app@/db?host=/run/postgresql",
    "mariadb://app@127.0.0.1/db",
    "mariadb://app@/db?unix_socket=/run/mysqld/mysqld.sock",
    "db2://app@127.0.0.1:50000/db",
    "oracle://app@127.0.0.1:1521/service",
    "mariadb://app@/db?host=127.0.0.1:3307&host=[::1]:3308",
]


def settings(url: str, **more: Any) -> DatabaseSettings:
    return DatabaseSettings(url=url, prefill=False, **more)


@pytest.mark.parametrize(("url", "why"), REFUSED)
def test_a_doubtful_url_is_refused(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        open_engine(settings(url))


def test_what_is_refused_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^CA database: the database URL cannot be read$"):
        open_engine(settings("nonsense", name="CA database"))


@pytest.mark.parametrize("url", REMOTE)
def test_a_connection_across_a_network_needs_tls(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="crosses a network"):
        open_engine(settings(url))
    with pytest.raises(ConfigurationError, match="there is no file"):
        open_engine(settings(url, tls_ca=tmp_path / "missing.pem"))
    open_engine(settings(url, tls=False)).dispose()


@pytest.mark.parametrize("url", LOCAL)
def test_a_connection_within_this_host_needs_none(url: str) -> None:
    open_engine(settings(url)).dispose()


@pytest.mark.parametrize("url", [LOCAL[3], LOCAL[5], "sqlite:///messages.db"])
def test_tls_without_a_network_is_a_contradiction(url: str, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(ConfigurationError, match="without a network"):
        open_engine(settings(url, tls=True, tls_ca=tmp_path / "ca.pem"))


@pytest.mark.parametrize("pool", [{"pool_min": 0}, {"pool_min": 10, "pool_max": 9}])
def test_a_pool_has_at_least_one_connection_and_no_more_than_its_maximum(pool: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="pool_min"):
        settings(LOCAL[0], **pool)


def test_a_client_certificate_needs_its_key() -> None:
    with pytest.raises(ConfigurationError, match="belong together"):
        settings(LOCAL[0], tls_certificate=Path("client.pem"))


def test_a_missing_driver_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'lockgate\[mariadb\]'"):
        open_engine(settings(LOCAL[4]))


def test_passwords_are_never_shown() -> None:
    given = settings("postgresql://app:sesame@127.0.0.1/db", password="open-sesame")
    engine = open_engine(given)
    assert "sesame" not in repr(given) + repr(engine) + str(engine.url)
    assert engine.url.password == "open-sesame"
    with pytest.raises(ConfigurationError) as error:
        open_engine(settings("postgresql://app:sesame@127.0.0.1:port/db"))
    assert "sesame" not in str(error.value)


def test_no_connection_to_a_file_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    engine = open_engine(DatabaseSettings(url=f"sqlite:///{tmp_path / 'any.db'}", pool_min=5, prefill=True))
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedin() == 0
    engine.dispose()
