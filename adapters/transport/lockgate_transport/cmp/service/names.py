"""Names in messages, as the core takes them."""

from cryptography import x509

from lockgate.names.dn import DistinguishedName
from lockgate_formats.names import read_name
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_ignored


def distinguished(name: bytes) -> DistinguishedName | None:
    """The DER Name as text; None where it cannot be read."""
    try:
        with warnings_ignored():
            return read_name(x509.Name.from_bytes(name))
    except CERTIFICATE_ERRORS:
        return None
