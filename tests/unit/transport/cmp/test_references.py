"""What a senderKID is called that is no text: it stands in the audit log, and a database must take it."""

import pytest

from lockgate_formats.cmp.messages import Header
from lockgate_formats.cmp.names import NULL_DN
from lockgate_transport.cmp.service.authentication import reference_of

NO_TEXT = [b"\0", b"a\0b", b"a\0", b"\xff", b"\xfe", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"x" * 256]
"""With NUL, which PostgreSQL takes in no text; no UTF-8, also of a surrogate and an overlong NUL; too long."""


def reference(octets: bytes | None) -> str:
    return reference_of(Header(pvno=2, sender=NULL_DN, recipient=NULL_DN, sender_kid=octets))


@pytest.mark.parametrize("octets", NO_TEXT)
def test_what_is_no_text_is_called_by_its_octets(octets: bytes) -> None:
    assert reference(octets) == octets.hex()


@pytest.mark.parametrize("text", ["factory", "r-17", "Gerät 5", "x" * 255])
def test_a_text_is_called_as_it_is(text: str) -> None:
    assert reference(text.encode()) == text


def test_a_message_may_have_none() -> None:
    assert reference(None) == reference(b"") == ""
