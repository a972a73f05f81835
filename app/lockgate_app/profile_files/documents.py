"""A parsed file of either format: its content, and the line of every key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lockgate_app.settings.positions import Position


class UnreadableDocument(Exception):
    """The file is not of its format; the text says why.

    Attributes:
        line: counted from 1; None where it is unknown.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file.

    Attributes:
        content: plain dictionaries, lists, texts, numbers.
        positions: the line of every key, by its path.
    """

    content: Any
    positions: Position


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """How files are written.

    Attributes:
        parse: a text's document; raises `UnreadableDocument`.
        write: the text for nested plain values without None.
    """

    name: str
    parse: Callable[[str], Document]
    write: Callable[[Mapping[str, Any]], str]
