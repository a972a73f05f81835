"""Certificates for devices whose end entities are registered, and which a service of the CA has authenticated by the
certificates that their vendors have issued (3GPP TS 33.310). No request of an RA is processed so."""

from lockgate.certification.statuses import Way
from lockgate.effects.statement import Save, Statement
from lockgate.effects.view import View
from lockgate.reasons import Reason, Rejected
from lockgate.requests.processors.central_keys import CentralKeyProcessor
from lockgate.requests.processors.certificate_request import CertificateRequestProcessor, attempts
from lockgate.requests.processors.naming import naming_nothing
from lockgate.requests.processors.registration import GENERATED
from lockgate.requests.submessages import CertificateRequestRequest
from lockgate.rights.authorization import Action

UNREGISTERED = Rejected(Reason.NOT_AUTHORIZED, "No end entity is registered for the device.")
"""The same answer for an end entity on which the service's alias has no rights."""


class DeviceProcessor(CertificateRequestProcessor):
    """Certifies the key for the end entity as it is registered. It has to wait for its certificate: one that has got it
    renews it with that certificate."""

    def _state(self, request: CertificateRequestRequest, serial: int | None, view: View) -> Statement:
        (key,) = view.brought
        stored = view.end_entity(request.username)
        if stored is None:
            return naming_nothing(Action.VIEW, UNREGISTERED)
        after = stored.in_status(GENERATED)
        save = Save(stored, after, Way.VENDOR)
        return Statement((*attempts(key), save, self._certify(after, key, serial)), unknown=UNREGISTERED)


class CentralKeyDeviceProcessor(DeviceProcessor, CentralKeyProcessor):
    """The same for a `WantedKey`."""
