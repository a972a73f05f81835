#!/usr/bin/env python3
"""Write core/lockgate/names/confusables.py anew from Unicode's data as the package confusable_homoglyphs holds them.

Usage: PYTHONPATH=core python scripts/confusables.py

The package holds every pair of look-alikes both ways. Which of two is the prototype follows from Unicode's table: a
character has one prototype, and a prototype has none of its own; of two that have only each other, the pair was written
down under the one that comes first.
"""

import json
import textwrap
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from lockgate.names.precis import IN_CONTEXT, is_identifier_character

TARGET = Path(__file__).parent.parent / "core" / "lockgate" / "confusables.py"
LEFT_TO_RIGHT_MARK = "\u200e"
"""Stands around right-to-left letters in the package's data."""
HEAD = '''"""Which characters look alike: Unicode's table of prototypes, for those that a username may hold.

Made by scripts/confusables.py from the data of UTS 39 (confusables.txt) in the package confusable_homoglyphs {package};
copyright Unicode, Inc., https://www.unicode.org/license.txt. Nothing in it is newer than Unicode 14.0.
"""

_TABLE = """
'''
TAIL = '''
"""
"""Prototype and characters that look like it, code points in hexadecimal: PROTOTYPE[+...]:CHARACTER[,...]."""


def _text(points: str) -> str:
    return "".join(chr(int(point, 16)) for point in points.split("+"))


PROTOTYPES = {
    chr(int(point, 16)): _text(prototype)
    for prototype, _, points in (entry.partition(":") for entry in _TABLE.split())
    for point in points.split(",")
}
"""The prototype of each character that has one (UTS 39, 4)."""
'''


def prototypes(pairs: Mapping[str, list[dict[str, str]]]) -> dict[str, str]:
    """The prototype of each character, from the package's pairs."""
    order = {text: position for position, text in enumerate(pairs)}
    found = {}
    for text, others in pairs.items():
        other = others[0]["c"]
        is_source = len(others) == 1 and (len(pairs[other]) > 1 or order[text] < order[other])
        if is_source:
            found[text.strip(LEFT_TO_RIGHT_MARK)] = other.strip(LEFT_TO_RIGHT_MARK)
    return {text: prototype for text, prototype in found.items() if len(text) == 1 and _is_used(text)}


def _is_used(character: str) -> bool:
    usable = is_identifier_character(character) or character in IN_CONTEXT
    return usable and unicodedata.is_normalized("NFD", character)


def module(table: Mapping[str, str], package: str) -> str:
    """The text of the module."""
    sources: dict[str, list[str]] = {}
    for character, prototype in sorted(table.items()):
        sources.setdefault("+".join(f"{ord(letter):x}" for letter in prototype), []).append(f"{ord(character):x}")
    entries = [f"{prototype}:{','.join(points)}" for prototype, points in sorted(sources.items())]
    wrapped = textwrap.fill(" ".join(entries), 118, break_long_words=False, break_on_hyphens=False)
    return HEAD.format(package=package) + wrapped + TAIL


def generated() -> str:
    """The text of the module, from the package that is installed."""
    from confusable_homoglyphs import __version__  # noqa: PLC0415  (of the group dev)

    data = files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8")
    return module(prototypes(json.loads(data)), __version__.split("+")[0])


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
