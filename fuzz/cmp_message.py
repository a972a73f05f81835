"""A CMP message from a stranger: its header, its protection, and its body, up to what a service asks about it."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from fuzz import cmp_certificate_requests, cmp_confirmations, cmp_general, cmp_responses
from fuzz.keys import server
from fuzz.running import fuzz
from lockgate_formats.cmp.embedded import read_confirmed, read_nested, read_pkcs10
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.pki_message import read_message, write_message
from lockgate_formats.cmp.protection import protection_of, verify_mac, verify_signature
from lockgate_formats.cmp.vocabulary import BodyType

SECRET = b"a secret of no installation"
LIMITS = ProtectionLimits(iterations=200, hmac_sha1=True)
_BODIES: Mapping[BodyType, Callable[[bytes], object]] = {
    BodyType.IR: cmp_certificate_requests.parse,
    BodyType.IP: cmp_responses.parse,
    BodyType.P10CR: read_pkcs10,
    BodyType.RR: cmp_confirmations.parse,
    BodyType.RP: cmp_responses.parse,
    BodyType.PKICONF: read_confirmed,
    BodyType.GENM: cmp_general.parse,
    BodyType.ERROR: cmp_confirmations.parse,
    BodyType.CERTCONF: cmp_confirmations.parse,
    BodyType.POLLREQ: cmp_confirmations.parse,
    BodyType.POLLREP: cmp_responses.parse,
}


def parse(octets: bytes) -> None:
    """Read it; the error that says why it cannot be read is declared."""
    try:
        message = read_message(octets)
    except MalformedMessage as error:
        if error.header is not None:
            write_message(error.header, BodyType.PKICONF, b"\x05\x00")
        return
    _ask(message)
    with suppress(MalformedMessage):
        _BODIES.get(message.body_type, read_nested)(message.body)


def _ask(message: PkiMessage) -> None:
    for ask in (
        lambda: protection_of(message, LIMITS),
        lambda: verify_mac(message, SECRET, LIMITS),
        lambda: verify_signature(message, server().der),
        lambda: message.header.implicit_confirm,
        lambda: message.header.confirm_wait_time,
        lambda: message.header.certificate_profiles,
    ):
        with suppress(MalformedMessage):
            ask()
    again = write_message(message.header, message.body_type, message.body, None, message.extra_certs)
    if read_message(again).body != message.body:
        raise AssertionError("it is not what was written")


if __name__ == "__main__":
    fuzz(parse)
