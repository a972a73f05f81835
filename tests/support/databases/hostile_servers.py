"""Database servers that let their client in and then misbehave: as much of each protocol as that takes.

Whatever is asked first gets the misbehaviour for an answer, in clear and without a password.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count, repeat

MIB = 1024 * 1024
PIECE = bytes(256 * 1024)


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What a server says.

    Attributes:
        words: pieces, perhaps without end.
        pause: seconds between two of them.
        greeting: said instead of letting the client in.
    """

    words: Callable[[], Iterable[bytes]]
    pause: float = 0
    greeting: bool = False


def _postgresql(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    return kind + struct.pack("!i", 4 + (len(content) if length is None else length)) + content


_ONE_COLUMN = _postgresql(b"T", struct.pack("!h", 1) + b"c\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0))
_ROW = _postgresql(b"D", struct.pack("!hi", 1, 100) + b"r" * 100)
_EMPTY_ROW = _postgresql(b"D", struct.pack("!hi", 1, -1))
_NOTIFICATION = _postgresql(b"A", struct.pack("!i", 1) + b"channel\0" + b"n" * 7000 + b"\0")
_LET_IN = _postgresql(b"R", bytes(4)) + _postgresql(b"Z", b"I")

POSTGRESQL: Mapping[str, Misbehaviour] = {
    "rows without end": Misbehaviour(lambda: chain([_ONE_COLUMN], repeat(_ROW * 1000))),
    "empty rows without end": Misbehaviour(lambda: chain([_ONE_COLUMN], repeat(_EMPTY_ROW * 10_000))),
    "results without end": Misbehaviour(lambda: repeat(_postgresql(b"C", b"SELECT 0\0") * 1000)),
    "notifications without end": Misbehaviour(lambda: repeat(_NOTIFICATION * 40)),
    "a notification that is never finished": Misbehaviour(
        lambda: chain([_postgresql(b"A", struct.pack("!i", 1), 2**30)], repeat(PIECE.replace(b"\0", b"n")))
    ),
    "an error of 100 MiB, half of which arrives": Misbehaviour(
        lambda: chain([_postgresql(b"E", b"SERROR\0C42601\0M", 100 * MIB)], repeat(b"e" * MIB, 50))
    ),
    "notices without end": Misbehaviour(lambda: repeat(_postgresql(b"N", b"SINFO\0M" + b"n" * 20_000 + b"\0\0") * 10)),
    "settings without end": Misbehaviour(
        lambda: (_postgresql(b"S", f"name{number}\0".encode() + b"v" * 20_000 + b"\0") for number in count())
    ),
    "a row now and then": Misbehaviour(lambda: chain([_ONE_COLUMN], repeat(_ROW)), pause=0.1),
    "settings without end before it lets anybody in": Misbehaviour(
        lambda: chain(
            [_postgresql(b"R", bytes(4))],
            (_postgresql(b"S", f"name{number}\0".encode() + b"v" * 20_000 + b"\0") for number in count()),
        ),
        greeting=True,
    ),
}


def _mysql(numbers: Iterator[int], content: bytes) -> bytes:
    whole = [content[start : start + 0xFFFFFF] for start in range(0, len(content) + 1, 0xFFFFFF)]
    return b"".join(struct.pack("<I", len(payload))[:3] + bytes([next(numbers) % 256]) + payload for payload in whole)


def _mysql_answer(*packets: bytes, then: Iterable[bytes] = ()) -> Callable[[], Iterable[bytes]]:
    def words() -> Iterator[bytes]:
        numbers = count(1)
        return (_mysql(numbers, packet) for packet in chain(packets, then))

    return words


_GREETING = (
    b"\x0a5.5.5-10.11.6-MariaDB\0"
    + bytes(4)
    + b"8 octets\0"
    + struct.pack("<HBHHB", 0xF7FF, 45, 2, 0x8000 | 0x0008, 21)
    + bytes(10)
    + b"and 12 more.\0mysql_native_password\0"
)
_OK, _END = bytes(7), b"\xfe" + bytes(4)
_COLUMN = b"\3def\0\0\0\1c\0\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0"

MARIADB: Mapping[str, Misbehaviour] = {
    "rows without end": Misbehaviour(_mysql_answer(b"\1", _COLUMN, _END, then=repeat(b"\x64" + b"r" * 100))),
    "empty rows without end": Misbehaviour(_mysql_answer(b"\1", _COLUMN, _END, then=repeat(b"\xfb"))),
    "columns without end": Misbehaviour(_mysql_answer(b"\xfd\xff\xff\xff", then=repeat(_COLUMN))),
    "an error of 100 MiB": Misbehaviour(_mysql_answer(b"\xff\x28\4#42000" + b"e" * 100 * MIB)),
    "a row now and then": Misbehaviour(_mysql_answer(b"\1", _COLUMN, _END, then=repeat(b"\1r")), pause=0.1),
    "an octet now and then": Misbehaviour(lambda: chain([b"\xff\xff\xff\1"], repeat(b"r")), pause=0.1),
    "an octet now and then before it lets anybody in": Misbehaviour(
        lambda: chain([b"\xff\xff\xff\0"], repeat(b"r")), pause=0.1, greeting=True
    ),
}
SERVERS = {"postgresql": POSTGRESQL, "mariadb": MARIADB}


@contextmanager
def misbehaving(database: str, misbehaviour: Misbehaviour) -> Iterator[str]:
    """The URL of a server that misbehaves to each client, one after another."""
    gone = threading.Event()
    let_in = {"postgresql": _let_in_postgresql, "mariadb": _let_in_mariadb}[database]

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            with client, suppress(OSError):
                if gone.is_set():
                    return
                let_in(client, misbehaviour)
                for words in misbehaviour.words():
                    client.sendall(words)
                    if gone.wait(misbehaviour.pause):
                        return
                client.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"{database}://app@127.0.0.1:{listener.getsockname()[1]}/db"
        finally:
            gone.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


def _let_in_postgresql(client: socket.socket, misbehaviour: Misbehaviour) -> None:
    client.recv(65536)
    if not misbehaviour.greeting:
        client.sendall(_LET_IN)
        client.recv(65536)


def _let_in_mariadb(client: socket.socket, misbehaviour: Misbehaviour) -> None:
    if not misbehaviour.greeting:
        client.sendall(_mysql(count(0), _GREETING))
        client.recv(65536)
        client.sendall(_mysql(count(2), _OK))
        for _ in range(2):  # the encoding and the settings, which the driver takes any answer to
            client.recv(65536)
            client.sendall(_mysql(count(1), _OK))
        client.recv(65536)
