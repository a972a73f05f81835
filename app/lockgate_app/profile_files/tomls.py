"""TOML, by the standard library's parser and its counterpart for writing."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from lockgate_app.profile_files.documents import Document, DocumentFormat, UnreadableDocument
from lockgate_app.settings.positions import positions

_PLACE = re.compile(r"(?P<text>.*) \(at line (?P<line>[0-9]+), column [0-9]+\)", re.DOTALL)


def _parse(text: str) -> Document:
    try:
        return Document(tomllib.loads(text), positions(text))
    except tomllib.TOMLDecodeError as error:
        if place := _PLACE.fullmatch(str(error)):
            raise UnreadableDocument(f"is no valid TOML: {place['text']}", int(place["line"])) from None
        raise UnreadableDocument(f"is no valid TOML: {error}") from None
    except RecursionError:
        raise UnreadableDocument("is nested too deeply") from None


def _write(content: Mapping[str, Any]) -> str:
    import tomli_w  # noqa: PLC0415  (only this command needs it; the worker's start does not)

    return tomli_w.dumps(content)


FORMAT = DocumentFormat("toml", _parse, _write)
