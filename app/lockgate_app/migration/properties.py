"""Java's properties files, the whole syntax (java.util.Properties, method load)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate_app.keys import read_file

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK = " \t\f"
_KEY = re.compile(r"(?:\\.|[^\\=: \t\f])*", re.DOTALL)
_SEPARATOR = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Property:
    """A key with its value.

    Attributes:
        value: may be a secret, so that no message shows it.
        line: in its file, where the key stands; the first one is 1.
    """

    file: Path
    line: int
    key: str
    value: str = field(repr=False)


def read_properties(path: Path) -> Sequence[Property]:
    """The properties of the file `path` in its order, keys that stand there twice included.

    Raises:
        ConfigurationError: it cannot be read, has more than 1 MiB, or holds an escape that is none; the text names file
            and line.
    """
    text = read_file(path).decode("iso-8859-1")
    return [_property(path, line, logical) for line, logical in _logical_lines(text)]


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that is neither empty nor a comment with its number, joined with those that go on with it."""
    lines = iter(enumerate(_LINE_END.split(text), 1))
    for number, line in lines:
        logical = line.lstrip(_BLANK)
        if not logical or logical[0] in "#!":
            continue
        parts = [logical]
        while _continued(parts[-1]):
            parts[-1] = parts[-1][:-1]
            parts.append(next(lines, (0, ""))[1].lstrip(_BLANK))
        yield number, "".join(parts)


def _continued(line: str) -> bool:
    """Whether its last backslash escapes the line's end, and is not itself escaped."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _property(path: Path, line: int, logical: str) -> Property:
    key = _KEY.match(logical)
    separator = _SEPARATOR.match(logical, key.end() if key else 0)
    value = logical[separator.end() :] if separator else ""
    try:
        return Property(path, line, _unescaped(key.group() if key else ""), _unescaped(value))
    except ValueError as error:
        raise ConfigurationError(f"{path}, line {line}: {error}") from None


def _unescaped(text: str) -> str:
    """Raises ValueError where an escape is none, or is half of a character."""
    plain = _ESCAPE.sub(_character, text)
    try:
        return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise ValueError("\\u names half of a character, and the other half is missing") from None


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name == "u":
        raise ValueError("\\u must be followed by four hexadecimal digits")
    return chr(int(name[1:], 16)) if name[0] == "u" else _CONTROLS.get(name, name)
