"""Certificates as they come in: whether each is one for the key that was asked for."""

from dataclasses import dataclass

from lockgate_formats.cmp.contents import CertificateResponse
from lockgate_formats.cmp_client.opening import EnvelopeOpener, Unopened
from lockgate_formats.cmp_client.transactions import Asked, IssuedCertificate
from lockgate_formats.public_keys import SubjectKey, certificate_key, read_key


@dataclass(frozen=True, slots=True)
class CertificateReceiver:
    """Takes certificates in; what is wrong with one becomes its fault, so that it is rejected."""

    opener: EnvelopeOpener

    def take(self, response: CertificateResponse, asked: Asked) -> IssuedCertificate:
        """The certificate in a response that grants it."""
        certificate, fault = response.certificate or b"", ""
        try:
            if response.encrypted_certificate is not None:
                certificate = self.opener.certificate(response.encrypted_certificate, asked.public_key)
            fault = self._fault(certificate, response, asked)
        except Unopened as error:
            fault = str(error)
        return IssuedCertificate(response.cert_req_id, certificate, response.status, response.private_key, fault=fault)

    def _fault(self, certificate: bytes, response: CertificateResponse, asked: Asked) -> str:
        if not certificate:
            return "the CA has granted a certificate and sent none"
        key = _key(certificate)
        if key is None:
            return "the certificate or its key cannot be read"
        if asked.public_key is not None:
            return "" if read_key(asked.public_key) == key else "the certificate is for another key"
        if response.private_key is None:
            return "the CA was asked to make the key pair, and sent no private key"
        made = self.opener.public_key(response.private_key)
        return "" if read_key(made) == key else "the certificate is for another key than the private key that came"


def _key(certificate: bytes) -> SubjectKey | None:
    try:
        found = certificate_key(certificate)
    except ValueError:
        return None
    return found if isinstance(found, SubjectKey) else None
