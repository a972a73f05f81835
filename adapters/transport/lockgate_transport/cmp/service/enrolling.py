"""Certificates issued for the requests of an ir, cr, kur or p10cr, and how each request stands."""

from datetime import timedelta

from lockgate.audit import AuditEvent, Event
from lockgate.errors import Defect
from lockgate.line.acting import Acting
from lockgate.line.clearance import Waiting
from lockgate.ports import RegistryTransaction
from lockgate.reasons import Rejected
from lockgate.requests.central_keys import CentralKeyResponse
from lockgate.requests.submessages import (
    CertificateRequestResponse,
    EndEntityRequest,
    PKCS10Response,
    Request,
    Response,
)
from lockgate_formats.cmp.contents import CertificateTemplate
from lockgate_formats.cmp.vocabulary import FailInfo, PkiStatus, PossessionKind
from lockgate_formats.cms.names import comparable
from lockgate_transport.cmp.service.aliases import CmpAlias, Mode
from lockgate_transport.cmp.service.certificates import modifications, subject, unpacked
from lockgate_transport.cmp.service.composing import carried_out, composed
from lockgate_transport.cmp.service.delivering import KeyDelivery, encrypted_certificate
from lockgate_transport.cmp.service.exchange import Opener
from lockgate_transport.cmp.service.failures import Failure, Refused, of_rejection
from lockgate_transport.cmp.service.incoming import RequestedCertificate
from lockgate_transport.cmp.service.records import Result
from lockgate_transport.cmp.service.senders import SenderKind

NO_DELAY = timedelta()


class Enrolling:
    """Has certificates issued.

    Args:
        keys: encrypts private keys that the CA has made; None where it makes none.
    """

    def __init__(self, acting: Acting, keys: KeyDelivery | None = None) -> None:
        self._acting = acting
        self._keys = keys

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
        identifier = asked.message.cert_req_id
        try:
            outcome = self._outcome(opener, place, asked, earlier, work)
        except Refused as refused:
            return refused_request(opener, identifier, refused.failure, work)
        if isinstance(outcome, Rejected):
            return refused_request(opener, identifier, of_rejection(outcome), work)
        if isinstance(outcome, Waiting):
            return waiting(identifier, outcome)
        return self._issued(identifier, outcome, asked, opener)

    def _outcome(
        self,
        opener: Opener,
        place: tuple[int, int],
        asked: RequestedCertificate,
        earlier: Result | None,
        work: RegistryTransaction,
    ) -> Response | Rejected | Waiting:
        """What the core's line makes of it.

        Raises:
            Refused: the message may not ask for this.
        """
        number, count = place
        if earlier is not None and earlier.is_under_way:
            request, processor = carried_out(opener, number, asked)
            return self._acting.deliver(opener.delivered(number, count, ()), request, processor, waited(earlier), work)
        judge_issuer(asked.message.template, opener.alias, work)
        told = composed(opener, number, asked)
        judge_vendor(opener, told.request, work)
        delivered = opener.delivered(number, count, (told.key,))
        return self._acting.deliver(delivered, told.request, told.processor, waited(earlier), work)

    def _issued(self, identifier: int, response: Response, asked: RequestedCertificate, opener: Opener) -> Result:
        certificate, *chain = unpacked(_bundle(response))
        changed = modifications(asked.message.template, certificate)
        return Result(
            cert_req_id=identifier,
            status=PkiStatus.GRANTED_WITH_MODS if changed else PkiStatus.ACCEPTED,
            text=changed,
            certificate=certificate,
            private_key=self._private_key(response, opener),
            encrypted=encrypted_certificate(certificate) if _only_encrypted(asked) else None,
            chain=tuple(chain),
        )

    def _private_key(self, response: Response, opener: Opener) -> bytes | None:
        """The key that the CA has made, encrypted: nothing else of it is kept. Where the alias has lost the sender's
        secret meanwhile, nobody gets it, and the certificate is not confirmed."""
        if not isinstance(response, CentralKeyResponse) or response.pair is None:
            return None
        if self._keys is None:
            raise Defect("an alias has keys made, and nothing encrypts them")
        try:
            return self._keys.encrypted(response.pair, opener.sender)
        except Refused:
            return None


def judge_vendor(opener: Opener, request: Request, work: RegistryTransaction) -> None:
    """Whether a vendor's device may ask for this: in RA mode it adds an end entity, and edits none. Later it renews the
    certificate that it got.

    Raises:
        Refused: there is an end entity of its name.
    """
    vendor = opener.sender.kind is SenderKind.VENDOR_CERTIFICATE and opener.alias.mode is Mode.RA
    if not vendor or not isinstance(request, EndEntityRequest):
        return
    if work.end_entities.get(request.username) is not None:
        raise Refused(FailInfo.NOT_AUTHORIZED, "An end entity of the device's name exists already.")


def judge_issuer(template: CertificateTemplate, alias: CmpAlias, work: RegistryTransaction) -> None:
    """Whether the alias's CA is the issuer that a template names, if it names one.

    Raises:
        Refused: it is another one.
    """
    chain = () if template.issuer is None else work.publications.chain(alias.ca_name)
    if template.issuer is None or isinstance(chain, Rejected):
        return
    if comparable(template.issuer) != comparable(subject(chain[0].certificate)):
        text = f"The template names another issuer than the CA of the alias {alias.name}."
        raise Refused(FailInfo.WRONG_AUTHORITY, text)


def _only_encrypted(asked: RequestedCertificate) -> bool:
    """Whether possession of the key is shown by the certificate's decryption, whatever the alias says by now."""
    return asked.message.possession.kind is PossessionKind.ENCRYPTED_CERTIFICATE


def waited(earlier: Result | None) -> Waiting | None:
    """What a request has waited for; None for a new one."""
    if earlier is None:
        return None
    return Waiting(NO_DELAY, earlier.approval, earlier.decisions, earlier.operation, earlier.effects)


def refusal(identifier: int, failure: Failure) -> Result:
    """The result of a request that is refused."""
    return Result(cert_req_id=identifier, status=PkiStatus.REJECTION, fail_info=failure.fail_info, text=failure.text)


def refused_request(opener: Opener, identifier: int, failure: Failure, work: RegistryTransaction) -> Result:
    """The result of a request that is refused, and audited."""
    details = {
        "alias": opener.alias.name,
        "request": str(identifier),
        "fail_info": failure.fail_info.rfc_name,
        "detail": failure.text,
        "internal": failure.internal,
    }
    who = opener.sender.acting(opener.alias).name
    work.audit(AuditEvent(Event.TRANSACTION_REFUSED, who, f"cmp {opener.key.id}", details))
    return refusal(identifier, failure)


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


def _bundle(response: Response) -> bytes:
    match response:
        case PKCS10Response(pkcs7=bytes(bundle)) | CertificateRequestResponse(data=bytes(bundle)):
            return bundle
        case CentralKeyResponse(pkcs7=bytes(bundle)):
            return bundle
    raise Defect("the answer to a certificate request holds no certificate")
