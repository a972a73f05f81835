"""Which characters a part of a username may hold: RFC 8264's IdentifierClass, as RFC 8265, 3.4 applies it.

`objection` says why a text differs from its own UsernameCasePreserved form; nothing is ever rewritten. It is stricter
than the RFC in one place: the joiners U+200C and U+200D, which show nothing, are refused in every context.

The data are those of this Python's `unicodedata`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from lockgate.names.lookalikes import script
from lockgate.names.visibility import IGNORABLE

_LETTERS_AND_DIGITS = frozenset({"Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"})
"""General categories (RFC 8264, 9.1)."""
_ALLOWED = frozenset("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007")
_REFUSED = frozenset("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")
"""The exceptions (RFC 8264, 9.6)."""
_OLD_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]")
"""Conjoining Jamo (RFC 8264, 9.9)."""
_EAST_ASIAN = frozenset({"HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC"})
_ARABIC_INDIC = "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
_EXTENDED_ARABIC_INDIC = "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
_MIDDLE_DOT, _NUMERAL_SIGN, _HEBREW_MARKS, _KATAKANA_DOT = "\u00b7", "\u0375", "\u05f3\u05f4", "\u30fb"

_Rule = Callable[[str, int], bool]
IN_CONTEXT: Mapping[str, _Rule] = {
    _MIDDLE_DOT: lambda text, at: text[max(at - 1, 0) : at + 2] == f"l{_MIDDLE_DOT}l",
    _NUMERAL_SIGN: lambda text, at: script(text[at + 1 : at + 2]) == "GREEK",
    **dict.fromkeys(_HEBREW_MARKS, lambda text, at: at > 0 and script(text[at - 1]) == "HEBREW"),
    _KATAKANA_DOT: lambda text, _: any(script(other) in _EAST_ASIAN for other in text if other != _KATAKANA_DOT),
    **dict.fromkeys(_ARABIC_INDIC, lambda text, _: not set(text) & set(_EXTENDED_ARABIC_INDIC)),
    **dict.fromkeys(_EXTENDED_ARABIC_INDIC, lambda text, _: not set(text) & set(_ARABIC_INDIC)),
}
"""Characters that are allowed beside certain others only (RFC 5892, appendix A.3 to A.9)."""
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_BESIDE_RIGHT_TO_LEFT = _RIGHT_TO_LEFT | {"EN", "ES", "CS", "ET", "ON", "BN", "NSM"}


def objection(part: str) -> str:
    """Why `part` is no part of a username (RFC 8265, 3.1), in words; empty if it is one."""
    if not part:
        return "spaces stand between words only, one at a time"
    if not unicodedata.is_normalized("NFC", part):
        return "the text is not in Unicode's composed form (NFC)"
    for at, character in enumerate(part):
        in_context = IN_CONTEXT.get(character)
        if not (is_identifier_character(character) if in_context is None else in_context(part, at)):
            return f"the character U+{ord(character):04X} is not allowed here (RFC 8264, IdentifierClass)"
    return "" if _is_bidirectionally_sound(part) else "left-to-right and right-to-left are mixed (RFC 5893, 2)"


def is_identifier_character(character: str) -> bool:
    """Whether the IdentifierClass allows it everywhere (PVALID; RFC 8264, 8)."""
    if character in _ALLOWED or "!" <= character <= "~":
        return True
    if character in _REFUSED or _OLD_HANGUL.match(character) or IGNORABLE.match(character):
        return False
    if unicodedata.normalize("NFKC", character) != character:
        return False
    return unicodedata.category(character) in _LETTERS_AND_DIGITS


def _is_bidirectionally_sound(part: str) -> bool:
    """The Bidi Rule, for a part that holds a character of a right-to-left script (RFC 8265, 3.4.2; RFC 5893, 2)."""
    classes = [unicodedata.bidirectional(character) for character in part]
    if _RIGHT_TO_LEFT.isdisjoint(classes):
        return True
    while classes[-1] == "NSM":
        classes.pop()
    ends_soundly = classes[0] in {"R", "AL"} and classes[-1] in _RIGHT_TO_LEFT | {"EN"}
    return ends_soundly and _BESIDE_RIGHT_TO_LEFT.issuperset(classes) and not {"EN", "AN"}.issubset(classes)
