"""PyMySQL's connection with limits on what it receives from its server.

The driver's own time limit is for each octet. Here it is for a whole statement, and for all of connecting; and octets
are counted as they are read.
"""

from math import inf
from time import monotonic
from typing import Any

from pymysql import connections, err
from pymysql.constants import CR

from lockgate_persistence.dialects.base import AnswerLimits

PACKET_COST = 256
"""Octets that are added to each packet's own: the memory that even a short row takes in this process."""

PIECE = 256 * 1024
"""Octets that are read between two checks of the limits."""


_Connection: Any = connections.Connection
"""Its types name none of the methods that read."""


class BoundedConnection(_Connection):  # type: ignore[misc]
    """A connection that is closed if an answer is too late or too large.

    Attributes:
        limits: of one statement's answer, and of connecting.
    """

    def __init__(self, limits: AnswerLimits, **arguments: Any) -> None:
        self.limits = limits
        self._total = 0
        self._begin(min(limits.seconds, arguments["connect_timeout"]))
        super().__init__(**arguments)

    def received(self) -> int:
        """The octets that this connection has received so far."""
        return self._total

    def _begin(self, seconds: float) -> None:
        self._end, self._full = monotonic() + seconds, self._total + self.limits.octets

    def _execute_command(self, command: int, sql: Any) -> None:
        self._begin(self.limits.seconds)
        super()._execute_command(command, sql)

    def _read_packet(self, *args: Any) -> Any:
        self._total += PACKET_COST
        return super()._read_packet(*args)

    def _read_bytes(self, num_bytes: int) -> bytes:
        """Reads so many octets; the driver's own method reads them all before a limit can be checked."""
        octets = bytearray()
        try:
            while len(octets) < num_bytes:
                octets += self._read_some(num_bytes - len(octets))
        except OSError as error:
            self._lose(str(error))
        return bytes(octets)

    def _read_some(self, most: int) -> bytes:
        left = self._end - monotonic()
        if left <= 0:
            self._lose(f"no answer within {self.limits.seconds:g} seconds")
        if self._total > self._full:
            self._lose(f"the answer has more than {self.limits.octets} octets")
        self._sock.settimeout(None if left == inf else left)
        self._current_timeout = None  # the driver sets its own again before it writes
        octets: bytes = self._rfile.read1(min(most, PIECE))
        if not octets:
            self._lose("the server closed it")
        self._total += len(octets)
        return octets

    def _lose(self, reason: str) -> None:
        self._force_close()
        raise err.OperationalError(CR.CR_SERVER_LOST, f"Lost connection to MySQL server during query ({reason})")
