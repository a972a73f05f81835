"""The requests of an ir, cr, kur or p10cr, as the core's line takes them.

A certificate's own key renews it; an end entity's one-time password enrols that end entity; a shared secret, an RA and
a vendor's device enrol whom the template describes, in RA mode.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from lockgate.certification.endentity import CertificationRequest, NameClaim
from lockgate.errors import Defect, InvalidName
from lockgate.line.acting import Acting
from lockgate.line.clearance import Waiting
from lockgate.names.dn import DistinguishedName, check_text, parse_dn
from lockgate.ports import Random, RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.requests.processors import CertificateRequestProcessor, KeyUpdateProcessor, Processor
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    CertificateRequestResponse,
    PKCS10Response,
    RenewalRequest,
    Request,
    RequestKind,
    Response,
    ResponseKind,
)
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_transport.cmp.service.aliases import CmpAlias, Mode, ProfilePair
from lockgate_transport.cmp.service.authentication import distinguished
from lockgate_transport.cmp.service.certificates import (
    issuer_and_serial,
    modifications,
    public_key,
    subject,
    unpacked,
)
from lockgate_transport.cmp.service.controls import judge_controls
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Failure, Refused, of_rejection
from lockgate_transport.cmp.service.incoming import RequestedCertificate
from lockgate_transport.cmp.service.records import Result
from lockgate_transport.cmp.service.senders import SenderKind

MAY_DESCRIBE = frozenset({SenderKind.SECRET, SenderKind.REGISTRATION_AUTHORITY, SenderKind.VENDOR_CERTIFICATE})
"""Senders that describe the end entity, in RA mode."""
NO_DELAY = timedelta()


@dataclass(frozen=True, slots=True)
class RandomOf(Random):
    """Octets that a message determines, so that a username that was made once is made again when its request is taken
    up again. They are no secret."""

    seed: str

    def octets(self, count: int) -> bytes:
        """`count` octets."""
        return hashlib.shake_256(self.seed.encode()).digest(count)


class Enrolling:
    """Has certificates issued."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def result(
        self,
        opener: Opener,
        place: tuple[int, int],
        asked: RequestedCertificate,
        earlier: Result | None,
        work: RegistryTransaction,
    ) -> Result:
        """How one request stands now.

        Args:
            place: its number, counted from 1, and how many there are.
            earlier: how it stood before; None for a new one.
        """
        number, count = place
        identifier = asked.message.cert_req_id
        try:
            request, processor, key = _composed(opener, number, asked)
        except Refused as refused:
            return refusal(identifier, refused.failure)
        delivered = opener.delivered(number, count, (key,))
        outcome = self._acting.deliver(delivered, request, processor, waited(earlier), work)
        return _result(identifier, outcome, asked)


def waited(earlier: Result | None) -> Waiting | None:
    """What a request has waited for; None for a new one."""
    if earlier is None:
        return None
    return Waiting(NO_DELAY, earlier.approval, earlier.decisions, earlier.operation, earlier.effects)


def refusal(identifier: int, failure: Failure) -> Result:
    """The result of a request that is refused."""
    return Result(cert_req_id=identifier, status=PkiStatus.REJECTION, fail_info=failure.fail_info, text=failure.text)


def waiting(identifier: int, outcome: Waiting) -> Result:
    """The result of a request that waits."""
    return Result(
        cert_req_id=identifier,
        status=PkiStatus.WAITING,
        text="The request waits for administrators or for another CA.",
        approval=outcome.approval,
        decisions=outcome.decisions,
        operation=outcome.operation,
        effects=outcome.effects,
        delay=outcome.delay.total_seconds(),
    )


def _result(identifier: int, outcome: Response | Rejected | Waiting, asked: RequestedCertificate) -> Result:
    if isinstance(outcome, Rejected):
        return refusal(identifier, of_rejection(outcome))
    if isinstance(outcome, Waiting):
        return waiting(identifier, outcome)
    certificate, *chain = unpacked(_bundle(outcome))
    changed = modifications(asked.message.template, certificate)
    return Result(
        cert_req_id=identifier,
        status=PkiStatus.GRANTED_WITH_MODS if changed else PkiStatus.ACCEPTED,
        text=changed,
        certificate=certificate,
        chain=tuple(chain),
    )


def _bundle(response: Response) -> bytes:
    match response:
        case PKCS10Response(pkcs7=bytes(bundle)) | CertificateRequestResponse(data=bytes(bundle)):
            return bundle
    raise Defect("the answer to a certificate request holds no certificate")


def _composed(
    opener: Opener, number: int, asked: RequestedCertificate
) -> tuple[Request, Processor, CertificationRequest]:
    """The request, its processor and its key.

    Raises:
        Refused: the message may not ask for this.
    """
    key = asked.key
    if isinstance(key, Rejected):
        raise Refused(of_rejection(key).fail_info, key.fail_info, key.internal)
    judge_controls(asked.message, opener.body_type)
    profiles = _profiles(opener.alias, asked.profile)
    kind = opener.sender.kind
    if opener.body_type is BodyType.KUR or kind is SenderKind.CERTIFICATE:
        return _update(opener, number, asked, key)
    if kind is SenderKind.END_ENTITY_SECRET:
        return _own(opener, number), CertificateRequestProcessor(), key
    if opener.alias.mode is Mode.RA and kind in MAY_DESCRIBE:
        return _described(opener, number, asked, profiles), CertificateRequestProcessor(), key
    raise Refused(FailInfo.NOT_AUTHORIZED, "In client mode each end entity enrols with its own one-time password.")


def _profiles(alias: CmpAlias, named: str | None) -> ProfilePair:
    if named is None:
        return alias.profiles
    if named not in alias.named_profiles:
        raise Refused(FailInfo.ADD_INFO_NOT_AVAILABLE, f"There is no certificate profile {named[:64]!a}.")
    return alias.named_profiles[named]


def _update(
    opener: Opener, number: int, asked: RequestedCertificate, key: CertificationRequest
) -> tuple[Request, Processor, CertificationRequest]:
    """Another certificate for the holder of the one that protects the message."""
    certificate = opener.sender.certificate
    if certificate is None or opener.sender.kind is not SenderKind.CERTIFICATE:
        raise Refused(FailInfo.WRONG_INTEGRITY, "A kur is protected by the certificate that it updates.")
    old = asked.message.controls.old_certificate
    if old is not None and (old.issuer, old.serial_number) != issuer_and_serial(certificate):
        raise Refused(FailInfo.BAD_CERT_ID, "oldCertId is not the certificate that protects the message.")
    if key.public_key == public_key(certificate) and not opener.alias.same_key:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, f"The alias {opener.alias.name} certifies no key a second time.")
    claimed = replace(key, claim=_claim(asked, certificate))
    request = RenewalRequest(request_id=opener.request_id(number), certificate=certificate, signed_message=b"")
    return request, KeyUpdateProcessor(), claimed


def _claim(asked: RequestedCertificate, certificate: bytes) -> NameClaim | None:
    """A name in the template must be one of the holder's."""
    if asked.message.template.subject is None:
        return None
    named, certified = distinguished(asked.message.template.subject), distinguished(subject(certificate))
    if named is None or certified is None:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, "The subject cannot be read.")
    return NameClaim(named, certified) if named.attributes else None


def _own(opener: Opener, number: int) -> Request:
    """For the end entity whose one-time password protects the message. It is judged once more when it is used."""
    return CertificateRequestRequest(
        request_id=opener.request_id(number),
        username=opener.sender.username or "",
        password=(opener.sender.secret or b"").decode(errors="replace"),
        subject_dn="",
        end_entity_profile="",
        certificate_profile="",
        ca_name="",
        request_type=RequestKind.CRMF,
        request_data=b"",
        response_type=ResponseKind.PKCS7_WITH_CHAIN,
        create_or_edit_user=False,
    )


def _described(opener: Opener, number: int, asked: RequestedCertificate, profiles: ProfilePair) -> Request:
    """For the end entity that the template describes; a vendor's device is described by its vendor's certificate."""
    sender = opener.sender
    name_der = asked.message.template.subject
    if sender.kind is SenderKind.VENDOR_CERTIFICATE and sender.certificate:
        name_der = subject(sender.certificate)
    name = None if name_der is None else distinguished(name_der)
    if name is None or not name.attributes:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, "A subject is needed.")
    return CertificateRequestRequest(
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
