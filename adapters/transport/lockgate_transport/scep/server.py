"""The RA's SCEP server for one alias: every pkiMessage gets a CertRep (RFC 8894, 2 and 3).

    read -> verify signature -> [transaction of a poll] -> decrypt -> content -> desk -> CertRep

The content of an envelope decides nothing before all of it fits: a PKCS#10 must be signed by the key that signed the
message, a poll must name the transaction's own subject. Until then there is one failure (`UNREADABLE`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from lockgate.dn import parse_dn
from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.scep import UNREADABLE, Capabilities, FailInfo, Failure, MessageType, Outcome, Success
from lockgate.enrolment.transactions import Enrolment
from lockgate.enrolment.usernames import NameGeneration
from lockgate.errors import InvalidName
from lockgate.ports import Keystore, Random
from lockgate.submessages import PKCS10Request, Request
from lockgate_transport.cms.certificates import read_certificate
from lockgate_transport.cms.signing import degenerate
from lockgate_transport.scep import contents
from lockgate_transport.scep.algorithms import CURRENT, LEGACY
from lockgate_transport.scep.contents import CertificateRequest, Opened, open_content, read_content
from lockgate_transport.scep.desk import Desk, Looked
from lockgate_transport.scep.messages import LIMITS, VerifiedMessage, read_pki_message, verify
from lockgate_transport.scep.replies import Reader, Replies

WITHOUT_CHAIN = "noca"
"""The alias that stands for the server's own address, answers without the CA's chain."""
_UNSUPPORTED = Failure(FailInfo.BAD_REQUEST, "This server does not answer messages of that type.")
_UNENCRYPTABLE = Failure(FailInfo.BAD_ALG, "Keys that cannot be encrypted to need a challenge password of their own.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRules:
    """What one alias enrols, and how.

    Attributes:
        alias: its name; empty for the server's own address.
        create_or_edit_user: whether requests add end entities; if not, they must exist, and the challenge password is
            each one's own.
        ca_name: that shall issue.
        issuer: its DER subject.
        chain: DER certificates, the issuing CA's first: for GetCACert and for answers.
        legacy: whether SHA-1 and triple DES are accepted.
    """

    alias: str
    challenge: ChallengeRule
    names: NameGeneration
    create_or_edit_user: bool
    end_entity_profile: str
    certificate_profile: str
    ca_name: str
    issuer: bytes
    chain: tuple[bytes, ...]
    legacy: bool = False

    @property
    def capabilities(self) -> Capabilities:
        """What GetCACaps tells."""
        return Capabilities(legacy=self.legacy)


@dataclass(frozen=True, slots=True)
class _Case:
    """One message being answered."""

    message: VerifiedMessage
    client: str


@dataclass(frozen=True, slots=True)
class _Answered:
    outcome: Outcome
    reader: Reader | None = None


class ScepServer:
    """Answers SCEP's operations for one alias; for any number of threads.

    Args:
        keystore: the transport key, issued by the CA that enrols; never the one for submessages.
    """

    def __init__(self, rules: AliasRules, keystore: Keystore, desk: Desk, random: Random) -> None:
        self._rules = rules
        self._keystore = keystore
        self._desk = desk
        self._random = random
        self._algorithms = LEGACY if rules.legacy else CURRENT
        # strongSwan names the RA where it must name the CA.
        self._issuers = (rules.issuer, read_certificate(keystore.certificate).subject)
        self._replies = Replies(keystore, self._algorithms, random)
        self._handlers: Mapping[MessageType, Callable[[_Case], _Answered]] = {
            MessageType.PKCS_REQ: self._enrol,
            MessageType.CERT_POLL: self._poll,
        }

    def capabilities(self) -> str:
        """The answer to GetCACaps (RFC 8894, 3.5.2)."""
        return "".join(f"{its}\n" for its in self._rules.capabilities.keywords())

    def ca_certificates(self) -> bytes:
        """The answer to GetCACert: DER certs-only, the RA's certificate first (RFC 8894, 4.2.1.2)."""
        return degenerate((self._keystore.certificate, *self._rules.chain))

    def answer(self, octets: bytes, client: str, *, with_chain: bool = True) -> bytes:
        """The DER CertRep to a pkiMessage.

        Args:
            client: who is counted for a transaction that this opens.
            with_chain: whether the CA's chain goes along with an issued certificate.

        Raises:
            NoPkiMessage: nothing in `octets` could be answered.
            Unavailable: the message database cannot be reached.
            PeerError: what stands there was not written by this RA or its CA.
        """
        message = read_pki_message(octets)
        answered = self._answered(verify(message, self._algorithms), client)
        outcome = answered.outcome
        if isinstance(outcome, Success) and outcome.certificates and with_chain:
            outcome = Success((*outcome.certificates, *self._rules.chain), outcome.crls)
        return self._replies.write(message, outcome, answered.reader)

    def _answered(self, message: VerifiedMessage | Failure, client: str) -> _Answered:
        if isinstance(message, Failure):
            return _Answered(message)
        handler = self._handlers.get(message.message_type)
        return handler(_Case(message, client)) if handler else _Answered(_UNSUPPORTED)

    # ---- PKCSReq

    def _enrol(self, case: _Case) -> _Answered:
        opened = self._open(case)
        if isinstance(opened, Failure):
            return _Answered(opened)
        request = read_content(contents.certificate_request, opened.octets)
        if isinstance(request, Failure) or request.key != case.message.signer.key:
            return _Answered(UNREADABLE)
        own = None if self._rules.create_or_edit_user else request.challenge
        reader = Reader(case.message.signer, opened.cipher, own)
        if not reader.can_be_answered():
            return _Answered(_UNENCRYPTABLE)
        enrolment = Enrolment(
            alias=self._rules.alias,
            signer_key=request.key,
            request=request.digest,
            subject=request.subject,
            challenge=None if case.message.signer.encryptable else own,
        )
        looked = self._desk.ask(case.message.transaction_id, enrolment, case.client, partial(self._compose, request))
        return _Answered(looked.outcome, reader)

    def _compose(self, request: CertificateRequest) -> Request | Failure:
        """The request to the CA, if the challenge password is right and there is a name for the end entity."""
        rules = self._rules
        wrong = rules.challenge.judge(request.challenge)
        if wrong:
            return wrong
        try:
            subject = parse_dn(str(request.name))
        except InvalidName as error:
            return Failure(FailInfo.BAD_REQUEST, f"The subject cannot be certified: {error}.")
        username = rules.names.username(subject, self._random)
        if username is None:
            return Failure(FailInfo.BAD_REQUEST, f"The subject holds no usable {rules.names.wanted}.")
        return PKCS10Request(
            request_id=int.from_bytes(self._random.octets(7), "big"),
            username=username,
            subject_dn=str(subject),
            subject_alt_name=",".join(map(str, request.alternative_names)) or None,
            end_entity_profile=rules.end_entity_profile,
            certificate_profile=rules.certificate_profile,
            ca_name=rules.ca_name,
            pkcs10=request.pkcs10,
            create_or_edit_user=rules.create_or_edit_user,
        )

    # ---- CertPoll

    def _poll(self, case: _Case) -> _Answered:
        message = case.message
        found = self._desk.poll(message.transaction_id, self._rules.alias, message.signer.key)
        if isinstance(found, Failure):
            return _Answered(found)
        transaction, version = found
        opened = self._open(case)
        if isinstance(opened, Failure):
            return _Answered(opened)
        poll = read_content(contents.poll, opened.octets)
        if poll not in [contents.Poll(its, transaction.enrolment.subject) for its in self._issuers]:
            return _Answered(UNREADABLE)
        looked: Looked = self._desk.look(message.transaction_id, transaction, version)
        return _Answered(looked.outcome, Reader(message.signer, opened.cipher, looked.challenge))

    def _open(self, case: _Case) -> Opened | Failure:
        return open_content(case.message.content, self._keystore, self._algorithms, LIMITS)
