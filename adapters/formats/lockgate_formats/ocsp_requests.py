"""OCSP for a responder without a key (RFC 6960, RFC 5019): which certificate a request asks about, and for how long an
answer that the CA has signed counts.

A nonce is passed over: answers are signed before anybody asks (RFC 5019, 2.1.1). So are signatures of requests.
"""

from dataclasses import dataclass
from datetime import datetime

from asn1crypto import ocsp as asn1_ocsp
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from lockgate.errors import PeerError
from lockgate.publishing.certificate_ids import CertificateId
from lockgate_formats.reading import reading
from lockgate_formats.strictness import CERTIFICATE_ERRORS

MAX_REQUEST = 8 * 1024
"""Octets of a request at most; one that is signed may bring certificates."""
SERIAL_BITS = 160
"""Of a serial number at most (RFC 5280, 4.1.2.2): no certificate has a longer one."""
MALFORMED, TRY_LATER, UNAUTHORIZED = (
    ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
    for status in (
        ocsp.OCSPResponseStatus.MALFORMED_REQUEST,
        ocsp.OCSPResponseStatus.TRY_LATER,
        ocsp.OCSPResponseStatus.UNAUTHORIZED,
    )
)
"""DER OCSPResponse without an answer (RFC 6960, 2.3). Nobody signs those."""


class MalformedOcspRequest(PeerError):
    """Octets that are no OCSPRequest."""


class UnansweredOcspRequest(PeerError):
    """A request to which no answer can have been signed before."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What an answer says of itself.

    Attributes:
        certificate: that it is about.
        this_update, next_update: when it was known to be right, and until when it counts; UTC.
    """

    certificate: CertificateId
    this_update: datetime
    next_update: datetime


def read_ocsp_request(octets: bytes) -> CertificateId:
    """The certificate that a DER OCSPRequest asks about.

    Raises:
        MalformedOcspRequest: it is none.
        UnansweredOcspRequest: it asks about several, names one with a hash that is unknown here or with a serial number
            that no certificate has, or has a critical extension.
    """
    try:
        request = ocsp.load_der_ocsp_request(octets)
        if any(extension.critical for extension in request.extensions) or _has_critical_single_extension(octets):
            raise UnansweredOcspRequest("the request has a critical extension")
        certificate = _named(request)
    except NotImplementedError:
        raise UnansweredOcspRequest("the request does not ask about one certificate") from None
    except UnsupportedAlgorithm:
        raise UnansweredOcspRequest("the request names its certificate with an unknown hash") from None
    except CERTIFICATE_ERRORS as error:
        raise MalformedOcspRequest(f"this is no OCSP request: {type(error).__name__}") from None
    if certificate.serial_number < 0 or certificate.serial_number.bit_length() > SERIAL_BITS:
        raise UnansweredOcspRequest("no certificate has that serial number")
    return certificate


def _has_critical_single_extension(octets: bytes) -> bool:
    """Among the extensions of the question about one certificate, which the library of requests does not show."""
    with reading():
        questions = asn1_ocsp.OCSPRequest.load(octets, strict=True)["tbs_request"]["request_list"]
        found = [one for question in questions for one in question["single_request_extensions"]]
        return any(extension["critical"].native for extension in found)


def _named(asked: ocsp.OCSPRequest | ocsp.OCSPResponse) -> CertificateId:
    hashed = asked.issuer_name_hash, asked.issuer_key_hash
    return CertificateId(asked.hash_algorithm.name, *hashed, asked.serial_number)


def read_answer(octets: bytes) -> AnswerFacts:
    """What a DER OCSPResponse about one certificate says of itself. Its signature is not verified: clients do that.

    Raises:
        PeerError: it is none.
    """
    try:
        answer = ocsp.load_der_ocsp_response(octets)
        certificate, this_update, next_update = _named(answer), answer.this_update_utc, answer.next_update_utc
    except CERTIFICATE_ERRORS as error:
        raise PeerError(f"this is no OCSP answer: {type(error).__name__}") from None
    if next_update is None:
        raise PeerError("the OCSP answer does not say until when it counts")
    return AnswerFacts(certificate, this_update, next_update)
