"""The requests by which certificates are asked for: for an end entity that is stored, or for one that is described."""

import hashlib
from dataclasses import dataclass

from lockgate.errors import InvalidName
from lockgate.names.dn import DistinguishedName, check_text, parse_dn
from lockgate.ports import Random
from lockgate.requests.submessages import CertificateRequestRequest, Request, RequestKind, ResponseKind
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_transport.cmp.service.aliases import ProfilePair
from lockgate_transport.cmp.service.certificates import subject
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.incoming import RequestedCertificate
from lockgate_transport.cmp.service.names import distinguished
from lockgate_transport.cmp.service.senders import SenderKind


@dataclass(frozen=True, slots=True)
class RandomOf(Random):
    """Octets that a message determines, so that a username that was made once is made again when its request is taken
    up again. They are no secret."""

    seed: str

    def octets(self, count: int) -> bytes:
        """`count` octets."""
        return hashlib.shake_256(self.seed.encode()).digest(count)


def registered(opener: Opener, number: int, form: type[CertificateRequestRequest]) -> Request:
    """For the end entity that is registered for a vendor's device, under the name that the vendor's certificate makes.
    Its certificate has the registered subject, whatever the request and the vendor's certificate say."""
    name = distinguished(subject(opener.sender.certificate or b""))
    if name is None:
        raise Refused(FailInfo.BAD_CERT_TEMPLATE, "The subject of the vendor's certificate cannot be read.")
    return _of_stored(opener, number, _username(opener, number, name), None, form)


def own(opener: Opener, number: int, asked: RequestedCertificate, form: type[CertificateRequestRequest]) -> Request:
    """For the end entity whose own password protects the message, or stands in the request. It is judged when it is
    used: the first one once more, the second one for the first time."""
    protecting = (opener.sender.secret or b"").decode(errors="replace")
    password = asked.password if opener.sender.kind.is_claim else protecting
    return _of_stored(opener, number, opener.sender.username or "", password, form)


def _of_stored(
    opener: Opener, number: int, username: str, password: str | None, form: type[CertificateRequestRequest]
) -> Request:
    return form(
        request_id=opener.request_id(number),
        username=username,
        password=password,
        subject_dn="",
        end_entity_profile="",
        certificate_profile="",
        ca_name="",
        request_type=RequestKind.CRMF,
        request_data=b"",
        response_type=ResponseKind.PKCS7_WITH_CHAIN,
        create_or_edit_user=False,
    )


def described(
    opener: Opener,
    number: int,
    asked: RequestedCertificate,
    profiles: ProfilePair,
    form: type[CertificateRequestRequest],
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
    return form(
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
