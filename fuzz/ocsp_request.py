"""What a client sends to the OCSP responder, and what may stand in the message database as an answer."""

from contextlib import suppress

from fuzz.running import fuzz
from lockgate.errors import PeerError
from lockgate_formats.ocsp_requests import read_answer, read_ocsp_request


def parse(octets: bytes) -> None:
    """Read them as both."""
    with suppress(PeerError):
        _ = read_ocsp_request(octets).digest
    with suppress(PeerError):
        read_answer(octets)


if __name__ == "__main__":
    fuzz(parse)
