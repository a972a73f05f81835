"""The `CertificateTrust` port: certificates that `raissuer` signed directly (RFC 5280, 6.1, with a path of one)."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate.names.dn import DistinguishedName, from_encoded_order
from lockgate.ports import CertificateTrust
from lockgate.reasons import Reason, Rejected
from lockgate.rights.signer import TrustedCertificate
from lockgate_formats.cms.structures import Certificate
from lockgate_formats.public_keys import encoded, read_key
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

CACHED = 1024
"""Certificates whose verification is remembered; revocation is looked up every time, elsewhere."""
MAX_LENGTH = 16 * 1024
UNDERSTOOD = frozenset(
    {
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.BasicConstraints.oid,
        x509.SubjectAlternativeName.oid,
        x509.CertificatePolicies.oid,
    }
)
"""Extensions that may be critical (RFC 5280, 4.2)."""
REQUEST_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28"),  # id-kp-cmcRA (RFC 6402, 2.10)
    }
)
"""Purposes of a certificate that may sign requests and decisions: a TLS or OCSP server's may not."""
DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class _Untrusted(ValueError):
    """Why a certificate was not accepted; for the audit log only."""


class IssuerTrust(CertificateTrust):
    """Trusts certificates that one of `ca_certificates` has signed (DER; several if the CA has had several keys)."""

    def __init__(self, ca_certificates: Sequence[bytes]) -> None:
        self.ca_certificates = tuple(ca_certificates)
        self._authorities = [x509.load_der_x509_certificate(der) for der in ca_certificates]
        self._read = lru_cache(maxsize=CACHED)(self._verified)

    def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """Read the DER `certificate` and verify that `raissuer` signed it directly and it is no CA certificate."""
        if len(certificate) > MAX_LENGTH:
            return Rejected(Reason.SIGNER_UNTRUSTED, internal="the certificate is too large")
        try:
            return self._read(certificate)
        except (*CERTIFICATE_ERRORS, InvalidSignature) as error:
            return Rejected(Reason.SIGNER_UNTRUSTED, internal=f"{type(error).__name__}: {error}")

    def _verified(self, der: bytes) -> TrustedCertificate:
        with warnings_as_errors():
            certificate = x509.load_der_x509_certificate(der)
            _require_end_entity(certificate)
            named = tuple(self._named_by(certificate))
        if asn1.decode_der(Certificate, der).signature.padding_bits():
            raise _Untrusted("a signature in another encoding than its issuer's")
        signer = next((authority for authority in named if _signed_by(certificate, authority)), None)
        if signer is None:
            raise _Untrusted("another issuer, or not signed by the one it names")
        issuer_key = read_key(encoded(signer.public_key()))
        with warnings_as_errors():
            return _facts(certificate, der, "" if isinstance(issuer_key, Rejected) else issuer_key.identity)

    def _named_by(self, certificate: x509.Certificate) -> Iterator[x509.Certificate]:
        """The CA certificates that `certificate` names as its issuer's, by name and key identifier."""
        name, key_identifier = certificate.issuer.public_bytes(), _authority_key_identifier(certificate)
        for authority in self._authorities:
            own = _subject_key_identifier(authority)
            fits = key_identifier is None or own is None or key_identifier == own
            if fits and authority.subject.public_bytes() == name:
                yield authority


class CurrentIssuersTrust(CertificateTrust):
    """Trusts certificates that one of the CAs has signed, including their certificates before a rollover.

    If none of the known CA certificates has signed a certificate, it looks up the current ones: there may have been a
    rollover.

    Args:
        ca_certificates: looks them up, DER; a certificate that was returned once is always returned.
        known: the ones known from the start.
    """

    def __init__(self, ca_certificates: Callable[[], Sequence[bytes]], known: Sequence[bytes] = ()) -> None:
        self._ca_certificates = ca_certificates
        self._trust = IssuerTrust(known)

    def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
        """Read the DER `certificate` and verify that one of them signed it directly and it is no CA certificate."""
        trust = self._trust  # another thread may replace it meanwhile
        found = trust.path(certificate)
        if isinstance(found, Rejected) and (current := tuple(self._ca_certificates())) != trust.ca_certificates:
            self._trust = trust = IssuerTrust(current)
            found = trust.path(certificate)
        return found


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except InvalidSignature:
        return False
    return True


def _require_end_entity(certificate: x509.Certificate) -> None:
    if not isinstance(certificate.signature_hash_algorithm, DIGESTS):
        raise _Untrusted("signed with a digest other than SHA-2")
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in UNDERSTOOD:
            raise _Untrusted(f"the unknown critical extension {extension.oid.dotted_string}")
        if isinstance(extension.value, x509.BasicConstraints) and extension.value.ca:
            raise _Untrusted("a CA certificate")


def _authority_key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None


def _subject_key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _has_request_purpose(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return not REQUEST_PURPOSES.isdisjoint(purposes)


def _facts(certificate: x509.Certificate, der: bytes, issuer_key: str) -> TrustedCertificate:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    return TrustedCertificate(
        der=der,
        fingerprint=hashlib.sha256(der).hexdigest(),
        issuer_dn=str(_distinguished_name(certificate.issuer)),
        subject_dn=str(_distinguished_name(certificate.subject)),
        serial_number=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        digital_signature=usage is not None and usage.digital_signature,
        key_encipherment=usage is not None and usage.key_encipherment,
        request_purpose=_has_request_purpose(certificate),
        issuer_key=issuer_key,
    )


def _distinguished_name(name: x509.Name) -> DistinguishedName:
    if any(isinstance(attribute.value, bytes) for attribute in name):
        raise _Untrusted("a name with a value that is no text")
    return from_encoded_order(((one.oid.dotted_string, str(one.value)) for one in rdn) for rdn in name.rdns)
