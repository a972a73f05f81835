"""The requests of an ir, cr, kur or p10cr, as the core's line takes them.

A certificate's own key renews it; an end entity's own password enrols that end entity; a shared secret and an RA enrol
whom the template describes, in RA mode. A vendor's device is described by its vendor's certificate in RA mode; in
client mode it enrols the end entity that is registered for it.
"""

from dataclasses import dataclass, replace

from lockgate.certification.endentity import CertificationRequest, NameClaim, WantedKey
from lockgate.reasons import Rejected
from lockgate.requests.central_keys import CentralKeyRenewalRequest, CentralKeyRequest
from lockgate.requests.processors import (
    CentralKeyDeviceProcessor,
    CentralKeyProcessor,
    CentralKeyUpdateProcessor,
    CertificateRequestProcessor,
    DeviceProcessor,
    KeyUpdateProcessor,
    Processor,
)
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    RenewalRequest,
    Request,
)
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PossessionKind
from lockgate_transport.cmp.service.aliases import Mode
from lockgate_transport.cmp.service.certificates import issuer_and_serial, public_key, subject
from lockgate_transport.cmp.service.controls import judge_controls
from lockgate_transport.cmp.service.delivering import recipient_of
from lockgate_transport.cmp.service.describing import described, own, registered
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Refused, of_rejection
from lockgate_transport.cmp.service.incoming import RequestedCertificate
from lockgate_transport.cmp.service.names import distinguished
from lockgate_transport.cmp.service.profiles import chosen_profiles
from lockgate_transport.cmp.service.senders import SenderKind

MAY_DESCRIBE = frozenset({SenderKind.SECRET, SenderKind.REGISTRATION_AUTHORITY, SenderKind.VENDOR_CERTIFICATE})
"""Senders that describe the end entity, in RA mode."""
RequestedKey = CertificationRequest | WantedKey


@dataclass(frozen=True, slots=True)
class Composed:
    """A request for the core's line, with the key that it is about."""

    request: Request
    processor: Processor
    key: RequestedKey


@dataclass(frozen=True, slots=True)
class _Forms:
    """The requests for a key, and their processors: to enrol, to enrol a vendor's device that is registered, and to
    renew."""

    request: type[CertificateRequestRequest]
    enrolment: Processor
    device: Processor
    renewal_request: type[RenewalRequest]
    renewal: Processor


_BROUGHT = _Forms(
    CertificateRequestRequest, CertificateRequestProcessor(), DeviceProcessor(), RenewalRequest, KeyUpdateProcessor()
)
_MADE = _Forms(
    CentralKeyRequest,
    CentralKeyProcessor(),
    CentralKeyDeviceProcessor(),
    CentralKeyRenewalRequest,
    CentralKeyUpdateProcessor(),
)


def composed(opener: Opener, number: int, asked: RequestedCertificate) -> Composed:
    """The request `number` of the message.

    Raises:
        Refused: the message may not ask for this.
    """
    key = asked.key
    if isinstance(key, Rejected):
        raise Refused(of_rejection(key).fail_info, key.fail_info, key.internal)
    if isinstance(key, WantedKey):
        _judge_wanted(opener, asked)
    token = opener.sender.kind.is_claim and opener.alias.token_password
    judge_controls(asked.message, opener.body_type, token=token)
    profiles = chosen_profiles(opener.alias, asked.profile)
    forms, kind = _MADE if isinstance(key, WantedKey) else _BROUGHT, opener.sender.kind
    if opener.body_type is BodyType.KUR or kind is SenderKind.CERTIFICATE:
        return _update(opener, number, asked, key, forms)
    if kind is SenderKind.END_ENTITY_SECRET or kind.is_claim:
        return Composed(own(opener, number, asked, forms.request), forms.enrolment, key)
    if opener.alias.mode is Mode.RA and kind in MAY_DESCRIBE:
        return Composed(described(opener, number, asked, profiles, forms.request), forms.enrolment, key)
    if kind is SenderKind.VENDOR_CERTIFICATE:
        return Composed(registered(opener, number, forms.request), forms.device, key)
    raise Refused(FailInfo.NOT_AUTHORIZED, "In client mode each end entity enrols with its own one-time password.")


def _judge_wanted(opener: Opener, asked: RequestedCertificate) -> None:
    """Whether the CA makes the key that is asked for (RFC 9483, 4.1.6)."""
    if not opener.alias.central_keys:
        text = f"The template holds no public key, and the alias {opener.alias.name} has none made."
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, text)
    if asked.message.possession.kind is not PossessionKind.ABSENT:
        raise Refused(FailInfo.BAD_POP, "Nobody can show possession of a key that the CA shall make.")
    recipient_of(opener.sender)


def carried_out(opener: Opener, number: int, asked: RequestedCertificate) -> tuple[Request, Processor]:
    """The request `number`, where another CA carries it out already: the rules of the alias are not asked again."""
    forms = _MADE if isinstance(asked.key, WantedKey) else _BROUGHT
    certificate = opener.sender.certificate
    if certificate is None or opener.sender.kind is not SenderKind.CERTIFICATE:
        return own(opener, number, asked, forms.request), forms.enrolment
    return _renewal(opener, number, certificate, forms), forms.renewal


def _renewal(opener: Opener, number: int, certificate: bytes, forms: _Forms) -> Request:
    return forms.renewal_request(request_id=opener.request_id(number), certificate=certificate, signed_message=b"")


def _update(opener: Opener, number: int, asked: RequestedCertificate, key: RequestedKey, forms: _Forms) -> Composed:
    """Another certificate for the holder of the one that protects the message."""
    certificate = opener.sender.certificate
    if certificate is None or opener.sender.kind is not SenderKind.CERTIFICATE:
        raise Refused(FailInfo.WRONG_INTEGRITY, "A kur is protected by the certificate that it updates.")
    old = asked.message.controls.old_certificate
    if old is not None and (old.issuer, old.serial_number) != issuer_and_serial(certificate):
        raise Refused(FailInfo.BAD_CERT_ID, "oldCertId is not the certificate that protects the message.")
    same = isinstance(key, CertificationRequest) and key.public_key == public_key(certificate)
    if same and not opener.alias.same_key:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The alias {opener.alias.name} certifies no key a second time.")
    claimed = replace(key, claim=_claim(asked, certificate))
    return Composed(_renewal(opener, number, certificate, forms), forms.renewal, claimed)


def _claim(asked: RequestedCertificate, certificate: bytes) -> NameClaim | None:
    """A name in the template must be one of the holder's."""
    if asked.message.template.subject is None:
        return None
    named, certified = distinguished(asked.message.template.subject), distinguished(subject(certificate))
    if named is None or certified is None:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, "The subject cannot be read.")
    return NameClaim(named, certified) if named.attributes else None
