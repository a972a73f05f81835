"""Settings of a database connection, the same for the message database and the CA's own."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lockgate_app.settings.values import Days, FilePath, Secret, Table, base_directory, days
from lockgate_persistence.dialects import DIALECTS

MEBIOCTET = 1024 * 1024


def _database_url(value: str, info: ValidationInfo) -> str:
    try:
        url: URL = make_url(value)
    except ArgumentError:
        raise ValueError("is no database URL such as sqlite:///messages.db or postgresql+psycopg://…") from None
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_absolute():
        url = url.set(database=os.path.normpath(base_directory(info) / url.database))
    return url.render_as_string(hide_password=False)


class DatabaseTable(Table):
    """How to reach a database.

    Attributes:
        url: `sqlite:///FILE`, `postgresql://USER@HOST:PORT/DATABASE`, `mariadb://USER@HOST:PORT/DATABASE`; data sources
            also `db2://USER@HOST:PORT/DATABASE`, `oracle://USER@HOST:PORT/SERVICE`; of several servers
            `…://USER@/DATABASE?host=HOST:PORT&host=HOST:PORT` (docs/operation.md#database-clusters). A relative SQLite
            path starts at the file's folder.
        password: instead of one in the URL.
        pool_min: connections kept.
        pool_max: connections at most; `cmp-proxy serve` and `cmp serve` keep one for each of their `threads` and one
            more.
        prefill: whether `pool_min` connections are opened at the start; on SQLite they never are.
        prepared_statements: kept for each connection, where the driver can.
        tls: `true`: the server's certificate and name are verified; `false`: no TLS, at your risk; without it, as
            `true` unless the server is on this host.
        tls_ca: PEM file of the CAs of the server's certificate. On Python 3.13 and later the certificates of a MariaDB
            or Oracle server and its CA must keep to RFC 5280: a CA's has keyCertSign, a server's an authority key
            identifier; the error says what is missing.
        tls_certificate, tls_key: PEM files of this client's own certificate and key.
        connect_timeout: seconds.
        idle_transaction_timeout: seconds after which a server ends the transaction of a client that does nothing;
            longer than the CA needs to make the keys of a whole batch. PostgreSQL and MariaDB only
            (docs/operation.md#database-clusters).
    """

    url: Annotated[str, AfterValidator(_database_url)] = Field(repr=False)
    password: Secret | None = None
    pool_min: int = Field(default=5, ge=1, le=1000)
    pool_max: int = Field(default=150, ge=1, le=1000)
    prefill: bool = True
    prepared_statements: int = Field(default=50, ge=0, le=10_000)
    tls: bool | None = None
    tls_ca: FilePath | None = None
    tls_certificate: FilePath | None = None
    tls_key: FilePath | None = None
    connect_timeout: int = Field(default=10, ge=1, le=600)
    idle_transaction_timeout: int = Field(default=300, ge=1, le=86_400)

    @property
    def place(self) -> URL:
        """Identifies the database, without the user."""
        url = make_url(self.url)
        return URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database, query=url.query)

    @model_validator(mode="after")
    def _fits_the_database(self) -> Self:
        backend = make_url(self.url).get_backend_name()
        if self.password is not None and backend == "sqlite":
            raise ValueError("password: an SQLite database has none")
        other = DIALECTS[backend].idle_transactions if backend in DIALECTS else None
        if other is not None and "idle_transaction_timeout" in self.model_fields_set:
            raise ValueError(f"idle_transaction_timeout: has no effect on {backend}; there it is {other} that decides")
        if self.pool_min > self.pool_max:
            raise ValueError("pool_min is larger than pool_max")
        return self


class DataSource(DatabaseTable):
    """A message database.

    Attributes:
        max_message_size: octets that one message may have.
    """

    max_message_size: int = Field(default=4 * MEBIOCTET, ge=1024, le=16 * MEBIOCTET)


class CaDataSource(DataSource):
    """A message database as the CA host knows it.

    Attributes:
        keep_processed: days after which processed messages are deleted (docs/operation.md#retention); 0 keeps them for
            ever.
        keep_set_aside: days after which messages that were set aside are deleted; 0 keeps them for ever.
    """

    keep_processed: Days = 30
    keep_set_aside: Days = 90

    @property
    def keep_processed_for(self) -> timedelta | None:
        """None for ever."""
        return days(self.keep_processed)

    @property
    def keep_set_aside_for(self) -> timedelta | None:
        """None for ever."""
        return days(self.keep_set_aside)
