"""Letters that look like others, which no name may hold (Unicode TR 39, 5.2, the level "highly restrictive").

A value is written in one script, or in Latin with those of East Asia, so that no Cyrillic or Greek letter can be
confused with a Latin one. Letters drawn in another style (bold, wide, circled) are refused. A value wholly of another
script that looks Latin is found by its `skeleton`, which new usernames are judged by (`lockgate.names.usernames`); in
other names it is not looked for: bound them in the profiles, or let administrators approve them.

The standard library knows no script of a letter, but every letter's name begins with it.
"""

import unicodedata

from lockgate.names.confusables import PROTOTYPES

_CLASSES = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd"})
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HANGUL", "BOPOMOFO"})
_LATIN = "LATIN"
_SYNONYMS = {"FEMININE": _LATIN, "MASCULINE": _LATIN, "ARABIC-INDIC": "ARABIC", "EXTENDED": "ARABIC"}
"""The ordinal indicators; both kinds of digits that Arabic has of its own."""
_DIGITS = "0123456789"
"""They go with every script."""
_STYLES = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>")


def lookalikes(value: str) -> str:
    """The part of `value` that could be confused with other letters, in words; empty if there is none."""
    if value.isascii():
        return ""
    if any(unicodedata.decomposition(letter).startswith(_STYLES) for letter in value):
        return "letters in another style (bold, wide, circled) are not allowed"
    letters = set(value).difference(_DIGITS)
    scripts = {script(letter) for letter in letters if unicodedata.category(letter) in _CLASSES}
    others = scripts - _EAST_ASIAN
    if len(others) <= 1 and (others <= {_LATIN} or not scripts & _EAST_ASIAN):
        return ""
    return f"the scripts {', '.join(sorted(map(str.title, scripts)))} are mixed"


def script(character: str) -> str:
    """The first word of the name that Unicode gives `character`, which tells its script; `UNKNOWN` without a name."""
    first = unicodedata.name(character, "UNKNOWN").partition(" ")[0] if character else "UNKNOWN"
    return _SYNONYMS.get(first, first)


def skeleton(text: str) -> str:
    """The skeleton of `text` (UTS 39, 4): each character is replaced by its prototype. Texts that look the same have
    the same skeleton.

    Args:
        text: characters that a username may hold (`lockgate.names.precis`); of others the table of prototypes knows
            nothing.
    """
    replaced = "".join(PROTOTYPES.get(character, character) for character in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", replaced)
