"""What the service reads in certificates."""

import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.cms.certs_only import certificates_in
from lockgate_formats.cms.names import comparable
from lockgate_formats.elements import contents, dotted, members
from lockgate_formats.public_keys import encoded
from lockgate_formats.strictness import warnings_ignored
from lockgate_transport.cmp.service.failures import Refused


def loaded(certificate: bytes) -> x509.Certificate:
    """The DER certificate."""
    with warnings_ignored():
        return x509.load_der_x509_certificate(certificate)


def subject(certificate: bytes) -> bytes:
    """Its DER subject."""
    return loaded(certificate).subject.public_bytes()


def issuer_and_serial(certificate: bytes) -> tuple[bytes, int]:
    """Its DER issuer and its serial number."""
    read = loaded(certificate)
    return read.issuer.public_bytes(), read.serial_number


def public_key(certificate: bytes) -> bytes:
    """Its DER SubjectPublicKeyInfo."""
    return encoded(loaded(certificate).public_key())


def signature_algorithm(certificate: bytes) -> bytes:
    """The DER AlgorithmIdentifier of its signature."""
    _, algorithm, _ = members(contents(certificate, der.SEQUENCE))
    return bytes(algorithm)


def is_self_issued(certificate: bytes) -> bool:
    """Whether issuer and subject are the same name."""
    read = loaded(certificate)
    return read.issuer.public_bytes() == read.subject.public_bytes()


def may_receive(certificate: bytes) -> bool:
    """Whether keys may be encrypted to its key: it is an RSA key for keyEncipherment, or an EC key for keyAgreement
    (RFC 5280, 4.2.1.3; RFC 9483, 4.1.6)."""
    read = loaded(certificate)
    try:
        usage = read.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    match read.public_key():
        case rsa.RSAPublicKey():
            return usage.key_encipherment
        case ec.EllipticCurvePublicKey():
            return usage.key_agreement
    return False


def unfit_to_answer(certificate: bytes) -> str:
    """Why the certificate is not one for signing answers: it must allow digital signatures, and must not be a CA's own,
    whose key signs certificates and CRLs alone (RFC 9810, 8.6). Empty where it is."""
    extensions = [one.value for one in loaded(certificate).extensions]
    if not any(isinstance(one, x509.KeyUsage) and one.digital_signature for one in extensions):
        return "the certificate lacks the key usage digitalSignature"
    is_ca = any(isinstance(one, x509.BasicConstraints) and one.ca for one in extensions)
    return "the certificate is a CA's own" if is_ca else ""


def unpacked(bundle: bytes) -> Sequence[bytes]:
    """The DER certificates of certs-only SignedData, in their order."""
    return [one.public_bytes(Encoding.DER) for one in certificates_in(bundle)]


def modifications(template: CertificateTemplate, certificate: bytes) -> str:
    """What the certificate has otherwise than the template asks, in words; empty where nothing."""
    read = loaded(certificate)
    changed = [] if template.serial_number in (None, read.serial_number) else ["serial number"]
    if template.signing_algorithm not in (None, signature_algorithm(certificate)):
        changed.append("signature algorithm")
    if template.subject is not None and comparable(template.subject) != comparable(read.subject.public_bytes()):
        changed.append("subject")
    if template.validity is not None:
        begins, ends = template.validity.not_before, template.validity.not_after
        same = begins in (None, read.not_valid_before_utc) and ends in (None, read.not_valid_after_utc)
        changed += [] if same else ["validity"]
    if template.extensions is not None and not _holds(read, template.extensions):
        changed.append("extensions")
    changed += ["unique identifiers"] if template.unique_ids else []
    return f"Otherwise than asked for: {', '.join(changed)}." if changed else ""


def _holds(certificate: x509.Certificate, extensions: bytes) -> bool:
    """Whether the certificate has every extension of the DER Extensions, with the same value."""
    own = {(one.oid.dotted_string, one.value.public_bytes()) for one in certificate.extensions}
    return own.issuperset(extension_values(extensions))


def extension_values(extensions: bytes) -> set[tuple[str, bytes]]:
    """The dotted type and the value of each extension in the DER Extensions (RFC 5280, 4.1)."""
    found = set()
    for extension in members(contents(extensions, der.SEQUENCE)):
        identifier, *_, value = members(contents(extension, der.SEQUENCE))
        found.add((dotted(contents(identifier, der.OBJECT_IDENTIFIER)), contents(value, der.OCTET_STRING)))
    return found


def fingerprint(certificate: bytes) -> str:
    """SHA-256 over the DER certificate, lower-case hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def key_identifier(certificate: bytes) -> bytes | None:
    """Its subjectKeyIdentifier; None without."""
    try:
        return loaded(certificate).extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def require_readable(template: CertificateTemplate) -> None:
    """Read the names and extensions of a template, before anything is done by it.

    Raises:
        Refused: one of them cannot be read.
    """
    try:
        for name in filter(None, (template.subject, template.issuer)):
            comparable(name)
        if template.extensions is not None:
            extension_values(template.extensions)
    except ValueError as error:
        text = "A name or an extension of the template cannot be read."
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, text, str(error)[:200]) from None
