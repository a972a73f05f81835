"""What a CMP client gets: certificates, revocations, polls, and envelopes around keys and certificates."""

from contextlib import suppress

from fuzz.running import fuzz
from lockgate_formats.cmp.key_delivery import open_certificate, open_private_key
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.polls import read_poll_responses, write_poll_responses
from lockgate_formats.cmp.recipients import Opener
from lockgate_formats.cmp.responses import read_certificate_reply, write_certificate_reply
from lockgate_formats.cmp.revocations import read_revocation_reply, write_revocation_reply
from tests.support.pki.identities import ec_key, rsa_key

SECRET = b"a secret of no installation"
LIMITS = ProtectionLimits(iterations=200)


def parse(octets: bytes) -> None:
    """Read it as each of them; what is read can be written."""
    with suppress(MalformedMessage):
        reply = read_certificate_reply(octets)
        write_certificate_reply(reply)
        for response in reply.responses:
            _open(response.encrypted_certificate, response.private_key)
    with suppress(MalformedMessage):
        write_revocation_reply(read_revocation_reply(octets))
    with suppress(MalformedMessage):
        write_poll_responses(read_poll_responses(octets))
    _open(octets)


def _open(*envelopes: bytes | None) -> None:
    openers: tuple[Opener, ...] = (SECRET, rsa_key(4), ec_key(4))
    for envelope in filter(None, envelopes):
        for opener in openers:
            with suppress(MalformedMessage):
                open_certificate(envelope, opener, LIMITS)
            with suppress(MalformedMessage):
                open_private_key(envelope, opener, LIMITS)


if __name__ == "__main__":
    fuzz(parse)
