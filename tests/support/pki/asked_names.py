"""Certificate requests that ask for alternative names."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID, NameOID

from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import ATTRIBUTE_OIDS, parse_dn
from tests.support.pki.certificate_requests import Key
from tests.support.wire.cms_objects import element
from tests.support.wire.scep_names import GUID, UPN


def _directory(text: str) -> x509.DirectoryName:
    attributes = [
        x509.NameAttribute(x509.ObjectIdentifier(ATTRIBUTE_OIDS[attribute.name]), attribute.value)
        for attribute in reversed(parse_dn(text).attributes)
    ]
    return x509.DirectoryName(x509.Name(attributes))


_KINDS: Mapping[str, Callable[[str], x509.GeneralName]] = {
    "DNSNAME": x509.DNSName,
    "IPADDRESS": lambda value: x509.IPAddress(ip_address(value)),
    "UPN": lambda value: x509.OtherName(UPN, element(0x0C, value.encode())),
    "GUID": lambda value: x509.OtherName(GUID, element(0x04, bytes.fromhex(value))),
    "REGISTEREDID": lambda value: x509.RegisteredID(x509.ObjectIdentifier(value)),
    "DIRECTORYNAME": _directory,
}


def general_names(text: str) -> Sequence[x509.GeneralName]:
    """What `text` writes, made by the library."""
    return [_KINDS[name.kind](name.value) for name in parse_alt_name(text)]


def pkcs10_for(key: Key, names: Sequence[x509.GeneralName], challenge: str | None = None) -> bytes:
    """A DER PKCS#10 that asks for `names`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ignored")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if challenge is not None:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
