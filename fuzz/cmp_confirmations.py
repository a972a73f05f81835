"""What a CMP client sends after its request: confirmations, polls, errors; and requests for a revocation."""

from contextlib import suppress

from fuzz.keys import server
from fuzz.running import fuzz
from lockgate_formats.cmp.confirmations import (
    certificate_hash,
    read_certificate_confirmations,
    write_certificate_confirmations,
)
from lockgate_formats.cmp.errors import read_error, write_error
from lockgate_formats.cmp.messages import MalformedMessage
from lockgate_formats.cmp.polls import read_poll_requests, write_poll_requests
from lockgate_formats.cmp.revocations import read_revocations


def parse(octets: bytes) -> None:
    """Read it as each of them; what is read can be written."""
    with suppress(MalformedMessage):
        confirmations = read_certificate_confirmations(octets)
        write_certificate_confirmations(confirmations)
        for confirmation in confirmations:
            certificate_hash(server().der, confirmation.hash_algorithm)
    with suppress(MalformedMessage):
        write_poll_requests(read_poll_requests(octets))
    with suppress(MalformedMessage):
        write_error(read_error(octets))
    with suppress(MalformedMessage):
        read_revocations(octets)
    with suppress(MalformedMessage):
        certificate_hash(octets)


if __name__ == "__main__":
    fuzz(parse)
