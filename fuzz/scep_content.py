"""The content of a stranger's envelope: perhaps what it should be, perhaps rubbish from a wrong key."""

from fuzz.running import fuzz
from lockgate_formats.cms.names import identifier
from lockgate_transport.scep import contents
from lockgate_transport.scep.contents import read_content


def parse(octets: bytes) -> None:
    """Read it as each kind of content; refusals are values."""
    read_content(contents.certificate_request, octets)
    read_content(contents.poll, octets)
    read_content(identifier, octets)


if __name__ == "__main__":
    fuzz(parse)
