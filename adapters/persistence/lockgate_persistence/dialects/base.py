"""The interface of a dialect: everything that differs between databases, in one small class per database.

Statements are the same everywhere; a dialect only supplies expressions, options for its driver and the meaning of its
error codes. The server may be hostile to its client, so options are a closed list and error texts are cleaned.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Protocol

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    Insert,
    Update,
    bindparam,
    cast,
    func,
    literal_column,
)
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.elements import ColumnElement

from lockgate.errors import Conflict, Defect, LockgateError, MessageTooLarge, PeerError, Unavailable, Unusable
from lockgate_persistence.dialects.choices import when

MAX_ERROR_TEXT = 200
"""Characters of a driver's message that are passed on; a hostile server could send any number."""


class AlreadyThere(Conflict):
    """A unique key exists already; the same transaction, run again, finds the row with that key."""


class Trouble(Enum):
    """The meaning of a driver's error: the class to raise, the beginning of its text, and whether the driver's own text
    follows. If a statement was running, that text may quote its values, so only the error's code follows.
    """

    CONFLICT = (Conflict, "the transaction lost against another one", False)
    TAKEN = (AlreadyThere, "a unique key is taken", False)
    NO_SCHEMA = (Unusable, "the database has no schema or an old one; run `lockgate db upgrade`", True)
    NO_RIGHT = (Unusable, "the database user lacks a right", True)
    NO_ENTRY = (Unusable, "the database does not let this user in", True)
    FULL = (Unusable, "the database has no room left", True)
    TOO_LARGE = (MessageTooLarge, "the statement is larger than the database takes", False)
    READ_ONLY = (Unavailable, "the database is read-only", True)
    UNAVAILABLE = (Unavailable, "the database is not available", True)
    TAMPERED = (PeerError, "the database holds what this product never writes", False)
    DEFECT = (Defect, "the database rejects a statement", False)

    def error(self, code: str, words: str) -> LockgateError:
        """The error to raise for a driver's error code and message."""
        family: type[LockgateError] = self.value[0]
        return family(f"{self.value[1]} ({cleaned(words if self.value[2] else code)})")


OUR_FAULT = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""Classes of driver errors that a correct statement never causes; every other class means that the database cannot be
reached."""


def cleaned(text: str) -> str:
    """The first `MAX_ERROR_TEXT` characters of a message from outside, on one line and printable."""
    printable = "".join(character if character.isprintable() else " " for character in text[: 2 * MAX_ERROR_TEXT])
    return " ".join(printable.split())[:MAX_ERROR_TEXT]


@dataclass(frozen=True, slots=True)
class DatabaseTls:
    """TLS to the database; the server's chain and host name are always checked.

    Attributes:
        ca: PEM certificates that the server's chain must end in.
        certificate, key: PEM, this client's own; both or neither.
    """

    ca: Path
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Limits on what a server sends, if the driver can count it.

    Attributes:
        seconds: for a whole statement, even if octets keep coming.
        octets: in the answer to one statement; infinite for no limit. A connection that has received twice as many is
            replaced before the next transaction, because a driver keeps some of the octets for as long as the
            connection exists.
    """

    seconds: float
    octets: float


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """The settings that a dialect converts to its driver's arguments.

    Attributes:
        tls: None for a connection without TLS.
        connect_timeout, lock_timeout, idle_transaction_timeout: seconds.
        prepared_statements: how many a connection keeps, where the driver can.
        limits: on what the server sends.
    """

    tls: DatabaseTls | None
    connect_timeout: float
    lock_timeout: float
    idle_transaction_timeout: float
    prepared_statements: int
    limits: AnswerLimits


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Facts about a connection's server, for `check`.

    Attributes:
        version: the server's own text, cleaned.
        encrypted: whether the connection runs over TLS; None where there is no network.
        isolation: upper case, with spaces; None where the database knows only one level.
        max_packet: octets that one statement may hold, None for no such limit.
        all_unicode: whether every message id can be stored.
    """

    version: str
    encrypted: bool | None = None
    isolation: str | None = None
    max_packet: int | None = None
    all_unicode: bool = True


class ListeningConnection(Protocol):
    """A connection of its own that listens on a channel."""

    @abstractmethod
    def fileno(self) -> int | None:
        """The file descriptor that can be read after a notification, or after the connection broke; None where only
        `notified` tells, which takes microseconds then."""

    @abstractmethod
    def notified(self) -> bool:
        """Whether the channel was notified since the last call; returns at once.

        Raises:
            Unavailable: the connection broke.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


class Notifications(Protocol):
    """How a database wakes its waiting clients. A notification is a hint without content."""

    @abstractmethod
    def notify(self, connection: Connection, channel: str) -> None:
        """Wake the listeners of `channel`, on a connection without a transaction. Errors are SQLAlchemy's."""

    @abstractmethod
    def listen(self, engine: Engine, channel: str) -> ListeningConnection:
        """Listen on `channel` from now on. Errors are SQLAlchemy's."""


class Dialect(ABC):
    """One database.

    Attributes:
        name: as in a URL.
        drivername: SQLAlchemy's name for database and driver.
        driver: the module that must be importable.
        extra: the extra of this distribution that installs the driver, None where Python brings it.
        url_options: what may stand after `?` in a URL; nothing about TLS is ever among them.
        prefills: whether connections are worth opening before they are needed.
        isolation_level: set on every connection; None where the database knows only one.
        skip_locked: whether claims may pass over rows that another transaction holds.
        troubles: the meaning of error codes; for other codes, the class of the driver's error decides.
        misplaced: error codes of a server that is running but accepts no writes: if a URL names several servers,
            another one may.
        notifications: how it wakes waiting clients; None if it cannot.
        idle_transactions: what ends the transaction of a client that does nothing, where the client itself cannot ask
            for that; None where it can.
        transactional_ddl: whether the end of a transaction undoes its changes of tables; otherwise each is committed at
            once.
        repeatable_ddl: where each is committed at once: patterns of such statements, and how each is written so that
            it does nothing where it was carried out before; none where the database has no words for that.
        alone: options of connections on which each statement is a transaction by itself; none where the driver has no
            cheap ones.
        answer_form: how many octets are sent for one octet of content.
        clock: SQL for the current time in milliseconds since 1970-01-01 UTC, the same all through one statement.
    """

    name: ClassVar[str]
    drivername: ClassVar[str]
    driver: ClassVar[str]
    extra: ClassVar[str | None] = None
    url_options: ClassVar[frozenset[str]] = frozenset()
    prefills: ClassVar[bool] = True
    isolation_level: ClassVar[str | None] = "READ COMMITTED"
    skip_locked: ClassVar[bool] = True
    troubles: ClassVar[Mapping[str, Trouble]]
    misplaced: ClassVar[frozenset[str]] = frozenset()
    notifications: ClassVar[Notifications | None] = None
    idle_transactions: ClassVar[str | None] = None
    transactional_ddl: ClassVar[bool] = True
    repeatable_ddl: ClassVar[Mapping[str, str]] = {}
    alone: ClassVar[Mapping[str, Any]] = {}
    answer_form: ClassVar[int] = 1
    clock: ClassVar[str]

    @property
    def now(self) -> ColumnElement[int]:
        """The database's clock as an expression: milliseconds since 1970-01-01 UTC."""
        return literal_column(self.clock, BigInteger)

    @abstractmethod
    def hosts(self, url: URL) -> tuple[str, ...]:
        """The network hosts that `url` may lead to; none for files and local sockets.

        Raises:
            ConfigurationError: the URL does not say where the database is.
        """

    @abstractmethod
    def connect_arguments(self, options: ConnectionOptions) -> dict[str, Any]:
        """The driver's arguments."""

    @abstractmethod
    def install(self, engine: Engine, options: ConnectionOptions) -> None:
        """Prepare `engine` where the driver's arguments are not enough."""

    def is_missing(self, engine: Engine) -> bool:  # noqa: ARG002  (for subclasses)
        """Whether the database is nothing but a file, and is not there."""
        return False

    def create(self, engine: Engine) -> None:  # noqa: B027  (most databases are made by their administrators)
        """Make the database where it is missing so."""

    @abstractmethod
    def code(self, error: BaseException) -> str:
        """The code of the driver's own `error`, without any text that could quote values; empty for none."""

    @abstractmethod
    def facts(self, connection: Connection) -> ServerFacts:
        """Facts about the server, for `check`."""

    def size(self, connection: Connection) -> int | None:  # noqa: ARG002  (for subclasses)
        """Octets that the whole database takes; None where it cannot tell at once."""
        return None

    def unhurried(self, connection: Connection) -> AbstractContextManager[None]:  # noqa: ARG002  (for subclasses)
        """Let statements on `connection` take longer than usual, if the driver's limit can be removed."""
        return nullcontext()

    def octets(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """How long a text or a value of octets is: in octets, or in characters where the database counts those."""
        return func.length(column)

    def number(self, column: ColumnElement[Any]) -> ColumnElement[int]:
        """The integer in `column`; null where it has more than 64 bits."""
        least, most = (literal_column(f"{sign}{2**63 - 1}", BigInteger) for sign in ("-", ""))
        return when(column.between(least, most), cast(column, BigInteger))

    def alike(self, column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
        """Whether the text in `column` is `pattern`, compared by code points.

        Args:
            pattern: `*` stands for any characters, `?` for one, everything else for itself.
        """
        escaped = re.sub(r"([!%_])", r"!\1", pattern)
        return column.like(escaped.replace("*", "%").replace("?", "_"), escape="!")

    def among(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """That `column` is one of the values in the list that `parameter` names."""
        return column.in_(bindparam(parameter, expanding=True))

    def execute_many(
        self, connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Run `statement` once for each of `rows`; how many rows were written.

        Args:
            statement: an INSERT without values, or an UPDATE whose parameters have types.
            rows: at least one; all with the same keys: the columns, or the UPDATE's parameters.
        """
        return connection.execute(statement, rows).rowcount

    def translate(self, error: SQLAlchemyError) -> LockgateError:
        """The error of this product's families for one of SQLAlchemy's; it never holds a statement or parameters."""
        name = type(error).__name__
        if isinstance(error, DisconnectionError | PoolTimeout):
            return Trouble.UNAVAILABLE.error(name, str(error))
        if not isinstance(error, DBAPIError) or error.orig is None:
            return Trouble.DEFECT.error(name, name)
        code = self.code(error.orig)
        by_class = Trouble.DEFECT if isinstance(error, OUR_FAULT) else Trouble.UNAVAILABLE
        words = str(error.orig.args[-1]) if error.orig.args else name
        return self.troubles.get(code, by_class).error(code or name, words)
