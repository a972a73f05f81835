"""The CMP client (RFC 9810; RFC 9483): compose, protect, carry, check the answers, poll, confirm.

    client = CmpClient(CmpClientParts(carry, clock, random), SharedSecret(b"device-7", secret), AnswerTrust())
    transaction = client.finish(client.ir([CertificateRequest(subject=name, key=key)]), keep=store)
    (issued,) = transaction.usable

A transaction is a value; each step gives the following one. `send` sends the message of a transaction and judges the
answer. The message is made before that, and `send` makes nothing of its own, so sending the same transaction again
sends the same octets again: that is what a client does whose connection broke, or that crashed and has kept `record`.
Lockgate's CMP service answers the same octets with the same answer; other servers may refuse them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockgate.errors import CallerError, NoAnswer, Unavailable
from lockgate.ports import Clock, Random
from lockgate_formats.cmp.contents import CertificateId
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.cmp_client import records
from lockgate_formats.cmp_client.answers import AnswerCheck
from lockgate_formats.cmp_client.composing import Composer, identified
from lockgate_formats.cmp_client.credentials import Credentials
from lockgate_formats.cmp_client.opening import EnvelopeOpener
from lockgate_formats.cmp_client.receiving import CertificateReceiver
from lockgate_formats.cmp_client.replies import Reply
from lockgate_formats.cmp_client.requests import CertificateRequest, Revocation
from lockgate_formats.cmp_client.settings import CmpClientSettings
from lockgate_formats.cmp_client.states import State, TransactionEvent, moved
from lockgate_formats.cmp_client.transactions import CmpTransaction, IssuedCertificate
from lockgate_formats.cmp_client.trust import AnswerTrust
from lockgate_formats.public_keys import encoded

Carry = Callable[[bytes], bytes]
"""Takes a DER PKIMessage to the service, and gives the octets that it answers with.

Raises:
    NotSent: the service cannot be reached, and has got nothing.
    Unavailable: the service has not answered in time. It may have got the message.
    UntrustedHost: what answers is not the service's host; it has got nothing.
    PeerError: what answered is no CMP service.
"""
Judge = Callable[[IssuedCertificate], str | None]
"""Why a certificate is rejected; None where it is accepted."""


def accept(certificate: IssuedCertificate) -> str | None:  # noqa: ARG001  (a judge)
    """Accepts every certificate that is one for the key that was asked for."""
    return None


def keep_nothing(transaction: CmpTransaction) -> None:
    """Does not keep a transaction: a client that crashes has lost it."""


@dataclass(frozen=True, slots=True)
class CmpClientParts:
    """What a client needs of its host."""

    carry: Carry
    clock: Clock
    random: Random


class CmpClient:
    """Sends CMP messages and checks their answers. It keeps no state of its own; several threads may use it at once if
    its `carry` can be.

    Args:
        parts: of the host.
        credentials: how messages are protected.
        trust: whose signatures on answers count; none are needed where answers have MACs.
        settings: of the client.
        keys: private keys that certificates may be encrypted to: those of `CertificateRequest` whose possession is
            shown by reading the certificate.
    """

    def __init__(
        self,
        parts: CmpClientParts,
        credentials: Credentials,
        trust: AnswerTrust | None = None,
        settings: CmpClientSettings | None = None,
        keys: Iterable[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = (),
    ) -> None:
        self._carry, self._clock = parts.carry, parts.clock
        self._settings = settings or CmpClientSettings()
        trust = trust or AnswerTrust()
        self._composer = Composer(credentials, self._settings, parts.clock, parts.random)
        self._check = AnswerCheck(credentials, trust, self._settings)
        known = {encoded(key.public_key()): key for key in keys}
        self._opener = EnvelopeOpener(credentials, trust, known, self._settings.protection, parts.clock)
        self._receiver = CertificateReceiver(self._opener)

    # ---- the first message of a transaction

    def ir(self, requests: Sequence[CertificateRequest], profiles: Sequence[str] = ()) -> CmpTransaction:
        """An initialization request (RFC 9810, 5.3.1), not sent yet.

        Args:
            requests: one or several certificates.
            profiles: a certificate profile for each of them (RFC 9810, 5.1.1.4); none by default.

        Raises:
            CallerError: no certificate is asked for, or an encrypted one for a key that the client was not given.
        """
        return self._begin(BodyType.IR, requests, None, profiles)

    def cr(self, requests: Sequence[CertificateRequest], profiles: Sequence[str] = ()) -> CmpTransaction:
        """A certification request (RFC 9810, 5.3.3), not sent yet; arguments and errors as for `ir`."""
        return self._begin(BodyType.CR, requests, None, profiles)

    def kur(self, request: CertificateRequest, old_certificate: bytes, profiles: Sequence[str] = ()) -> CmpTransaction:
        """A key update request (RFC 9810, 5.3.5), not sent yet.

        Args:
            old_certificate: DER, of the certificate that is updated; mostly the one that protects the message.

        Raises:
            CallerError: the old certificate cannot be read.
        """
        return self._begin(BodyType.KUR, [request], identified(old_certificate), profiles)

    def _begin(
        self,
        kind: BodyType,
        requests: Sequence[CertificateRequest],
        old_certificate: CertificateId | None,
        profiles: Sequence[str],
    ) -> CmpTransaction:
        if any(request.is_indirect and request.spki not in self._opener.keys for request in requests):
            raise CallerError("the key of a request for an encrypted certificate must be among the keys of the client")
        return self._composer.certificates(kind, requests, old_certificate, profiles)

    def p10cr(self, pkcs10: bytes, profiles: Sequence[str] = ()) -> CmpTransaction:
        """A request by PKCS#10 (RFC 9810, 5.3.3), not sent yet.

        Args:
            pkcs10: DER CertificationRequest (RFC 2986).

        Raises:
            CallerError: it cannot be read, or its key is not accepted here.
        """
        return self._composer.pkcs10(pkcs10, profiles)

    def rr(self, revocations: Sequence[Revocation]) -> CmpTransaction:
        """A revocation request (RFC 9810, 5.3.9), not sent yet.

        Raises:
            CallerError: it names no certificate, or one that cannot be read.
        """
        return self._composer.revocations(revocations)

    def genm(self, infos: Sequence[InfoValue]) -> CmpTransaction:
        """A general message (RFC 9810, 5.3.19), not sent yet; the answer is the transaction's `infos`."""
        return self._composer.general(infos)

    # ---- one step

    def send(self, transaction: CmpTransaction) -> CmpTransaction:
        """Send the transaction's message and judge the answer. Called again with the same transaction, it sends the
        same octets again.

        Raises:
            CallerError: the transaction has no message whose answer is awaited.
            UnverifiedAnswer: the answer is not provably the CA's answer to this message; the transaction stays.
            UnprotectedError: the answer is an error that proves nothing; the transaction stays.
            SendAgain: the service has no answer now; the transaction stays.
            Unavailable, PeerError: as `carry`; the transaction stays.
        """
        if not transaction.state.sends:
            moved(transaction.state, TransactionEvent.SETTLES)
        answer = self._carry(transaction.message)
        now = self._clock.now()
        message = self._check.read(answer, transaction, now)
        return Reply(message, transaction, now, self._settings, self._receiver).judged()

    def poll(self, transaction: CmpTransaction) -> CmpTransaction:
        """Make the pollReq of a transaction that is `WAITING`; not sent yet. Wait until `due` before.

        Raises:
            CallerError: it is not waiting.
        """
        return self._composer.poll(transaction)

    def confirm(self, transaction: CmpTransaction, rejected: Mapping[int, str] | None = None) -> CmpTransaction:
        """Make the certConf of a transaction that is `ISSUED`; not sent yet. A certificate with a fault is rejected.

        Args:
            rejected: by certReqId, why further certificates are not accepted: a sentence each.

        Raises:
            CallerError: no certificate came that must be confirmed.
        """
        faults = {one.cert_req_id: one.fault for one in transaction.undecided if one.fault}
        return self._composer.confirm(transaction, {**(rejected or {}), **faults})

    # ---- all steps

    def finish(
        self,
        transaction: CmpTransaction,
        judge: Judge = accept,
        keep: Callable[[CmpTransaction], None] = keep_nothing,
    ) -> CmpTransaction:
        """Send, poll and confirm until the transaction has ended.

        Args:
            transaction: in any state.
            judge: decides on each certificate that came without a fault.
            keep: is given the transaction before each message is sent, and after each answer. A client that crashed
                goes on with what was kept last.

        Raises:
            NoAnswer: the CA has not decided within `CmpClientSettings.patience`.
            Unavailable: a message was sent as often as the settings say, without an answer.
            UnverifiedAnswer, UnprotectedError, PeerError: as `send`.
        """
        end = self._clock.monotonic() + self._settings.patience
        while not transaction.state.has_ended:
            if not transaction.state.sends:
                self._wait(transaction, end)
                transaction = self._following(transaction, judge)
            keep(transaction)
            transaction = self._answered(transaction)
            keep(transaction)
        return transaction

    def _following(self, transaction: CmpTransaction, judge: Judge) -> CmpTransaction:
        """The transaction with its next message made."""
        if transaction.state is State.WAITING:
            return self.poll(transaction)
        found = ((one.cert_req_id, judge(one)) for one in transaction.undecided if not one.fault)
        return self.confirm(transaction, {cert_req_id: reason for cert_req_id, reason in found if reason is not None})

    def _wait(self, transaction: CmpTransaction, end: float) -> None:
        """Sleep until the CA may be asked again."""
        if transaction.state is not State.WAITING or transaction.due is None:
            return
        left = (transaction.due - self._clock.now()).total_seconds()
        if self._clock.monotonic() + left > end:
            raise NoAnswer(f"the CA has not decided within {self._settings.patience:g} s; it can be asked again later")
        if left > 0:
            self._clock.sleep(left)

    def _answered(self, transaction: CmpTransaction) -> CmpTransaction:
        """The transaction after an answer; the same octets are sent again where none comes."""
        for _ in range(self._settings.attempts - 1):
            try:
                return self.send(transaction)
            except Unavailable:
                self._clock.sleep(self._settings.pause)
        return self.send(transaction)

    # ---- what is kept, and what came

    def record(self, transaction: CmpTransaction) -> bytes:
        """The form in which a transaction is kept. It holds no secret."""
        return records.record(transaction)

    def recorded(self, record: bytes) -> CmpTransaction:
        """The transaction of which `record` was made.

        Raises:
            PeerError: it is damaged, or written by another version.
        """
        return records.recorded(record)

    def private_key(self, issued: IssuedCertificate) -> bytes:
        """The private key that the CA made for a certificate: DER PrivateKeyInfo (RFC 5958), a secret.

        Raises:
            CallerError: the client made the key itself.
            UnverifiedAnswer: it cannot be decrypted, or is not signed by somebody who may make keys.
        """
        return self._opener.private_key_of(issued)
