"""The RA's SCEP server for one alias: every pkiMessage gets a CertRep (RFC 8894, 2 and 3).

    read -> verify signature -> [transaction, or a holder's certificate] -> decrypt -> content -> desk -> CertRep

The content of an envelope decides nothing before all of it fits: a PKCS#10 must be signed by its key, and a PKCSReq by
the same one; a poll must name the transaction's own subject. Until then there is one failure (`UNREADABLE`).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from lockgate.enrolment.clients import MAX_CLIENT_NAME, Client, Side, stranger
from lockgate.enrolment.scep import FailInfo, Failure, MessageType, Outcome, Pending, Success, capabilities
from lockgate.enrolment.transactions import Enrolment
from lockgate.ports import Keystore, Random
from lockgate.reasons import Rejected
from lockgate.submessages import Request
from lockgate_transport.cms.certificates import read_certificate
from lockgate_transport.cms.signing import degenerate
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT, LEGACY
from lockgate_transport.scep.contents import CertificateRequest, Identifier, fitting
from lockgate_transport.scep.desk import Compose, Desk, Looked
from lockgate_transport.scep.messages import Signer, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.opening import Opened, Opener
from lockgate_transport.scep.passwords import PasswordKey
from lockgate_transport.scep.replies import Reader, Replies
from lockgate_transport.scep.rules import AliasRules, Composer

WITHOUT_CHAIN = "noca"
"""The alias that stands for the server's own address, answers without the CA's chain."""
NEXT_CA_CERTIFICATE = "#GetNextCACert"
"""Begins the id of the transaction that asks for a CA's next certificate; `#` stands in no device's."""
QUESTION = "#Question"
"""Begins the id of one that asks what else the CA publishes."""
_UNSUPPORTED = Failure(FailInfo.BAD_REQUEST, "This server does not answer messages of that type.")
_UNENCRYPTABLE = {
    MessageType.PKCS_REQ: "Keys that cannot be encrypted to need a one-time password made by the CA.",
    MessageType.RENEWAL_REQ: "Keys that cannot be encrypted to need a challenge password of 26 random A-Z and 2-7.",
    MessageType.GET_CERT: "Keys that cannot be encrypted to are sent no certificates in answer to GetCert.",
    MessageType.GET_CRL: "Keys that cannot be encrypted to are sent no CRLs in answer to GetCRL.",
}
_NO_HOLDER = Failure(FailInfo.BAD_REQUEST, "The message must be signed with a certificate that this CA has issued.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a pkiMessage.

    Attributes:
        octets: the DER CertRep.
        awaited_by: whose key is told PENDING but cannot poll: the same message will be answered soon; None where it
            need not wait.
    """

    octets: bytes
    awaited_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """One message being answered.

    Attributes:
        octets: all of it.
        address: that it came from.
    """

    message: VerifiedMessage
    octets: bytes
    address: str
    with_chain: bool


@dataclass(frozen=True, slots=True)
class _Asking:
    """A request for a certificate.

    Attributes:
        own_challenge: what its answer may be encrypted with. A secret.
    """

    case: _Case
    opened: Opened
    request: CertificateRequest
    own_challenge: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Answered:
    """How a message is answered.

    Attributes:
        awaited_by: whose key asks for what cannot be polled for.
    """

    outcome: Outcome
    reader: Reader | None = None
    awaited_by: str | None = None


class ScepServer:
    """Answers SCEP's operations for one alias; for any number of threads.

    Args:
        keystore: the transport key, issued by the CA that enrols; never the one for submessages.
    """

    def __init__(self, rules: AliasRules, keystore: Keystore, desk: Desk, random: Random) -> None:
        self._rules = rules
        self._keystore = keystore
        self._desk = desk
        self._composer = Composer(rules, random)
        self._algorithms = LEGACY if rules.legacy else CURRENT
        self._opener = Opener(keystore, self._algorithms)
        # strongSwan names the RA where it must name the CA.
        self._issuers = (rules.issuer, read_certificate(keystore.certificate).subject)
        self._replies = Replies(keystore, self._algorithms, random)
        self._handlers: Mapping[MessageType, Callable[[_Case], _Answered]] = {
            MessageType.PKCS_REQ: self._enrol,
            MessageType.RENEWAL_REQ: self._renew,
            MessageType.CERT_POLL: self._poll,
            MessageType.GET_CERT: partial(self._query, self._composer.certificate),
            MessageType.GET_CRL: partial(self._query, self._composer.crl),
        }

    def capabilities(self) -> str:
        """The answer to GetCACaps (RFC 8894, 3.5.2)."""
        return "".join(f"{its}\n" for its in capabilities(legacy=self._rules.legacy))

    def ca_certificates(self) -> bytes:
        """The answer to GetCACert: DER certs-only, the RA's certificate first (RFC 8894, 4.2.1.2)."""
        return degenerate((self._keystore.certificate, *self._rules.chain))

    def next_ca_certificates(self) -> bytes | Failure | Pending:
        """The answer to GetNextCACert (RFC 8894, 4.7): what the CA's current key has signed.

        Whoever asks, it is one transaction, and counts for itself.

        Raises:
            Unavailable, PeerError: as `answer`.
        """
        asked = Enrolment(alias=self._rules.alias, signer_key="", request=self._rules.ca_name, subject=b"")
        name = f"{NEXT_CA_CERTIFICATE} {self._rules.alias}"
        counted = Client(name[:MAX_CLIENT_NAME], Side.QUESTIONS)
        looked = self._desk.ask(name, asked, counted, self._composer.next_ca_certificate)
        if isinstance(looked.outcome, Success):
            return looked.signed or b""
        return looked.outcome

    def answer(self, octets: bytes, address: str, *, with_chain: bool = True) -> Answer:
        """The answer to a pkiMessage.

        Args:
            address: that it came from; a stranger's counts for a transaction that this opens.
            with_chain: whether the CA's chain goes along with an issued certificate.

        Raises:
            NoPkiMessage: nothing in `octets` could be answered.
            Unavailable: the message database cannot be reached.
            PeerError: what stands there was not written by this RA or its CA.
        """
        message = read_pki_message(octets)
        verified = verify(message, self._algorithms)
        if isinstance(verified, Failure):
            answered = _Answered(verified)
        else:
            handler = self._handlers.get(verified.message_type)
            case = _Case(verified, octets, address, with_chain)
            answered = handler(case) if handler else _Answered(_UNSUPPORTED)
        written = self._replies.write(message, answered.outcome, answered.reader)
        return Answer(written, answered.awaited_by if isinstance(answered.outcome, Pending) else None)

    # ---- PKCSReq, RenewalReq

    def _enrol(self, case: _Case) -> _Answered:
        """Before RFC 8894, devices renewed so, too: a certificate's holder who asks for another key, but the same name,
        means that. Who enrols for others asks for theirs.
        """
        signer = case.message.signer
        if self._is_holder(case):
            read = fitting(contents.certificate_request, partial(_is_for, signer))
        else:
            read = partial(contents.certificate_request, signer=signer.key)
        found = self._opener.open(case.message.content, read)
        if isinstance(found, Failure):
            return _Answered(found)
        opened, request = found
        if request.key != signer.key:
            return self._renewed(case, opened, request)
        own = None if self._rules.create_or_edit_user else self._rules.challenge.own_of(request.challenge)
        asking = _Asking(case, opened, request, own)
        return self._ask(asking, stranger(case.address), partial(self._composer.enrolment, request))

    def _renew(self, case: _Case) -> _Answered:
        if not self._is_holder(case):
            return _Answered(_NO_HOLDER)
        found = self._opener.open(case.message.content, contents.certificate_request)
        return _Answered(found) if isinstance(found, Failure) else self._renewed(case, *found)

    def _renewed(self, case: _Case, opened: Opened, request: CertificateRequest) -> _Answered:
        """The current certificate authenticates; the CA judges it, and the signature, once more.

        A challenge password authenticates nothing here: it is a key for the answer, where the signer's is none.
        """
        own = self._rules.challenge.own_of(request.challenge)
        signer = case.message.signer
        compose = partial(self._composer.renewal, signer.certificate, case.octets, opened.key)
        return self._ask(_Asking(case, opened, request, own), Client(signer.key, Side.HOLDERS), compose)

    def _ask(self, asking: _Asking, client: Client, compose: Compose) -> _Answered:
        case, signer = asking.case, asking.case.message.signer
        own = None if signer.encryptable else asking.own_challenge
        password = None if own is None else PasswordKey.of(own)
        reader = Reader(signer, asking.opened.cipher, password)
        if not reader.can_be_answered():
            return _Answered(_unencryptable(case.message.message_type))
        enrolment = Enrolment(
            alias=self._rules.alias,
            signer_key=signer.key,
            request=asking.request.digest,
            subject=asking.request.subject,
            password=None if password is None else password.kept,
        )
        return self._enrolled(case, self._desk.ask(case.message.transaction_id, enrolment, client, compose), reader)

    def _enrolled(self, case: _Case, looked: Looked, reader: Reader) -> _Answered:
        outcome = looked.outcome
        if isinstance(outcome, Success) and case.with_chain:
            outcome = Success((*outcome.certificates, *self._rules.chain))
        return _Answered(outcome, reader)

    # ---- CertPoll

    def _poll(self, case: _Case) -> _Answered:
        message = case.message
        found = self._desk.poll(message.transaction_id, self._rules.alias, message.signer.key)
        if isinstance(found, Failure):
            return _Answered(found)
        polls = [contents.Poll(its, found.transaction.enrolment.subject) for its in self._issuers]
        opening = self._opener.open(message.content, fitting(contents.poll, lambda its: its in polls))
        if isinstance(opening, Failure):
            return _Answered(opening)
        opened, _ = opening
        looked = self._desk.look(message.transaction_id, found)
        kept = found.transaction.enrolment.password
        return self._enrolled(
            case, looked, Reader(message.signer, opened.cipher, None if kept is None else PasswordKey.read(kept))
        )

    # ---- GetCert, GetCRL

    def _query(self, compose: Callable[[Identifier], Request | Failure], case: _Case) -> _Answered:
        if not self._is_holder(case):
            return _Answered(_NO_HOLDER)
        ours = fitting(contents.identifier, lambda its: its.issuer == self._rules.issuer)
        found = self._opener.open(case.message.content, ours)
        if isinstance(found, Failure):
            return _Answered(found)
        opened, named = found
        reader = Reader(case.message.signer, opened.cipher)
        if not reader.can_be_answered():
            return _Answered(_unencryptable(case.message.message_type))
        key = case.message.signer.key
        what = f"{case.message.message_type.name} {named.serial_number:x}"
        asked = Enrolment(alias=self._rules.alias, signer_key=key, request=what, subject=b"")
        looked = self._desk.ask(_name(asked), asked, Client(key, Side.QUESTIONS), partial(compose, named))
        return _Answered(looked.outcome, reader, awaited_by=key)

    def _is_holder(self, case: _Case) -> bool:
        """Whether the CA has issued the signer's certificate; a self-signed one authenticates nobody."""
        return not isinstance(self._rules.holders.path(case.message.signer.certificate), Rejected)


def _is_for(signer: Signer, request: CertificateRequest) -> bool:
    return request.key == signer.key or contents.is_named_as(request.pkcs10, signer.certificate)


def _unencryptable(kind: MessageType) -> Failure:
    return Failure(FailInfo.BAD_ALG, _UNENCRYPTABLE[kind])


def _name(asked: Enrolment) -> str:
    """The id of the transaction that a question is: of the same question by the same key there is one, under whatever
    ids it is asked. Devices may give all of theirs the same id, and what was recorded may be played again."""
    parts = "\x00".join((asked.alias, asked.signer_key, asked.request))
    return f"{QUESTION} {hashlib.sha256(parts.encode()).hexdigest()}"
