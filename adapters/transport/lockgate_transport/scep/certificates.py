"""PKCSReq, RenewalReq and CertPoll (RFC 8894, 2.3 and 3.3): one transaction, one request to the CA."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial

from lockgate.enrolment.clients import Client, Side, stranger
from lockgate.enrolment.enrolments import Compose
from lockgate.enrolment.outcome import Granted, Outcome, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.transactions import Enrolment, named
from lockgate_formats.cms.names import comparable
from lockgate_transport.scep import contents
from lockgate_transport.scep.cases import NO_HOLDER, Alias, Answered, Case, unencryptable
from lockgate_transport.scep.contents import CertificateRequest, fitting
from lockgate_transport.scep.messages import PkiMessageSigner
from lockgate_transport.scep.opening import OpenedPkiEnvelope
from lockgate_transport.scep.passwords import PasswordKey
from lockgate_transport.scep.replies import Reader


@dataclass(frozen=True, slots=True)
class _Asking:
    """A request for a certificate.

    Attributes:
        own_challenge: what its answer may be encrypted with. A secret.
    """

    case: Case
    opened: OpenedPkiEnvelope
    request: CertificateRequest
    own_challenge: str | None = field(default=None, repr=False)


class CertificateMessages:
    """Answers those who ask for certificates."""

    def __init__(self, alias: Alias) -> None:
        self._alias = alias
        self._rules, self._enrolments = alias.rules, alias.enrolments
        self._opener, self._composer = alias.opener, alias.composer
        # strongSwan names the RA where it must name the CA.
        self._issuers = tuple(map(comparable, (alias.rules.issuer, alias.transport_name)))

    def enrol(self, case: Case) -> Answered:
        """The answer to PKCSReq.

        Before RFC 8894, devices renewed so, too: one signed with a certificate of this CA asks for the next one.
        The CA tells by the certificate for which end entity.
        """
        holder = self._alias.holder(case, Side.HOLDERS)
        return self._enrolled_first(case) if holder is None else self._renewed(case, holder)

    def renew(self, case: Case) -> Answered:
        """The answer to RenewalReq."""
        holder = self._alias.holder(case, Side.HOLDERS)
        return Answered(NO_HOLDER) if holder is None else self._renewed(case, holder)

    def poll(self, case: Case) -> Answered:
        """The answer to CertPoll."""
        message = case.message
        found = self._enrolments.poll(message.transaction_id, self._rules.alias, message.signer.key)
        if isinstance(found, Refused):
            return Answered(found)
        subject = comparable(found.transaction.enrolment.subject)
        polls = [contents.Poll(issuer, subject) for issuer in self._issuers]
        opening = self._opener.open(
            message.content, fitting(contents.poll, lambda poll: poll in polls, Refusal.POLL_FOR_ANOTHER_NAME)
        )
        if isinstance(opening, Refused):
            return Answered(opening)
        opened, _ = opening
        outcome = self._enrolments.look(found)
        kept = found.transaction.enrolment.password
        return self._enrolled(
            case, outcome, Reader(message.signer, opened.cipher, None if kept is None else PasswordKey.read(kept))
        )

    def _enrolled_first(self, case: Case) -> Answered:
        own_key = partial(contents.certificate_request, signer=case.message.signer.key)
        found = self._opener.open(case.message.content, own_key)
        if isinstance(found, Refused):
            return Answered(found)
        opened, request = found
        own = None if self._rules.create_or_edit_user else self._rules.challenge.own_of(request.challenge)
        asking = _Asking(case, opened, request, own)
        return self._ask(asking, stranger(case.address), partial(self._composer.enrolment, request))

    def _renewed(self, case: Case, holder: Client) -> Answered:
        """The current certificate authenticates; the CA judges it, and the signature, once more.

        A challenge password authenticates nothing here: it is a key for the answer, where the signer's is none.
        """
        found = self._opener.open(case.message.content, contents.certificate_request)
        if isinstance(found, Refused):
            return Answered(found)
        opened, request = found
        own = self._rules.challenge.own_of(request.challenge)
        signer = case.message.signer
        compose = partial(self._composer.renewal, signer.certificate, case.octets, opened.key)
        return self._ask(_Asking(case, opened, request, own), holder, compose)

    def _ask(self, asking: _Asking, client: Client, compose: Compose) -> Answered:
        case, signer = asking.case, asking.case.message.signer
        own = None if signer.encryptable else asking.own_challenge
        password = None if own is None else PasswordKey.of(own)
        reader = Reader(signer, asking.opened.cipher, password)
        if not reader.can_be_answered():
            return unencryptable(case.message.message_type)
        enrolment = Enrolment(
            alias=self._rules.alias,
            signer_key=signer.key,
            request=asking.request.digest,
            subject=asking.request.subject,
            key=asking.request.key,
            certificate=_fingerprint(signer) if client.side is Side.HOLDERS else "",
            password=None if password is None else password.kept,
        )
        name = named(case.message.transaction_id, client.side)
        return self._enrolled(case, self._enrolments.ask(name, enrolment, client, compose), reader)

    def _enrolled(self, case: Case, outcome: Outcome, reader: Reader) -> Answered:
        if isinstance(outcome, Granted) and case.with_chain:
            outcome = replace(outcome, certificates=(*outcome.certificates, *self._rules.chain))
        return Answered(outcome, reader)


def _fingerprint(signer: PkiMessageSigner) -> str:
    return hashlib.sha256(signer.certificate).hexdigest()
