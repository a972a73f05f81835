"""The proxy's checks on a message before anything reaches the message database. Each is optional; the CA checks itself.

    alias -> readable -> body -> protection

A message that cannot be read is passed on where its header can be, and no check needs more: the CA answers it, with a
protection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_transport.cmp.refusals import ProxyRefusal, Refused, refused
from lockgate_transport.cmp.vocabulary import ALIAS


class MessageCheck(Protocol):
    """One check."""

    def __call__(self, alias: str, message: PkiMessage) -> Refused | None:
        """Why the message must not pass; None where it may.

        Raises:
            MalformedMessage: a part of it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class KnownAlias:
    """Lets messages for `aliases` pass."""

    aliases: frozenset[str]

    def __call__(self, alias: str, message: PkiMessage) -> Refused | None:  # noqa: ARG002
        """The refusal of another alias."""
        return None if alias in self.aliases else refused(ProxyRefusal.UNKNOWN_ALIAS)


@dataclass(frozen=True, slots=True)
class AcceptedBody:
    """Lets messages with bodies of `types` pass."""

    types: frozenset[BodyType]

    def __call__(self, alias: str, message: PkiMessage) -> Refused | None:  # noqa: ARG002
        """The refusal of another body."""
        found = message.body_type
        return None if found in self.types else refused(ProxyRefusal.UNACCEPTED_BODY, f"a body {found.rfc_name}")


def judged(checks: Sequence[MessageCheck], alias: str, octets: bytes) -> Refused | None:
    """Why what a client has sent must not pass; None where it may."""
    if not ALIAS.fullmatch(alias):
        return refused(ProxyRefusal.UNKNOWN_ALIAS)
    try:
        message = read_message(octets)
        found = (check(alias, message) for check in checks)
        return next((refusal for refusal in found if refusal is not None), None)
    except MalformedMessage as error:
        if error.header is not None and not checks:
            return None
        return Refused(ProxyRefusal.NO_PKI_MESSAGE, error.fail_info, error.text)
