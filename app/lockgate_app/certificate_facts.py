"""The contents of certificates and CRLs, in the form of `lockgate_app.facts`."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.certification.usages import EXTENDED_KEY_USAGES, KEY_USAGE_BITS
from lockgate_app.words import Facts, moment
from lockgate_formats.names import read_name

Value = TypeVar("Value", bound=x509.ExtensionType)
Shown = TypeVar("Shown")
_USAGE_NAMES = {oid: name for name, oid in EXTENDED_KEY_USAGES.items()}
_PLAIN_KINDS: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "DNSNAME",
    x509.RFC822Name: "RFC822NAME",
    x509.IPAddress: "IPADDRESS",
    x509.UniformResourceIdentifier: "UNIFORMRESOURCEIDENTIFIER",
}
_USAGE_BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def certificate_contents(der: bytes) -> Facts:
    """The contents of a certificate (RFC 5280, 4.1 and 4.2)."""
    certificate = x509.load_der_x509_certificate(der)
    constraints = _constraints(certificate)
    return {
        "subject": str(read_name(certificate.subject)),
        "issuer": str(read_name(certificate.issuer)),
        "serial_number": f"{certificate.serial_number:x}",
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "valid_from": moment(certificate.not_valid_before_utc),
        "valid_until": moment(certificate.not_valid_after_utc),
        "key": kind_of_key(certificate),
        "is_ca": _is_ca(constraints),
        "path_length": None if constraints is None else constraints.path_length,
        "key_usage": _extension(certificate, x509.KeyUsage, _key_usages) or [],
        "extended_key_usage": _extension(certificate, x509.ExtendedKeyUsage, _purposes) or [],
        "alternative_names": _extension(certificate, x509.SubjectAlternativeName, _names) or [],
    }


def is_ca(der: bytes) -> bool:
    """Whether a certificate is a CA's (RFC 5280, 4.2.1.9)."""
    return _is_ca(_constraints(x509.load_der_x509_certificate(der)))


def crl_contents(der: bytes) -> Facts:
    """The contents of a CRL (RFC 5280, 5.1 and 5.2)."""
    crl = x509.load_der_x509_crl(der)
    try:
        base = crl.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number
    except x509.ExtensionNotFound:
        base = None
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        number = None  # a CA outside may leave it out
    return {
        "number": number,
        "base": base,
        "entries": len(crl),
        "this_update": moment(crl.last_update_utc),
        "next_update": moment(crl.next_update_utc),
    }


def kind_of_key(certificate: x509.Certificate) -> str:
    """The algorithm of a certificate's key, and its length or curve."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    return (
        key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.removesuffix("PublicKey")
    )


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    return _extension(certificate, x509.BasicConstraints, lambda value: value)


def _is_ca(constraints: x509.BasicConstraints | None) -> bool:
    return constraints is not None and constraints.ca


def _extension(certificate: x509.Certificate, kind: type[Value], shown: Callable[[Value], Shown]) -> Shown | None:
    try:
        return shown(certificate.extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        return None


def _key_usages(usage: x509.KeyUsage) -> list[str]:
    return [name for name, bit in zip(KEY_USAGE_BITS, _USAGE_BITS, strict=True) if getattr(usage, bit)]


def _purposes(usage: x509.ExtendedKeyUsage) -> list[str]:
    return [_USAGE_NAMES.get(purpose.dotted_string, purpose.dotted_string) for purpose in usage]


def _names(names: x509.SubjectAlternativeName) -> list[str]:
    return [_name(name) for name in names]


def _name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.OtherName):
        return f"{name.type_id.dotted_string}={name.value.hex()}"
    if isinstance(name, x509.DirectoryName):
        return f"DIRECTORYNAME={read_name(name.value)}"
    if isinstance(name, x509.RegisteredID):
        return f"REGISTEREDID={name.value.dotted_string}"
    return f"{_PLAIN_KINDS[type(name)]}={name.value}"
