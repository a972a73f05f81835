"""The CA's file. Each process and thread opens it for one operation only, so a connection never crosses a fork."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SCHEMA = """
create table if not exists authority (key blob not null, certificate blob not null);
create table if not exists behaviour (settings text not null);
create table if not exists inbox (
    number integer primary key autoincrement, kind text not null, operation text not null, question text not null,
    held integer not null, done integer not null default 0, answer text
);
create table if not exists certificates (
    number integer primary key autoincrement, operation text not null, certificate blob not null, serial text not null,
    state text not null
);
create table if not exists revocations (serial text primary key, reason integer not null);
create table if not exists answers (operation text primary key, answer text not null, told integer not null default 0);
"""
PATIENCE = 30.0
"""Seconds that a transaction waits for another one."""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that exists; each statement outside of `transaction` is committed at once.

    Raises:
        sqlite3.OperationalError: there is no such file.
    """
    location = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(location, timeout=PATIENCE, uri=True, isolation_level=None)) as connection:
        yield connection


@contextmanager
def created(path: Path) -> Iterator[sqlite3.Connection]:
    """The same, and the file and its tables are made where they are missing."""
    path.touch(0o600)
    with opened(path) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.executescript(SCHEMA)
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One that writes; it is rolled back where an error leaves it."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _lock(path: Path) -> Path:
    return path.with_name(f"{path.name}.served")


@contextmanager
def served(path: Path) -> Iterator[None]:
    """Be the one process that serves the file; wait until another one has ended."""
    with _lock(path).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_served(path: Path) -> bool:
    """Whether a process serves the file. The system frees the lock of a process that has died."""
    try:
        with _lock(path).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
