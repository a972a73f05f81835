"""What a certReqTemplate says, as a reader of other making reads it, and requests that follow it."""

from typing import Any

from cryptography import x509
from pyasn1.codec.der.decoder import decode
from pyasn1_alt_modules import rfc5280

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.fields import read_whole

ATTRIBUTES = {"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU"}
NAMES = {"dNSName": "DNSNAME", "iPAddress": "IPADDRESS", "rfc822Name": "RFC822NAME"}
PURPOSES = {"1.3.6.1.5.5.7.3.2": "clientAuth", "1.3.6.1.5.5.7.3.4": "emailProtection"}
KEY_USAGE, ALTERNATIVE_NAME, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.17", "2.5.29.37"


def attributes(name: bytes) -> list[tuple[str, bytes]]:
    """The name and the DER value of each attribute in a DER Name."""
    read = _read(name, rfc5280.Name())
    return [(ATTRIBUTES[str(one["type"])], bytes(one["value"])) for rdn in read["rdnSequence"] for one in rdn]


def extensions(template: CertificateTemplate) -> dict[str, Any]:
    """Its extensions by their types."""
    found = () if template.extensions is None else _read(template.extensions, rfc5280.Extensions())
    return {str(one["extnID"]): one for one in found}


def alternative_names(template: CertificateTemplate) -> list[tuple[str, bytes]] | None:
    """The kind and the octets of each alternative name; None without the extension, none for an empty one."""
    extension = extensions(template).get(ALTERNATIVE_NAME)
    if extension is None:
        return None
    value = bytes(extension["extnValue"])
    read = _read(value, rfc5280.GeneralNames()) if value else ()
    return [(NAMES[one.getName()], bytes(one.getComponent())) for one in read]


def usages(template: CertificateTemplate) -> list[str]:
    """Its key usages, which are critical, then its extended ones."""
    found, own = list[str](), extensions(template)
    if KEY_USAGE in own:
        assert bool(own[KEY_USAGE]["critical"])
        bits = _read(bytes(own[KEY_USAGE]["extnValue"]), rfc5280.KeyUsage())
        found += [str(name) for name, bit in rfc5280.KeyUsage.namedValues.items() if bit < len(bits) and bits[bit]]
    if EXTENDED_KEY_USAGE in own:
        purposes = _read(bytes(own[EXTENDED_KEY_USAGE]["extnValue"]), rfc5280.ExtKeyUsageSyntax())
        found += [PURPOSES[str(one)] for one in purposes]
    return found


def filled(template: CertificateTemplate, values: dict[str, str], host: str, spki: bytes) -> CertificateTemplate:
    """The template with a value for each attribute, `host` as alternative name, and a key; nothing else is added."""
    oids = {name: x509.ObjectIdentifier(oid) for oid, name in ATTRIBUTES.items()}
    names = [name for name, _ in attributes(template.subject or b"")]
    subject = x509.Name([x509.NameAttribute(oids[name], values[name]) for name in names])
    members = read_whole(template.extensions or b"")
    parts = [members.element() for _ in members.each(9, "extensions")]
    own = [_with_host(part, host) if der.oid(ALTERNATIVE_NAME) in part else part for part in parts]
    return CertificateTemplate(subject=subject.public_bytes(), public_key=spki, extensions=der.sequence(*own))


def _with_host(_: bytes, host: str) -> bytes:
    value = x509.SubjectAlternativeName([x509.DNSName(host)]).public_bytes()
    return der.sequence(der.oid(ALTERNATIVE_NAME), der.octet_string(value))


def _read(octets: bytes, spec: Any) -> Any:
    read, rest = decode(octets, asn1Spec=spec)
    assert not rest
    return read
