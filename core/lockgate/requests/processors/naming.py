"""How requests name a certificate: by its issuer and serial number, and by the end entity that it must belong to."""

from lockgate.certification.endentity import CertificateFacts
from lockgate.effects.statement import NO_OBJECTS, Attempt, Objects, Statement
from lockgate.effects.view import View
from lockgate.errors import InvalidName
from lockgate.names.dn import parse_dn
from lockgate.reasons import Reason, Rejected
from lockgate.rights.authorization import Action

UNKNOWN_CERTIFICATE = Rejected(Reason.UNKNOWN_CERTIFICATE)
"""The same answer for a certificate that does not exist and for one on which the requester has no rights."""


def named_certificate(
    issuer_dn: str, certificate_sn: str, username: str | None, view: View
) -> CertificateFacts | Rejected | None:
    """The certificate; None where there is no such one.

    Args:
        certificate_sn: hexadecimal.
        username: the end entity that it must belong to; None for any.

    The rejection is `bad_name`: the request cannot be read.
    """
    try:
        issuer, serial_number = parse_dn(issuer_dn), int(certificate_sn, 16)
    except (InvalidName, ValueError):
        return Rejected(Reason.BAD_NAME, "issuer_dn or certificate_sn")
    found = view.certificate(issuer, serial_number)
    return found if found is not None and username in (None, found.username) else None


def naming_nothing(action: Action, unknown: Rejected = UNKNOWN_CERTIFICATE, asked: Objects = NO_OBJECTS) -> Statement:
    """The statement of a request that names an object that does not exist: it does nothing.

    Args:
        action: the action that the request would need if the object existed.
        unknown: the answer.
        asked: objects that the request itself names.
    """
    return Statement((Attempt(action),), asked=asked, refusal=unknown, unknown=unknown)
