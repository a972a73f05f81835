"""The bounds that are checked before anything is parsed, and the one error for everything that cannot be read."""

from dataclasses import dataclass

MAX_DEPTH = 24
"""Levels of constructed BER at most; the deepest legitimate one, a name in a certificate, is at 13."""
MAX_ELEMENTS = 2000
"""BER elements in one submessage at most; a submessage in DER is not converted and needs no such bound."""
MAX_SMALL = 1024
"""Octets at most in elements that are always small: identifiers, versions, algorithms."""


@dataclass(frozen=True, slots=True)
class EnvelopeLimits:
    """Bounds on messages from the message database.

    Attributes:
        message: octets in a message.
        submessages: parts in a message.
        submessage: octets in a part.
        recipients, certificates, attributes: members of these sets in one CMS object.
        certificate: octets in a certificate.
    set_size: octets in a set of recipients, of attributes or of signers.
    """

    message: int = 16 * 1024 * 1024
    submessages: int = 100
    submessage: int = 1024 * 1024
    recipients: int = 10
    certificates: int = 10
    attributes: int = 16
    certificate: int = 16 * 1024
    set_size: int = 32 * 1024


class Unreadable(ValueError):
    """A CMS object that is malformed, out of bounds or not acceptable; its text is for the operator's log only."""


MAX_DESCRIPTION = 200
"""Characters of an error that are written to a log."""


def described(error: Exception) -> str:
    """The text of an error, for a log. A codec's error quotes the octets, perhaps a secret: only its name is told."""
    text = "" if isinstance(error, UnicodeError) else str(error)
    return text[:MAX_DESCRIPTION] or type(error).__name__
