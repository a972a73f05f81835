"""Usernames that cannot be confused with one another: the rules for a new one, and the keys that no two end entities
share.

Names are compared, never rewritten. Only new names are judged: an end entity that is stored keeps its name.
"""

import unicodedata

from lockgate.errors import InvalidName
from lockgate.names.dn import check_text
from lockgate.names.lookalikes import skeleton
from lockgate.names.precis import objection

_SPACE = " "


def check_new_username(username: str) -> None:
    """Judge the username of an end entity that is not stored yet.

    It is words joined by single U+0020, each of which is its own RFC 8265 UsernameCasePreserved form (3.4). One that
    is not ASCII must not look like one that is (UTS 39, 4).

    Raises:
        InvalidName: it is not.
    """
    check_text("username", username)
    for word in username.split(_SPACE):
        if unfit := objection(word):
            raise InvalidName(f"username: {unfit}")
    if not username.isascii() and skeleton(username).isascii():
        raise InvalidName("username: it looks like another one that is written in ASCII; write that")


def username_keys(username: str) -> tuple[str, ...]:
    """The keys that no two end entities may share: the name without regard to case, and its skeleton.

    Only names that are not ASCII have a skeleton key: `check_new_username` refuses those that look like ASCII.
    """
    keys = (f"casefold {_caseless(username)}",)
    return keys if username.isascii() else (*keys, f"skeleton {skeleton(username)}")


def _caseless(text: str) -> str:
    """As the Unicode Standard folds case for canonical caseless matching (3.13, D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
