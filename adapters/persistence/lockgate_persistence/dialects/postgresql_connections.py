"""psycopg's connection with limits on what it receives from its server.

The driver has none: keepalives detect a lost host, but not a server that hangs, that sends rows without end, or that
accepts its client and then sends nothing. Its library reads from the socket between two steps of the driver: at each
step, time and octets are checked. A limit is for a statement as a whole: a server cannot extend it by sending an octet
now and then.
"""

from collections.abc import Generator
from contextlib import closing
from math import inf
from select import POLLIN, poll
from time import monotonic
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from lockgate_persistence.dialects.arrays import BigIntegers, Octets, Texts
from lockgate_persistence.dialects.base import AnswerLimits
from lockgate_persistence.dialects.sockets import CountedSocket, Guard

MAX_HANDSHAKE = 1024 * 1024
"""Octets from a server until it has authenticated its client: certificates, salts, settings."""
AT_ONCE = 16 * 1024
"""Octets of an answer up to which the library's reading needs no guard: it reads once in a step up to twice as many."""
FRESH = 1.0
"""Seconds after an answer for which a connection that is still open needs no test."""


class _Overrun(Exception):
    """A server's answer is over a limit."""


class _Written(Dumper):
    """Passes on what is in the server's binary form already."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        """The octets."""
        return obj


_WRITTEN = {
    kind: type(kind.__name__, (_Written,), {"oid": psycopg.adapters.types[name].array_oid})
    for kind, name in {BigIntegers: "int8", Texts: "text", Octets: "bytea"}.items()
}


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed if an answer is too late or too large, or if a notification arrives although it does
    not listen.

    Attributes:
        limits: of one statement's answer; None for none.
        listens: whether notifications are expected.
    """

    limits: AnswerLimits | None = None
    listens = False
    _notified = False
    _answered = -inf

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._counted_socket = CountedSocket(self.pgconn.socket)
        self.add_notify_handler(self._note)

    @classmethod
    def connect(cls, *args: Any, **options: Any) -> "PatientConnection":
        """As the driver's."""
        connection = super().connect(*args, **options)
        for kind, dumper in _WRITTEN.items():
            connection.adapters.register_dumper(kind, dumper)
        return connection

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Generator[Any, Any, Any]:
        return _bounded(super()._connect_gen(conninfo))

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        """As the driver's, which wakes ten times a second.

        Raises:
            OperationalError: the answer is too late or too large, or was not asked for.
        """
        return super().wait(gen if self.limits is None else self._bounded(gen, self.limits), *args, **options)

    def received(self) -> int:
        """The octets that this connection has received so far; 0 on a local socket, which counts none."""
        return self._counted_socket.received()

    def is_fresh(self) -> bool:
        """Whether the server has answered a moment ago, and neither sent anything nor closed the connection since."""
        if self.closed or monotonic() > self._answered + FRESH:
            return False
        waiting = poll()
        waiting.register(self.pgconn.socket, POLLIN)
        return not waiting.poll(0)

    def close(self) -> None:
        """As the driver's."""
        super().close()
        self._counted_socket.close()

    def _note(self, _: psycopg.Notify) -> None:
        self._notified = True

    def _bounded(self, steps: Generator[Any, Any, Any], limits: AnswerLimits) -> Generator[Any, Any, Any]:
        try:
            result = yield from self._counted(steps, limits)
        except _Overrun as overrun:
            self.close()
            raise psycopg.OperationalError(str(overrun)) from None
        else:
            return result

    def _counted(self, steps: Generator[Any, Any, Any], limits: AnswerLimits) -> Generator[Any, Any, Any]:
        now, begin, guard = monotonic(), self.received(), None
        end = now + limits.seconds
        full = begin + limits.octets
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send((yield wanted))
                received = self.received()
                if (now := monotonic()) > end:
                    raise _Overrun(f"no answer within {limits.seconds:g} seconds")
                if received > full:
                    raise _Overrun(f"the answer has more than {limits.octets:g} octets")
                if guard is None and received > begin + AT_ONCE and full < inf:
                    guard = Guard(self._counted_socket, full)
        except StopIteration as done:
            if self._notified and not self.listens:
                raise _Overrun("the server sends notifications on a connection that does not listen") from None
            self._answered = now
            return done.value
        finally:
            if guard is not None:
                guard.end()


def _bounded(steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """The steps of connecting. They fail if the server sends more octets than an authentication needs."""
    try:
        fileno, wanted = next(steps)
        while True:
            fileno, wanted = steps.send((yield fileno, wanted))
            with closing(CountedSocket(fileno)) as counted:
                received = counted.received()
            if received > MAX_HANDSHAKE:
                raise psycopg.OperationalError(
                    f"the server sent more than {MAX_HANDSHAKE} octets before it accepted this client"
                )
    except StopIteration as done:
        return done.value
