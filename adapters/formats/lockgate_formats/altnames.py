"""Alternative names in certificate requests, as a submessage's text writes them (RFC 5280, 4.2.1.6)."""

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat import asn1

from lockgate.altname import GeneralName

UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""Microsoft's user principal name, a UTF8String in an otherName."""
PLAIN_KINDS: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNSNAME",
    x509.RFC822Name: "RFC822NAME",
    x509.IPAddress: "IPADDRESS",
    x509.UniformResourceIdentifier: "UNIFORMRESOURCEIDENTIFIER",
}
"""Those that are plain text, under the names of `lockgate.altname`."""
_UNUSED: Mapping[type[x509.GeneralName], str] = {
    x509.DirectoryName: "directoryName",
    x509.RegisteredID: "registeredID",
    x509.IPAddress: "iPAddress",
}


class UnusedName(ValueError):
    """An alternative name of a kind that no request can ask for.

    Attributes:
        kind: its name in RFC 5280; of an otherName with its object identifier.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"an alternative name of the kind {kind}")
        self.kind = kind


def requested_name(name: x509.GeneralName) -> GeneralName:
    """`name` as text.

    Raises:
        UnusedName: it is of another kind, or an address with a mask.
        ValueError: its value cannot be read.
    """
    if isinstance(name, x509.OtherName):
        return _other(name)
    kind, value = PLAIN_KINDS.get(type(name)), str(name.value)
    if kind is None or (kind == "IPADDRESS" and "/" in value):
        raise UnusedName(_UNUSED[type(name)])
    return GeneralName(kind, value)


def _other(name: x509.OtherName) -> GeneralName:
    if name.type_id != UPN:
        raise UnusedName(f"otherName {name.type_id.dotted_string}")
    return GeneralName("UPN", asn1.decode_der(str, name.value))
