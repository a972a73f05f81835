"""Answers as the RA finds them in a row, and what is in them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from lockgate.ports import Keystore
from lockgate.reasons import Rejected
from lockgate.requests.content import AnswerContent, ContentKind
from lockgate.requests.submessages import (
    CardRenewalRequest,
    CardRenewalResponse,
    CertificateRequestResponse,
    GetCertResponse,
    PKCS10Request,
    PKCS10Response,
    PKCS12Response,
    Request,
    Response,
)
from lockgate.requests.textual import der_of
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents
from tests.support.pki.bundles import bundled
from tests.support.scenarios.ca_side import CaSide

DER = Encoding.DER


@dataclass(frozen=True)
class Seen:
    """One answer as it stood in the row.

    Attributes:
        outcome: the reason's code; or `a certificate`, where every certificate in it is one that the CA issued to the
            end entity, and for the key, of the request; or `done`, where there is none in it.
    """

    content: AnswerContent
    signed: bool
    encrypted: bool
    outcome: str


class AnswerReader:
    """Reads answers with the RA's key, and compares them with what the CA holds.

    Args:
        worker: the certificate that all signed answers are signed with.
    """

    def __init__(self, ca_side: CaSide, keystore: Keystore, worker: bytes) -> None:
        self._office = ca_side
        self._envelopes = CmsEnvelopes(keystore)
        self._worker = worker

    def read(self, octets: bytes, request: Request | None) -> Seen:
        """The answer, and what came of `request` by it."""
        opened = self._envelopes.open(octets)
        assert not isinstance(opened, Rejected), opened
        content = opened.octets
        if opened.signed:
            signed = self._envelopes.verify(opened)
            assert not isinstance(signed, Rejected), signed
            assert signed.kind is ContentKind.ANSWER
            assert signed.certificate == self._worker
            content = signed.content
        answer = JsonContents().read_answer(content)
        assert not isinstance(answer, Rejected), answer
        return Seen(answer, opened.signed, opened.encrypted, self._outcome(answer.response, request))

    def _outcome(self, response: Response, request: Request | None) -> str:
        if not response.success:
            return str(response.reason)
        certificates = certificates_in(response)
        for certificate in certificates:
            self._require_issued(certificate, request)
        return "a certificate" if certificates else "done"

    def _require_issued(self, certificate: x509.Certificate, request: Request | None) -> None:
        issuers = map(x509.load_der_x509_certificate, self._office.inspection.issuer_certificates())
        assert any(_issued_by(certificate, issuer) for issuer in issuers)
        query = text("select username from certificate where fingerprint = :fingerprint")
        with self._office.engine.connect() as connection:
            found = {"fingerprint": hashlib.sha256(certificate.public_bytes(DER)).hexdigest()}
            username = connection.execute(query, found).scalar_one()
        assert username == getattr(request, "username", username)
        if isinstance(request, PKCS10Request):
            assert certificate.public_key() == x509.load_der_x509_csr(der_of(request.pkcs10)).public_key()
        if isinstance(request, CardRenewalRequest):
            asked = map(x509.load_der_x509_csr, (request.auth_pkcs10, request.sign_pkcs10))
            assert certificate.public_key() in [request.public_key() for request in asked]


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def certificates_in(response: Response) -> Sequence[x509.Certificate]:
    """The certificates that the response hands over, without those of CAs."""
    if isinstance(response, CertificateRequestResponse):
        assert response.data is not None
        if response.response_type == "CERTIFICATE":
            return [x509.load_der_x509_certificate(response.data)]
        return [one for one in bundled(response.data) if not _is_authority(one)]
    return [x509.load_der_x509_certificate(der) for der in _bare(response) if der is not None]


def _bare(response: Response) -> Sequence[bytes | None]:
    if isinstance(response, CardRenewalResponse):
        return response.auth_cert, response.sign_cert
    if isinstance(response, PKCS10Response | PKCS12Response | GetCertResponse):
        assert response.certificate is not None
        return (response.certificate,)
    return ()


def _is_authority(certificate: x509.Certificate) -> bool:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
