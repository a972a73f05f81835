"""Between IBM's DB2 driver and Apache Derby's network server: both speak DRDA, neither expects the other.

A relay that changes as little as makes them understand each other: the driver presents itself as Derby's own client and
leaves out what Derby does not know; Derby's errors get DB2's numbers and states; and of the SQL, what Derby says
differently is said so (`SAID_DIFFERENTLY`). Everything else crosses as it is.

Sources: DRDA version 5, volumes 1 and 3 (code points, the layout of DSS and SQLCA).
"""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

HEADER, MARK = 6, 0xD0
MORE = 0xFFFF
"""In place of a length: the structure goes on in a further segment."""
LONG = 0x8000
"""Set in the length of an object that is longer than the length can say."""
SEGMENT = 0x7FFF
COMMAND, COMMAND_WITHOUT_REPLY = 1, 5
PRODUCT_ID, DERBY_CLIENT = 0x112E, b"DNC10010"
DEFAULTS_WANTED = 0x213B
UNKNOWN_TO_DERBY = {0x210E, 0x119F}
DESCRIBE, QUERY_INSTANCE = 0x2008, 0x215B
UNKNOWN_COMMAND = 0xC004
STATEMENT, ERROR_CARD = 0x2414, 0x2408
CATALOG = (
    "(select s.schemaname as tabschema, t.tablename as tabname from sys.systables t"
    " join sys.sysschemas s on s.schemaid = t.schemaid) as listed"
)
DERBY_CLOCK = (
    "(cast({fn timestampdiff(SQL_TSI_SECOND, timestamp('1970-01-01 00:00:00'), current timestamp)} as bigint) * 1000"
    " + mod(cast(second(current timestamp) * 1000 as bigint), 1000))"
)
SAID_DIFFERENTLY = [
    (r"SET CURRENT LOCK TIMEOUT \d+", "SET CURRENT ISOLATION = CS"),
    (r"(?s)(?:\s*ORDER BY [\w., ]+)? FOR READ ONLY WITH RS USE AND KEEP UPDATE LOCKS", " FOR UPDATE WITH RS"),
    (r"FROM syscat\.tables", f"FROM {CATALOG}"),
    (
        r"\(\(bigint\(days\(current timestamp - current timezone\)\).*?microsecond\(current timestamp\)\) / 1000\)",
        DERBY_CLOCK,
    ),
]
"""Pairs of what DB2 and Derby understand: locks (Derby's patience is the server's), the catalog, the clock (in UTC)."""


class Answer(NamedTuple):
    """What DB2 says: SQLCODE, SQLSTATE, and its words where they are not Derby's."""

    code: int
    state: str
    words: bytes | None = None


ERRORS = {
    "42X05": Answer(-204, "42704"),
    "42Y07": Answer(-204, "42704"),
    "42Y55": Answer(-204, "42704"),
    "42X04": Answer(-206, "42703"),
    "42X14": Answer(-206, "42703"),
    "42X01": Answer(-104, "42601"),
    "42500": Answer(-551, "42501"),
    "42502": Answer(-551, "42501"),
    "23505": Answer(-803, "23505"),
    "40001": Answer(-911, "40001", b"2"),
    "40XL1": Answer(-911, "40001", b"68"),
    "02000": Answer(100, "02000", b""),
}
"""By Derby's SQLSTATE."""


class Shim:
    """Accepts connections at `port` on 127.0.0.1 and relays each to Derby."""

    def __init__(self, server_port: int, tls: ssl.SSLContext | None = None) -> None:
        """Relay to `server_port`; with `tls`, expect TLS from the driver."""
        self._server_port, self._tls = server_port, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connected: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept nothing more; what is connected stays."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def cut(self) -> None:
        """Cut every connection that there is."""
        for connection in self._connected:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._connected.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(connection,), daemon=True).start()

    def _relay(self, connection: socket.socket) -> None:
        address = ("127.0.0.1", self._server_port)
        with suppress(OSError), self._secured(connection) as driver, socket.create_connection(address) as derby:
            for end in (driver, derby):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connected.append(derby)
            answers = threading.Thread(target=_pump, args=(derby, driver, _answered), daemon=True)
            answers.start()
            _pump(driver, derby, _asked)
            answers.join()

    def _secured(self, connection: socket.socket) -> socket.socket:
        return connection if self._tls is None else self._tls.wrap_socket(connection, server_side=True)


class Structure(NamedTuple):
    """A data stream structure (DSS): its header, and its objects where it is short enough to be looked into."""

    header: bytes
    body: bytes
    rest: bytes

    @property
    def kind(self) -> int:
        return self.header[3] & 0x0F


def _pump(source: socket.socket, sink: socket.socket, change: Callable[[Structure], bytes]) -> None:
    stream = source.makefile("rb")
    try:
        while (structure := _read(stream.read)) is not None:
            # Without this the system waits 40 ms with its acknowledgement, and the sender with the next segment for it.
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            sink.sendall(change(structure))
    except OSError:
        pass
    finally:
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        stream.close()


def _read(read: Callable[[int], bytes]) -> Structure | None:
    header = read(HEADER)
    if len(header) < HEADER or header[2] != MARK:
        return None
    length = int.from_bytes(header[:2])
    body, rest = read((SEGMENT if length == MORE else length) - HEADER), bytearray()
    while length == MORE:
        prefix = read(2)
        if len(prefix) < len("LL"):
            return None
        length = int.from_bytes(prefix)
        rest += prefix + read((SEGMENT if length == MORE else length) - 2)
    return Structure(header, body, bytes(rest))


def _objects(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Code points and data."""
    while body:
        length, code_point = struct.unpack_from(">HH", body)
        if length & LONG or length < len("LLCP"):
            raise ValueError("longer than the length can say")
        yield code_point, body[4:length]
        body = body[length:]


def _object(code_point: int, data: bytes) -> bytes:
    return struct.pack(">HH", len(data) + 4, code_point) + data


def _changed(structure: Structure, change: Callable[[int, bytes], bytes]) -> bytes:
    if structure.rest:
        return structure.header + structure.body + structure.rest
    try:
        body = b"".join(_object(code, change(code, data)) for code, data in _objects(structure.body))
    except (ValueError, struct.error):
        body = structure.body
    return (len(body) + HEADER).to_bytes(2) + structure.header[2:] + body


def _asked(structure: Structure) -> bytes:
    if structure.kind == COMMAND_WITHOUT_REPLY and int.from_bytes(structure.body[2:4]) == UNKNOWN_COMMAND:
        return b""
    if structure.kind in (COMMAND, COMMAND_WITHOUT_REPLY):
        return _changed(structure, _command)
    return _changed(structure, lambda code, data: _statement(data) if code == STATEMENT else data)


def _command(command: int, data: bytes) -> bytes:
    unknown = UNKNOWN_TO_DERBY | ({QUERY_INSTANCE} if command == DESCRIBE else set())
    kept = [(code, value) for code, value in _objects(data) if code not in unknown]
    return b"".join(_object(code, _parameter(code, value)) for code, value in kept)


def _parameter(code_point: int, value: bytes) -> bytes:
    if code_point == PRODUCT_ID and value.startswith(b"SQL"):
        return DERBY_CLIENT
    return b"\xf0" if code_point == DEFAULTS_WANTED else value


def _statement(data: bytes) -> bytes:
    length = int.from_bytes(data[1:5])
    said = data[5 : 5 + length].decode()
    for db2, derby in SAID_DIFFERENTLY:
        said = re.sub(db2, derby, said)
    text = said.encode()
    return data[:1] + len(text).to_bytes(4) + text + data[5 + length :]


def _answered(structure: Structure) -> bytes:
    return _changed(structure, lambda code, data: _card(data) if code == ERROR_CARD else data)


def _card(data: bytes) -> bytes:
    """An SQLCA: code, state, module, 24 octets of counts, 11 of warnings, database name, words twice."""
    if len(data) < len("?codestateMODULE!!?") or data[0]:
        return data
    answer = ERRORS.get(data[5:10].decode(errors="replace"))
    if answer is None:
        return data
    counts_end = 19 + 24 + 11
    name_end = counts_end + 2 + int.from_bytes(data[counts_end : counts_end + 2])
    words_end = name_end + 2 + int.from_bytes(data[name_end : name_end + 2])
    words = data[name_end + 2 : words_end] if answer.words is None else answer.words
    head = data[:1] + answer.code.to_bytes(4, signed=True) + answer.state.encode() + data[10:name_end]
    return head + len(words).to_bytes(2) + words + data[words_end:]
