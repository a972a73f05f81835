"""Errors in a profile, each with its line and field.

The reader of structures names a path where a value is wrong, and only quotes the field's name where a key is missing or
unknown or where two fields contradict each other; both are turned into a place in the file.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lockgate_app.profile_files.documents import Document
from lockgate_app.settings.positions import line_of

_PATH = re.compile(r"(?P<text>.*?)(?: - at (?:`key` in )?`\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong.

    Attributes:
        line: counted from 1; None where it is unknown.
        text: the field's path and what is wrong there.
    """

    line: int | None
    text: str


def complaint(document: Document, profile: tuple[str, str], error: str, fields: Iterable[str]) -> Complaint:
    """The meaning of `error`, which the reader of structures has raised.

    Args:
        profile: the path of the profile in the document.
        fields: the names that its fields may have.
    """
    if unknown := _UNKNOWN.fullmatch(error):
        return unknown_key(document, (*profile, unknown["field"]), fields)
    read = _PATH.fullmatch(error)
    text, path = (read["text"], read["path"] or "") if read else (error, "")
    steps = [name or index for name, index in _STEP.findall(path)]
    if not path:
        steps = [word for word in _WORD.findall(text) if word in set(fields)][:1]
        text = text.removeprefix(f"{steps[0]}: ") if steps else text
    return in_document(document, (*profile, *steps), text)


def unknown_key(document: Document, path: tuple[str, ...], known: Iterable[str]) -> Complaint:
    """A key that does not exist, and the one that may have been meant."""
    close = difflib.get_close_matches(path[-1], list(known), n=1)
    return in_document(document, path, f"unknown key; did you mean {close[0]}?" if close else "unknown key")


def in_document(document: Document, path: tuple[str, ...], text: str) -> Complaint:
    """`text` about the value at `path`."""
    plain = text.replace("`", "")
    return Complaint(line_of(path, document.positions), f"{'.'.join(path)}: {plain[:1].lower()}{plain[1:]}")
