"""CRLs of any kind, good and bad."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats import der, elements
from tests.support.pki.identities import Key

Reason = x509.ReasonFlags | None


def crl(
    key: Key,
    issuer: x509.Name,
    this_update: datetime,
    next_update: datetime,
    *,
    number: int | None = 1,
    revoked: Mapping[int, Reason] = {},
    revoked_at: datetime | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    entry_extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """A CRL, DER.

    Args:
        revoked: the reason of each serial number; None for an entry without one. A negative number has 4 octets.
        revoked_at: `this_update` by default.
        extensions, entry_extensions: further ones, and whether they are critical.
    """
    builder = x509.CertificateRevocationListBuilder(issuer, this_update, next_update)
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    for serial_number, reason in revoked.items():
        entry = x509.RevokedCertificateBuilder(_positive(serial_number), revoked_at or this_update)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        for extension, critical in entry_extensions:
            entry = entry.add_extension(extension, critical=critical)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(key, hashes.SHA256())
    negative = [serial_number for serial_number in revoked if serial_number < 0]
    return _with_negative(made, negative, key) if negative else made.public_bytes(Encoding.DER)


def _positive(serial_number: int) -> int:
    """The number, or what stands for a negative one: the library makes none."""
    return serial_number & 0x7FFFFFFF if serial_number < 0 else serial_number


def _with_negative(made: x509.CertificateRevocationList, numbers: Sequence[int], key: Key) -> bytes:
    """The CRL with negative numbers in place of those that stand for them, signed anew by a key of ECDSA."""
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    content = made.tbs_certlist_bytes
    for number in numbers:
        before, after = (der.element(2, n.to_bytes(4, "big", signed=True)) for n in (_positive(number), number))
        assert content.count(before) == 1
        content = content.replace(before, after)
    _, algorithm, _ = elements.members(elements.contents(made.public_bytes(Encoding.DER), 0x30))
    return der.sequence(content, algorithm, der.bit_string(key.sign(content, ec.ECDSA(hashes.SHA256()))))


def distribution_point(**fields: object) -> tuple[x509.ExtensionType, bool]:
    """A critical IssuingDistributionPoint (RFC 5280, 5.2.5) with those fields of the library's."""
    values: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(values | fields)), True  # type: ignore[arg-type]


WHOLE_LISTS: Mapping[str, Sequence[tuple[x509.ExtensionType, bool]]] = {
    "for end entities only": [distribution_point(only_contains_user_certs=True)],
    "with an extension that need not be understood": [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), False)
    ],
}
"""CRLs that list all that there is to list."""
_URL = x509.UniformResourceIdentifier("http://crl.example/part.crl")
PARTS: Mapping[str, Sequence[tuple[x509.ExtensionType, bool]]] = {
    "delta CRL": [(x509.DeltaCRLIndicator(1), True)],
    "indirect CRL": [distribution_point(indirect_crl=True)],
    "part of a list": [distribution_point(full_name=[_URL])],
    "reasons only": [distribution_point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))],
    "CA certificates only": [distribution_point(only_contains_ca_certs=True)],
    "attribute certificates only": [distribution_point(only_contains_attribute_certs=True)],
    "critical extension 1.2.3.4": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)],
}
"""CRLs that list less, or say what is not understood, by what a complaint says."""
