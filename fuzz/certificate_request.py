"""What an RA says is a certificate request: PKCS#10, CRMF, SPKAC, a public key, or a PKCS#10 for a renewal."""

from fuzz.keys import server
from fuzz.running import fuzz
from lockgate.requests.submessages import RequestKind
from lockgate_formats.requests.reader import RequestReader

_READER = RequestReader(legacy=True)
_KINDS = (RequestKind.PKCS10, RequestKind.CRMF, RequestKind.SPKAC, RequestKind.PUBLIC_KEY)


def parse(octets: bytes) -> None:
    """Read it as each kind; refusals are values."""
    for kind in _KINDS:
        _READER.read(kind, octets)
    _READER.read_renewal(octets, server().der)


if __name__ == "__main__":
    fuzz(parse)
