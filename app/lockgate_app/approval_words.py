"""The words by which people read an action: the terms of RFC 5280 and of the External RA, for its own names."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

NONE = "none"
_TERMS: Mapping[str, str] = MappingProxyType(
    {
        "subject_dn": "subject DN",
        "subject_alt_name": "subject alternative name",
        "ca_name": "CA",
        "cas": "CAs",
        "token": "token type",
        "recovery": "key recovery of the certificate",
        "public_key": "subject public key",
        "possession": "proof of possession",
        "standing": "status",
        "kinds": "kinds of approval",
        "shows_password_of": "shows the password of",
    }
)
"""Names that people read in other words; of any other name they read its words."""
_OF_EFFECTS: Mapping[str, str] = MappingProxyType(
    {
        "about": "of",
        "done": "the password is",
        "keep": "the CA keeps the private key",
        "name": "name of the certificate in the request",
        "owner": "end entity",
        "profile": "certificate profile",
        "reason": "revocation reason",
        "serial_number": "serial number asked for",
        "token": "private key handed out as",
        "way": "changed by",
    }
)
"""The same for the members of an effect itself."""
_EFFECTS: Mapping[str, str] = MappingProxyType(
    {
        "save": "Add or change an end entity",
        "password": "Set or end a password",
        "certify": "Issue a certificate",
        "carry the memberships in roles over": "Make the new certificate a member of the old one's roles",
        "hand out the kept key": "Hand out a private key that the CA keeps",
        "revoke": "Revoke a certificate, or change how it stands",
        "read": "Give out what a CA has published",
    }
)
"""What people are told of an effect; others have the name in the action."""


def term(name: str) -> str:
    """What people read in place of a name. One with a space holds a username, which stays as it is."""
    return _TERMS.get(name) or (name if " " in name else name.replace("_", " "))


def term_of_effect(name: str) -> str:
    """The same for a member of an effect."""
    return _OF_EFFECTS.get(name) or term(name)


def effect_title(effect: str) -> str:
    """What people are told of an effect."""
    return _EFFECTS.get(effect, effect)


def told(value: Any) -> str:
    """A value as people read it. Alternative names hold no comma that is not escaped, so commas part them."""
    if isinstance(value, dict):
        return ", ".join(f"{term(name)}: {_inner(item)}" for name, item in value.items()) or NONE
    if isinstance(value, list):
        return ", ".join(map(_inner, value)) or NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value in (None, "") else str(value)


def _inner(value: Any) -> str:
    """The same within another value."""
    text = told(value)
    if isinstance(value, dict):
        return f"({text})"
    return f"[{text}]" if isinstance(value, list) and value else text
