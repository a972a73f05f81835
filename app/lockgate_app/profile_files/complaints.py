"""Errors in a profile file, each with its line and field."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from lockgate_app.profile_files.documents import Document
from lockgate_app.settings.positions import line_of


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong.

    Attributes:
        line: counted from 1; None where it is unknown.
        text: the field's path and what is wrong there.
    """

    line: int | None
    text: str


def unknown_key(document: Document, path: tuple[str, ...], known: Iterable[str]) -> Complaint:
    """A key that does not exist, and the one that may have been meant."""
    close = difflib.get_close_matches(path[-1], list(known), n=1)
    return in_document(document, path, f"unknown key; did you mean {close[0]}?" if close else "unknown key")


def in_document(document: Document, path: tuple[str, ...], text: str) -> Complaint:
    """`text` about the value at `path`."""
    return Complaint(line_of(path, document.positions), f"{'.'.join(path)}: {text}")
