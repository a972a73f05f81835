"""OCSP requests, and the answers to them (RFC 6960): about one certificate, by its CA or by a responder of its CA's.

A responder's certificate counts if the CA's key has signed it directly, it has the purpose id-kp-OCSPSigning
(4.2.2.2), and nobody need ask whether it was revoked itself: it says so (id-pkix-ocsp-nocheck, 4.2.2.2.1), or lives for
`SHORT_LIFE` at most. A request names the certificate with SHA-1, which every responder knows (RFC 5019, 2.1.1).
Nothing depends on that hash: the key that must have signed the answer is known, and the number is compared.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cached_property
from hashlib import sha1

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from lockgate.certification.revocation import RevocationReason, RevokedCertificate
from lockgate.errors import PeerError, Unavailable
from lockgate.outside.answers import CertificateStatus, OcspAnswer
from lockgate_formats.cmp.signatures import verify
from lockgate_formats.cms.algorithms import algorithm
from lockgate_formats.crls import REASONS
from lockgate_formats.signature_algorithms import SIGNATURES, SignatureAlgorithm
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_as_errors

NONCE_OCTETS = 32
"""RFC 9654, 2.1."""
SHORT_LIFE = timedelta(days=31)
"""A responder's certificate that lives no longer need not say that it is never revoked."""
MAX_CERTIFICATES = 4
"""Of an answer, those of which one may have signed it; the others are passed over."""
_LATER = (ocsp.OCSPResponseStatus.TRY_LATER, ocsp.OCSPResponseStatus.INTERNAL_ERROR)
_CertId = tuple[type[hashes.HashAlgorithm], bytes, bytes, int]


class UnusableAnswer(PeerError):
    """An answer that is none, is not about the certificate that was asked for, or is by nobody who may say it."""


class OcspRequest:
    """A question about one certificate.

    Args:
        ca_certificate: DER, of the CA that has issued it.
        nonce: `NONCE_OCTETS` octets, other ones each time.
    """

    def __init__(self, ca_certificate: bytes, serial_number: int, nonce: bytes) -> None:
        self._ca = x509.load_der_x509_certificate(ca_certificate)
        self._nonce = nonce
        sha = hashes.SHA1()  # noqa: S303  (what every responder knows: see the module's text)
        named = sha1(self._ca.subject.public_bytes(), usedforsecurity=False).digest()
        key = x509.SubjectKeyIdentifier.from_public_key(self._ca.public_key()).digest
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(named, key, serial_number, sha)
        self._request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()

    @cached_property
    def encoded(self) -> bytes:
        """DER OCSPRequest."""
        return self._request.public_bytes(Encoding.DER)

    def read(self, octets: bytes) -> OcspAnswer:
        """The answer, whose signature is verified.

        Args:
            octets: DER OCSPResponse.

        Raises:
            Unavailable: the responder asks to come back later.
            UnusableAnswer: it does not say how the certificate stands.
        """
        try:
            with warnings_as_errors():
                return self._read(ocsp.load_der_ocsp_response(octets))
        except CERTIFICATE_ERRORS as error:
            raise UnusableAnswer(f"this is no OCSP answer: {error}") from None

    def _read(self, response: ocsp.OCSPResponse) -> OcspAnswer:
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            text = f"the responder does not answer: {response.response_status.name}"
            raise Unavailable(text) if response.response_status in _LATER else UnusableAnswer(text)
        responder = _responder(response, self._ca)
        self._check_nonce(response)
        single = self._single(response)
        if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            raise UnusableAnswer("the responder does not know the certificate")
        status = CertificateStatus(
            this_update=single.this_update_utc, next_update=single.next_update_utc, revoked=_revoked(single)
        )
        valid = None if responder is None else (responder.not_valid_before_utc, responder.not_valid_after_utc)
        return OcspAnswer(status=status, responder=valid)

    def _check_nonce(self, response: ocsp.OCSPResponse) -> None:
        """RFC 9654, 2.1: many responders answer without one."""
        for extension in response.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                if extension.value.nonce != self._nonce:
                    raise UnusableAnswer("the answer has the nonce of another request")
            elif extension.critical:
                raise UnusableAnswer(f"the answer has the critical extension {extension.oid.dotted_string}")

    def _single(self, response: ocsp.OCSPResponse) -> ocsp.OCSPSingleResponse:
        """What is said of the certificate; of it alone, because the library reads the extensions of a single one
        only."""
        singles = list(response.responses)
        if len(singles) != 1:
            raise UnusableAnswer(f"the answer is about {len(singles)} certificates; one was asked for")
        if _cert_id(singles[0]) != _cert_id(self._request):
            raise UnusableAnswer("the answer is about another certificate")
        if critical := next((one for one in response.single_extensions if one.critical), None):
            raise UnusableAnswer(f"the answer has the critical extension {critical.oid.dotted_string}")
        return singles[0]


def _cert_id(said: ocsp.OCSPRequest | ocsp.OCSPSingleResponse) -> _CertId:
    return type(said.hash_algorithm), said.issuer_name_hash, said.issuer_key_hash, said.serial_number


def _revoked(single: ocsp.OCSPSingleResponse) -> RevokedCertificate | None:
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD or single.revocation_time_utc is None:
        return None
    flag = single.revocation_reason
    reason = REASONS.get(flag, RevocationReason.UNSPECIFIED) if flag else RevocationReason.UNSPECIFIED
    return RevokedCertificate(single.serial_number, single.revocation_time_utc, reason)


# ---- who has signed


def _responder(response: ocsp.OCSPResponse, ca: x509.Certificate) -> x509.Certificate | None:
    """The certificate of the responder that has signed; None where the CA's own key has."""
    signing = SIGNATURES.get(algorithm(response.signature_algorithm_oid.dotted_string))
    if signing is None or not signing.strong:
        oid = response.signature_algorithm_oid.dotted_string
        raise UnusableAnswer(f"the answer is signed with {oid}, which is not accepted here")
    if _has_signed(ca, signing, response):
        return None
    for candidate in response.certificates[:MAX_CERTIFICATES]:
        if _has_signed(candidate, signing, response):
            if complaint := next((text for text, holds in _DELEGATED if not holds(candidate, ca)), None):
                raise UnusableAnswer(complaint)
            return candidate
    raise UnusableAnswer("neither the CA nor a responder of the CA's has signed the answer")


def _has_signed(certificate: x509.Certificate, signing: SignatureAlgorithm, response: ocsp.OCSPResponse) -> bool:
    der = certificate.public_bytes(Encoding.DER)
    return verify(signing, der, response.signature, response.tbs_response_bytes)


def _by_the_ca(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _has_purpose(certificate: x509.Certificate, _ca: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _may_sign(certificate: x509.Certificate, _ca: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _needs_no_check(certificate: x509.Certificate, _ca: x509.Certificate) -> bool:
    if certificate.not_valid_after_utc - certificate.not_valid_before_utc <= SHORT_LIFE:
        return True
    return any(isinstance(extension.value, x509.OCSPNoCheck) for extension in certificate.extensions)


_Delegated = Callable[[x509.Certificate, x509.Certificate], bool]
_DELEGATED: Sequence[tuple[str, _Delegated]] = (
    ("the CA's key has not signed the certificate of the responder", _by_the_ca),
    ("the certificate of the responder has not the purpose id-kp-OCSPSigning", _has_purpose),
    ("the certificate of the responder does not allow signatures", _may_sign),
    (
        "the certificate of the responder has no id-pkix-ocsp-nocheck, and lives long: it may be revoked itself",
        _needs_no_check,
    ),
)
"""What holds for the certificate of a responder and its CA, and what is said where it does not."""
