"""A submessage from the message database, signed or not, encrypted or not."""

from fuzz.keys import server
from fuzz.running import fuzz
from lockgate.ports import Opened
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents


def parse(octets: bytes) -> None:
    """Open it, verify it, and read what it holds; refusals are values."""
    envelopes, contents = CmsEnvelopes(server().keystore), JsonContents()
    envelopes.split(octets)
    opened = envelopes.open(octets)
    if isinstance(opened, Opened):
        envelopes.verify(opened)
    for read in (contents.read_header, contents.read_answer, contents.read_decision):
        read(octets)


if __name__ == "__main__":
    fuzz(parse)
