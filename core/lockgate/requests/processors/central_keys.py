"""Certificates for keys that the CA makes and a service of the CA delivers: enrolment and renewal."""

from lockgate.certification.endentity import EndEntity, WantedKey
from lockgate.effects.execution import Outcomes, certified
from lockgate.effects.statement import Certify, KeyWish, MadeKey
from lockgate.requests.central_keys import CentralKeyResponse
from lockgate.requests.processors.certificate_request import CertificateRequestProcessor
from lockgate.requests.processors.renewal import KeyUpdateProcessor
from lockgate.requests.submessages import Request


class CentralKeyProcessor(CertificateRequestProcessor):
    """A `CertificateRequestProcessor` for a `WantedKey`. Whether the CA keeps the key, the profile says."""

    def _certify(self, after: EndEntity, key: WantedKey, serial: int | None) -> Certify:
        return _certify(after, key, serial)

    def respond(self, request: Request, outcomes: Outcomes) -> CentralKeyResponse:
        """The key, and the certificate with its chain."""
        return _respond(request, outcomes)


class CentralKeyUpdateProcessor(KeyUpdateProcessor):
    """A `KeyUpdateProcessor` for a `WantedKey`."""

    def _certify(self, after: EndEntity, key: WantedKey) -> Certify:
        return _certify(after, key, None)

    def respond(self, request: Request, outcomes: Outcomes) -> CentralKeyResponse:
        """The key, and the certificate with its chain."""
        return _respond(request, outcomes)


def _certify(after: EndEntity, key: WantedKey, serial: int | None) -> Certify:
    return Certify(after, after, MadeKey(kind=key.kind), keep=None, serial_number=serial, keystore=KeyWish())


def _respond(request: Request, outcomes: Outcomes) -> CentralKeyResponse:
    (one,) = certified(outcomes)
    return CentralKeyResponse(request_id=request.request_id, success=True, pkcs7=one.with_chain, pair=one.pair)
