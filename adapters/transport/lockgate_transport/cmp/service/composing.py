"""The requests of an ir, cr, kur or p10cr, as the core's line takes them.

A certificate's own key renews it; an end entity's own password enrols that end entity; a shared secret, an RA and a
vendor's device enrol whom the template describes, in RA mode.
"""

import hashlib
from dataclasses import dataclass, replace

from lockgate.certification.endentity import CertificationRequest, NameClaim, WantedKey
from lockgate.errors import InvalidName
from lockgate.names.dn import DistinguishedName, check_text, parse_dn
from lockgate.ports import Random
from lockgate.reasons import Rejected
from lockgate.requests.central_keys import CentralKeyRenewalRequest, CentralKeyRequest
from lockgate.requests.processors import (
    CentralKeyProcessor,
    CentralKeyUpdateProcessor,
    CertificateRequestProcessor,
    KeyUpdateProcessor,
    Processor,
)
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    RenewalRequest,
    Request,
    RequestKind,
    ResponseKind,
)
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PossessionKind
from lockgate_transport.cmp.service.aliases import Mode, ProfilePair
from lockgate_transport.cmp.service.certificates import issuer_and_serial, public_key, subject
from lockgate_transport.cmp.service.controls import judge_controls
from lockgate_transport.cmp.service.delivering import recipient_of
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
    """The requests for a key, and their processors: to enrol, and to renew."""

    request: type[CertificateRequestRequest]
    enrolment: Processor
    renewal_request: type[RenewalRequest]
    renewal: Processor


_BROUGHT = _Forms(CertificateRequestRequest, CertificateRequestProcessor(), RenewalRequest, KeyUpdateProcessor())
_MADE = _Forms(CentralKeyRequest, CentralKeyProcessor(), CentralKeyRenewalRequest, CentralKeyUpdateProcessor())


@dataclass(frozen=True, slots=True)
class RandomOf(Random):
    """Octets that a message determines, so that a username that was made once is made again when its request is taken
    up again. They are no secret."""

    seed: str

    def octets(self, count: int) -> bytes:
        """`count` octets."""
        return hashlib.shake_256(self.seed.encode()).digest(count)


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
        return Composed(_own(opener, number, asked, forms), forms.enrolment, key)
    if opener.alias.mode is Mode.RA and kind in MAY_DESCRIBE:
        return Composed(_described(opener, number, asked, profiles, forms), forms.enrolment, key)
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
        return _own(opener, number, asked, forms), forms.enrolment
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


def _own(opener: Opener, number: int, asked: RequestedCertificate, forms: _Forms) -> Request:
    """For the end entity whose own password protects the message, or stands in the request. It is judged when it is
    used: the first one once more, the second one for the first time."""
    protecting = (opener.sender.secret or b"").decode(errors="replace")
    return forms.request(
        request_id=opener.request_id(number),
        username=opener.sender.username or "",
        password=asked.password if opener.sender.kind.is_claim else protecting,
        subject_dn="",
        end_entity_profile="",
        certificate_profile="",
        ca_name="",
        request_type=RequestKind.CRMF,
        request_data=b"",
        response_type=ResponseKind.PKCS7_WITH_CHAIN,
        create_or_edit_user=False,
    )


def _described(
    opener: Opener, number: int, asked: RequestedCertificate, profiles: ProfilePair, forms: _Forms
) -> Request:
    """For the end entity that the template describes. A vendor's device is described by its vendor's certificate, and
    by nothing else: it gets no alternative names."""
    sender = opener.sender
    name_der = asked.message.template.subject
    if sender.kind is SenderKind.VENDOR_CERTIFICATE and sender.certificate:
        name_der = subject(sender.certificate)
    name = None if name_der is None else distinguished(name_der)
    if name is None or not name.attributes:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, "A subject is needed.")
    return forms.request(
        request_id=opener.request_id(number),
        username=_username(opener, number, name),
        subject_dn=_fit(name),
        end_entity_profile=profiles.end_entity_profile,
        certificate_profile=profiles.certificate_profile,
        ca_name=opener.alias.ca_name,
        request_type=RequestKind.CRMF,
        request_data=b"",
        response_type=ResponseKind.PKCS7_WITH_CHAIN,
        create_or_edit_user=True,
        subject_alt_name="" if sender.kind is SenderKind.VENDOR_CERTIFICATE else None,
    )


def _username(opener: Opener, number: int, name: DistinguishedName) -> str:
    names = opener.alias.names
    username = names.username(name, RandomOf(opener.operation(number)))
    if username is None:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The subject holds no usable {names.wanted}.")
    try:
        check_text("username", username)
    except InvalidName as error:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The subject makes no username: {error}.") from None
    return username


def _fit(name: DistinguishedName) -> str:
    try:
        return str(parse_dn(str(name)))
    except InvalidName as error:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The subject cannot be certified: {error}.") from None
