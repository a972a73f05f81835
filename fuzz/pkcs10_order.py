"""A PKCS#10 that strict decoders refuse."""

from fuzz.running import fuzz
from lockgate.pkcs10 import in_der_order


def parse(octets: bytes) -> None:
    """Put its attributes into order; what is put into order stays so."""
    try:
        found = in_der_order(octets)
    except ValueError:
        return
    if in_der_order(found.request).request != found.request:
        raise AssertionError("not in order after all")


if __name__ == "__main__":
    fuzz(parse)
