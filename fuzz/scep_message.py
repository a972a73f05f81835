"""A pkiMessage from a stranger, up to its decrypted content."""

from fuzz.keys import server
from fuzz.running import fuzz
from lockgate.enrolment.outcome import Refused
from lockgate_transport.scep.algorithms import LEGACY
from lockgate_transport.scep.messages import NoPkiMessage, read_pki_message, verify
from lockgate_transport.scep.opening import Opener


def parse(octets: bytes) -> None:
    """Read, verify, open; refusals are values, and what is no pkiMessage has an error of its own."""
    try:
        message = read_pki_message(octets)
    except NoPkiMessage:
        return
    verified = verify(message, LEGACY)
    content = message.statement.content if isinstance(verified, Refused) else verified.content
    Opener(server().keystore, LEGACY).open(content, lambda octets: octets)


if __name__ == "__main__":
    fuzz(parse)
