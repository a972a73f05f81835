"""A PKCS#10 that strict decoders refuse."""

from fuzz.running import fuzz
from lockgate_formats.requests.pkcs10_octets import in_der


def parse(octets: bytes) -> None:
    """Rewrite it in DER; what is rewritten stays so."""
    try:
        found = in_der(octets)
    except ValueError:
        return
    if in_der(found.request).request != found.request:
        raise AssertionError("not in DER after all")


if __name__ == "__main__":
    fuzz(parse)
