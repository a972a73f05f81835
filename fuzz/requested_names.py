"""The alternative names that a PKCS#10, or the extensions of a CRMF message's template, ask for."""

from fuzz.running import fuzz
from lockgate.reasons import Rejected
from lockgate_formats.requests.requested_names import names_in_extensions, names_in_pkcs10


def parse(octets: bytes) -> None:
    """Read them, and write what was read as text; refusals are values."""
    for read in (names_in_pkcs10, names_in_extensions):
        found = read(octets)
        if not isinstance(found, Rejected):
            ",".join(map(str, found))


if __name__ == "__main__":
    fuzz(parse)
