"""CMP messages that somebody changes on their way, who neither knows the secret nor has the key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lockgate_formats import der
from lockgate_formats.cmp.macs import PBMAC1_SHA256
from lockgate_formats.cmp.messages import Header, InfoValue, PkiMessage
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.protection import protection_of
from lockgate_formats.cmp.signatures import SignatureProtection, key_protector
from lockgate_formats.cmp.vocabulary import BodyType, InfoType
from tests.support.pki.identities import ec_key, name

SOMEBODY = directory_name(name("somebody else").public_bytes())
CONFIRM = InfoValue(InfoType.IMPLICIT_CONFIRM, der.NULL)


@dataclass(frozen=True)
class Kept:
    """The protection that the message had before."""

    algorithm: bytes
    value: bytes

    def protect(self, protected_part: bytes) -> bytes:
        return self.value


def tampered(octets: bytes, part: str) -> bytes:
    """The message with another `part`, its protection kept."""
    message = read_message(octets)
    return PARTS[part](message)


def _header(change: Callable[[Header], dict[str, Any]]) -> Callable[[PkiMessage], bytes]:
    return lambda message: _written(message, replace(message.header, **change(message.header)))


def _written(
    message: PkiMessage,
    header: Header | None = None,
    body_type: BodyType | None = None,
    body: bytes | None = None,
    kept: Kept | None = None,
) -> bytes:
    return write_message(
        header or message.header,
        message.body_type if body_type is None else body_type,
        message.body if body is None else body,
        kept or Kept(message.header.protection_algorithm or b"", message.protection or b""),
        message.extra_certs,
    )


def _later(header: Header) -> datetime:
    assert header.message_time
    return header.message_time + timedelta(seconds=1)


def _another_algorithm(message: PkiMessage) -> bytes:
    signed = isinstance(protection_of(message), SignatureProtection)
    algorithm = key_protector(ec_key(1), "sha384").algorithm if signed else PBMAC1_SHA256.algorithm
    return _written(message, kept=Kept(algorithm, message.protection or b""))


def _another_value(message: PkiMessage) -> bytes:
    value = message.protection or b""
    algorithm = message.header.protection_algorithm or b""
    return _written(message, kept=Kept(algorithm, value[:-1] + bytes((value[-1] ^ 1,))))


def _another_body(message: PkiMessage) -> bytes:
    """For another name of the same length."""
    assert b"router" in message.body
    return _written(message, body=message.body.replace(b"router", b"robber"))


PARTS: Mapping[str, Callable[[PkiMessage], bytes]] = {
    "version": _header(lambda header: {"pvno": 5 - header.pvno}),
    "sender": _header(lambda _: {"sender": SOMEBODY}),
    "recipient": _header(lambda _: {"recipient": SOMEBODY}),
    "time": _header(lambda header: {"message_time": _later(header)}),
    "protection algorithm": _another_algorithm,
    "reference": _header(lambda header: {"sender_kid": (header.sender_kid or b"")[::-1]}),
    "transaction id": _header(lambda header: {"transaction_id": (header.transaction_id or b"")[::-1]}),
    "nonce": _header(lambda header: {"sender_nonce": (header.sender_nonce or b"")[::-1]}),
    "general information": _header(lambda header: {"general_info": () if header.general_info else (CONFIRM,)}),
    "kind of body": lambda message: _written(message, body_type=BodyType.CR),
    "body": _another_body,
    "protection": _another_value,
}
"""Each changes one part."""
