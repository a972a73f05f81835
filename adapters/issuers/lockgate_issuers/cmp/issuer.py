"""The port `RemoteIssuer` over a CMP client.

    draft: the first message of a transaction is made -> call: it is sent -> lookup: a poll for it is made and sent
    -> confirm: certConf is made and sent, and polled for

What is stored is the transaction as it stands after the last answer that was committed: the first message, or what the
CA has said. Polls and confirmations are made of that, each time anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError, Defect, NotSent, PeerError, Unavailable
from lockgate.ports import (
    Clock,
    Counts,
    IssuerAnswer,
    NewRoot,
    Order,
    PublishedCertificates,
    RemoteIssuer,
    RevocationOrder,
    RootSuccession,
    Traits,
)
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.general_values import read_root_update, read_structures
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType
from lockgate_formats.cmp_client import CmpClient, CmpTransaction, State, UntrustedHost
from lockgate_issuers.cmp.answers import answer_in, failures, words
from lockgate_issuers.cmp.drafts import Draft, read_draft
from lockgate_issuers.cmp.questions import ask, read
from lockgate_issuers.cmp.writing import Writing

CERTIFICATES = "its certificates"
NOT_ORDERED = "It is not the certificate that was ordered."
SOON = 10.0
"""Seconds that the answer to a confirmation may be put off."""
AGAIN = frozenset({FailInfo.BAD_TIME, FailInfo.SYSTEM_UNAVAIL, FailInfo.SYSTEM_FAILURE})
"""In the answer to a confirmation: another one, which is made later, may be taken."""


@dataclass(frozen=True, slots=True)
class CmpClients:
    """How the CA is reached. Several threads use them at a time.

    Attributes:
        usual: for everything but:
        by_profile: the orders of these certificate profiles, where the CA has an address of its own for them.
    """

    usual: CmpClient
    by_profile: Mapping[str, CmpClient] = field(default_factory=dict)

    def of(self, profile: str) -> CmpClient:
        """The client for orders of a certificate profile."""
        return self.by_profile.get(profile, self.usual)


class CmpIssuer(RemoteIssuer, PublishedCertificates, RootSuccession):
    """A CA that speaks CMP.

    Args:
        clock: as the clients'.
        traits: what the CA promises. It confirms, and polls.
    """

    def __init__(self, clients: CmpClients, clock: Clock, traits: Traits, writing: Writing | None = None) -> None:
        self.traits = traits
        self._clients = clients
        self._clock = clock
        self._writing = writing or Writing()

    def draft(self, order: Order | RevocationOrder) -> bytes | Rejected:
        """A transaction of its own each time."""
        place = order.certificate_profile if isinstance(order, Order) else ""
        try:
            first = self._writing.first(order, self._clients.of(place))
        except CallerError as error:
            return Rejected(Reason.ISSUER_REFUSED, f"It cannot be asked for by CMP: {error}")
        if isinstance(first, Rejected):
            return first
        releases = isinstance(order, RevocationOrder) and order.reason is RevocationReason.REMOVE_FROM_CRL
        return Draft(place, releases, first).octets

    def call(self, draft: bytes) -> IssuerAnswer:
        """The same octets each time."""
        held = read_draft(draft)
        sent = self._sent(held, held.transaction)
        return answer_in(held.after(sent), self._clock.now())

    def lookup(self, draft: bytes) -> IssuerAnswer | None:
        """A poll (RFC 9810, 5.3.22)."""
        held = read_draft(draft)
        if held.transaction.state is not State.WAITING:
            raise Defect("only a CMP transaction that waits can be polled for")
        sent = self._sent(held, self._client(held).poll(held.transaction))
        return answer_in(held.after(sent), self._clock.now(), polled=True)

    def confirm(
        self,
        draft: bytes,
        certificate: bytes,  # noqa: ARG002  (the draft holds it)
        *,
        accepted: bool,
    ) -> Rejected | Counts | None:
        """A certConf (RFC 9810, 5.3.18); none where the CA has confirmed implicitly (5.1.1.1)."""
        held = read_draft(draft)
        if held.transaction.state is State.DONE:  # confirmed implicitly
            return None if accepted else Counts()
        (issued,) = held.transaction.undecided
        why = issued.fault or ("" if accepted else NOT_ORDERED)
        confirmation = self._client(held).confirm(held.transaction, {issued.cert_req_id: why} if why else {})
        answered = _confirmed(self._settled(held, self._sent(held, confirmation)), accepted=not why)
        return Rejected(Reason.ISSUER_REFUSED, issued.fault) if accepted and issued.fault else answered

    def _settled(self, held: Draft, confirmed: CmpTransaction) -> CmpTransaction:
        """A confirmation whose answer the CA puts off is polled for (RFC 9483, 4.4), as long as that is soon: no draft
        keeps such a transaction, so a later attempt begins with the certConf."""
        end = self._clock.monotonic() + SOON
        while confirmed.state is State.WAITING and confirmed.due is not None:
            left = (confirmed.due - self._clock.now()).total_seconds()
            if self._clock.monotonic() + left > end:
                break
            self._clock.sleep(max(left, 0.0))
            confirmed = self._sent(held, self._client(held).poll(confirmed))
        return confirmed

    def reference(self, draft: bytes) -> str:
        """The transactionID."""
        try:
            return f"transactionID {read_draft(draft).transaction.id.hex()}"
        except PeerError:
            return ""

    def reach(self) -> str:
        """Ask for the CA's certificates (RFC 9483, 4.3.1). A refusal is an answer, too.

        Raises:
            NotSent: nothing has reached the CA.
            Unavailable: it has not answered, or nothing shows that it was the CA.
        """
        client = self._clients.usual
        try:
            answered = client.send(client.genm([InfoValue(InfoType.CA_CERTS)]))
        except UntrustedHost as error:
            raise NotSent(str(error)) from None
        except PeerError as error:
            raise Unavailable(f"what answers is not provably the CA: {error}") from None
        refused = f"; it does not tell its certificates: {words(answered.refusals)}" if answered.refusals else ""
        return f"a CMP service of the CA{refused}"

    def certificates(self, ca_name: str) -> Sequence[bytes]:  # noqa: ARG002  (the service knows its CA)
        """By caCerts (RFC 9810, 5.3.19.14)."""
        told = ask(self._clients.usual, InfoValue(InfoType.CA_CERTS), InfoType.CA_CERTS, CERTIFICATES)
        found = () if told is None else read(read_structures, told, "a list of certificates")
        if not found:
            raise PeerError(f"the CA has nothing to say of {CERTIFICATES}")
        return found

    def new_root(self, root: bytes | None) -> NewRoot | None:
        """By rootCaCert (RFC 9810, 5.3.19.15)."""
        asked = InfoValue(InfoType.ROOT_CA_CERT, root)
        told = ask(self._clients.usual, asked, InfoType.ROOT_CA_KEY_UPDATE, "its root's successor")
        if told is None:
            return None
        update = read(read_root_update, told, "an update of a root")
        return NewRoot(update.new_with_new, update.new_with_old, update.old_with_new)

    def _client(self, held: Draft) -> CmpClient:
        return self._clients.of(held.place)

    def _sent(self, held: Draft, transaction: CmpTransaction) -> CmpTransaction:
        """The transaction after the CA's answer."""
        try:
            return self._client(held).send(transaction)
        except UntrustedHost as error:
            raise NotSent(str(error)) from None


def _confirmed(transaction: CmpTransaction, *, accepted: bool) -> Rejected | None:
    """What the CA says of a confirmation. A later one than the first that it has got is answered by an error, which
    tells how the certificate stands."""
    bits, text = failures(transaction), words(transaction.refusals)
    if transaction.state is State.DONE:
        return None
    if transaction.state is State.WAITING:
        raise Unavailable("the CA needs more time for the confirmation")
    if (FailInfo.CERT_CONFIRMED if accepted else FailInfo.CERT_REVOKED) in bits:
        return None
    if bits & AGAIN:
        raise Unavailable(f"the CA takes no confirmation now: {text}")
    return Rejected(Reason.ISSUER_REFUSED, text)
