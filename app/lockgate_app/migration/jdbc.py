"""JDBC URLs as the message database's URL."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from sqlalchemy import URL

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_MARIADB = re.compile(r"(?:mysql|mariadb):(?:[a-z]+:)?//([^/?]*)/([^?]*)(?:\?(.*))?")
_POSTGRESQL = re.compile(r"postgresql:(?://([^/?]*)/)?/?([^?]*)(?:\?(.*))?")
_DB2 = re.compile(r"db2://([^/?]*)/([^:;?]*)(?::(.*))?")
_ORACLE = re.compile(r"oracle:(?:thin|oci):(?:([^/@]+)/([^@]*))?@(?://)?([^/?()]+)/([^/:?()]+)(?:\?(.*))?")
_SID = re.compile(r"oracle:(?:thin|oci):.*@[^/()]+:[0-9]+:[^/()]+")
_PORTS = {"mariadb": 3306, "postgresql": 5432}
_OTHERS = (
    "keeps no messages here: make an empty message database on PostgreSQL, MariaDB, DB2 or Oracle (or, for one host, in"
    " a file with SQLite), and name it in url"
)


class NotTakenOver(Exception):
    """The URL has no counterpart; the text says what to do, and holds no part of the URL."""


@dataclass(frozen=True, slots=True)
class Place:
    """A database.

    Attributes:
        url: without user and password.
        dropped: names of the URL's parameters that have no counterpart.
    """

    url: URL
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    dropped: tuple[str, ...] = ()


def read_jdbc(text: str) -> Place:
    """The database that a JDBC URL names.

    Raises:
        NotTakenOver: messages cannot be there, or the URL is of no known form.
    """
    scheme, _, rest = text.strip().partition(":")
    if scheme != "jdbc":
        raise NotTakenOver("is no JDBC URL; write the database's address into url")
    kind = rest.partition(":")[0]
    if kind not in _READERS:
        name = kind if re.fullmatch(r"[a-z0-9]{1,20}", kind) else "that database"
        raise NotTakenOver(f"{name} {_OTHERS}")
    return _READERS[kind](rest)


def _mariadb(rest: str) -> Place:
    return _on_servers("mariadb", _matched(_MARIADB, rest))


def _postgresql(rest: str) -> Place:
    return _on_servers("postgresql", _matched(_POSTGRESQL, rest))


def _db2(rest: str) -> Place:
    hosts, database, properties = _matched(_DB2, rest)
    pairs = (pair.partition("=") for pair in (properties or "").split(";") if pair)
    return _on_servers("db2", (hosts, database, None), {name: value for name, _, value in pairs})


def _oracle(rest: str) -> Place:
    if _SID.fullmatch(rest):
        raise NotTakenOver("the URL names an SID: write the name of the database's service into url")
    user, password, hosts, service, parameters = _matched(_ORACLE, rest)
    named = dict(parse_qsl(parameters or "", keep_blank_values=True))
    return _on_servers("oracle", (hosts, service, None), {"user": user, "password": password} | named)


_READERS: Mapping[str, Callable[[str], Place]] = {
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "postgresql": _postgresql,
    "db2": _db2,
    "oracle": _oracle,
}


def _matched(pattern: re.Pattern[str], rest: str) -> tuple[str | None, ...]:
    found = pattern.fullmatch(rest)
    if not found:
        raise NotTakenOver("the URL has a form that is not known here: write the database's address into url")
    return found.groups()


def _on_servers(
    backend: str, parts: tuple[str | None, ...], parameters: Mapping[str, str | None] | None = None
) -> Place:
    hosts, database, query = parts
    named = dict(parse_qsl(query or "", keep_blank_values=True)) if parameters is None else dict(parameters)
    if not database:
        raise NotTakenOver("the URL names no database: write its address into url")
    user, password = named.pop("user", None), named.pop("password", None)
    url = _url(backend, _servers(hosts or "localhost"), unquote(database))
    return Place(url, user, password, tuple(sorted(named)))


def _servers(hosts: str) -> list[tuple[str, int | None]]:
    found = [_HOST.fullmatch(host.strip()) for host in hosts.split(",")]
    if not all(found):
        raise NotTakenOver("the URL's hosts have a form that is not known here: write the database's address into url")
    return [(one[1], int(one[2]) if one[2] else None) for one in found if one]


def _url(backend: str, servers: list[tuple[str, int | None]], database: str) -> URL:
    """Of several servers the one that takes writes is meant."""
    if len(servers) == 1:
        ((host, port),) = servers
        return URL.create(backend, host=host.strip("[]"), port=port, database=database)
    if backend not in _PORTS:
        raise NotTakenOver("several hosts of this database are not taken over: write one address into url")
    query: dict[str, str | tuple[str, ...]] = {
        "host": tuple(f"{host}:{port or _PORTS[backend]}" for host, port in servers)
    }
    if backend == "postgresql":
        query["target_session_attrs"] = "read-write"
    return URL.create(backend, database=database, query=query)
