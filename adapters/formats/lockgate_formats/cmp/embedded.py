"""Bodies that are whole structures of others: p10cr and nested (RFC 9810, 5.3.3 and 5.1.3.5)."""

from collections.abc import Sequence

from lockgate_formats import der
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, MessageLimits
from lockgate_formats.cmp.messages import well_formed
from lockgate_formats.cms.limits import Unreadable
from lockgate_formats.fields import read_whole

CONFIRMED = der.NULL
"""The body pkiConf, DER (RFC 9810, 5.3.17)."""


def read_pkcs10(body: bytes) -> bytes:
    """The DER CertificationRequest (RFC 2986) of a p10cr; not read any further.

    Raises:
        MalformedMessage: it is none.
    """
    with well_formed("The PKCS#10 request"):
        fields = read_whole(body)
        for tag in (der.SEQUENCE, der.SEQUENCE, der.BIT_STRING):
            fields.inside(tag)
        fields.finish()
        return body


def read_nested(body: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> tuple[bytes, ...]:
    """The octets of each inner PKIMessage of a nested message, at least one; not read any further.

    Raises:
        MalformedMessage: it is none, or out of bounds.
    """
    with well_formed("The nested message"):
        messages = read_whole(body)
        found = tuple(
            messages.element(der.SEQUENCE) for _ in messages.each(limits.inner_messages, "messages in a nested one")
        )
        if not found:
            raise Unreadable("no message is in it")
        return found


def write_nested(messages: Sequence[bytes]) -> bytes:
    """The DER PKIMessages of those DER PKIMessage."""
    return der.sequence(*messages)


def read_confirmed(body: bytes) -> None:
    """Check that the body of a pkiConf is NULL.

    Raises:
        MalformedMessage: it is not.
    """
    with well_formed("The confirmation"):
        if body != CONFIRMED:
            raise Unreadable("its content is not NULL")
