"""A certificate that somebody sends along: a signer's, or one that an answer is to be encrypted to."""

from fuzz.keys import server
from fuzz.running import fuzz
from lockgate_formats.public_keys import certificate_key
from lockgate_formats.trust import IssuerTrust


def parse(octets: bytes) -> None:
    """Ask whether a CA has issued it, and for its key."""
    IssuerTrust([server().der]).path(octets)
    try:
        certificate_key(octets)
    except ValueError:
        return


if __name__ == "__main__":
    fuzz(parse)
