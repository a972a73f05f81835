"""Where in a TOML file each key stands, so that an error can name the line.

The standard library's parser keeps no positions. Each line that starts a table or a key is read by itself with that
same parser, so quoting and dotted keys follow its rules. A line that cannot be read so (inside a multi-line text) has
no position, and an error about it names the nearest table above.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping

_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\- ])+?)\s*=""")

Position = Mapping[tuple[str, ...], int]


def _path(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key as the TOML parser sees them; none where it is no key."""
    try:
        table = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    node: object = table
    while isinstance(node, dict):
        ((name, node),) = node.items()
        path.append(name)
    return tuple(path)


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            table = _path(header[1])
            yield table, number
        elif key := _KEY.match(line):
            yield table + _path(key[1]), number


def positions(text: str) -> Position:
    """The line, counted from 1, of every table and key in the TOML document `text`."""
    found: dict[tuple[str, ...], int] = {}
    for path, number in _lines(text):
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], number)
    return found


def line_of(path: tuple[str, ...], where: Position) -> int | None:
    """The line of `path`, or of the nearest table around it; None where even that is unknown."""
    for length in range(len(path), 0, -1):
        if path[:length] in where:
            return where[path[:length]]
    return None
