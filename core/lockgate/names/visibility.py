"""Which characters show what they are, so that people can read a text and nothing stands in it unseen."""

import re

IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that are invisible (Default_Ignorable_Code_Point; RFC 8264, 9.13) although they count as
printable."""


def is_visible(character: str) -> bool:
    """Whether a character can be seen: it is no control, format, separator (except U+0020) or invisible character."""
    return character.isprintable() and not IGNORABLE.match(character)
