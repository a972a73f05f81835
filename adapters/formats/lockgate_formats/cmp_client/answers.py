"""Whether octets are the CA's answer to the message that was sent (RFC 9810, 5.1; RFC 9483, 3.5).

The checks are a list: each names its section, and tells what is wrong. The first ones decide whether the octets answer
this message at all; the protection decides whether the CA said it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lockgate.errors import UnverifiedAnswer
from lockgate_formats.cmp.messages import MalformedMessage, PkiMessage
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.protection import MacProtection, protection_of, verify_mac, verify_signature
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus
from lockgate_formats.cmp_client.chains import key_identifier, read, same_name
from lockgate_formats.cmp_client.credentials import Credentials, SharedSecret
from lockgate_formats.cmp_client.errors import SendAgain, UnprotectedError
from lockgate_formats.cmp_client.refusals import read_refusal
from lockgate_formats.cmp_client.settings import CmpClientSettings
from lockgate_formats.cmp_client.states import State
from lockgate_formats.cmp_client.transactions import CmpTransaction
from lockgate_formats.cmp_client.trust import AnswerTrust
from lockgate_formats.cms.certificates import read_certificate

VERSIONS = (2, 3)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is being checked."""

    message: PkiMessage
    transaction: CmpTransaction

    @property
    def is_error(self) -> bool:
        """Whether it is an error."""
        return self.message.body_type is BodyType.ERROR


Check = Callable[[Answer], str | None]
"""What is wrong with an answer; None where nothing is."""


def _another_version(answer: Answer) -> str | None:
    pvno = answer.message.header.pvno
    # A server that does not know the version answers in its own one.
    fits = pvno == answer.transaction.pvno or (answer.is_error and pvno in VERSIONS)
    return None if fits else f"it has the version {pvno}"


def _another_transaction(answer: Answer) -> str | None:
    fits = answer.message.header.transaction_id == answer.transaction.id
    return None if fits else "it belongs to another transaction"


def _another_nonce(answer: Answer) -> str | None:
    return None if answer.message.header.recip_nonce in _nonces(answer) else "it returns another nonce"


def _nonces(answer: Answer) -> tuple[bytes, ...]:
    """The nonces that it may return: after polling, servers return that of the last pollReq, or that of the message
    which was polled for (RFC 9483, 4.4)."""
    transaction = answer.transaction
    polled = transaction.state is State.POLLING and answer.message.body_type is not BodyType.POLLREP
    return (transaction.nonce, transaction.awaited_nonce) if polled else (transaction.nonce,)


def _no_nonce(answer: Answer) -> str | None:
    # The next message returns it.
    return None if answer.message.header.sender_nonce else "it has no senderNonce"


CORRELATION: tuple[tuple[str, Check], ...] = (
    ("RFC 9810, 7", _another_version),
    ("RFC 9810, 5.1.1", _another_transaction),
    ("RFC 9810, 5.1.1", _another_nonce),
)
"""What makes octets an answer to the message that was sent, protected or not."""
PROTECTED: tuple[tuple[str, Check], ...] = (("RFC 9483, 3.1", _no_nonce),)
"""What a protected answer must be besides."""


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """Tells which answers count."""

    credentials: Credentials
    trust: AnswerTrust
    settings: CmpClientSettings

    def read(self, octets: bytes, transaction: CmpTransaction, now: datetime) -> PkiMessage:
        """The answer to the last message of `transaction`.

        Raises:
            UnverifiedAnswer: the octets are not provably the CA's answer to it.
            UnprotectedError: they are an error without protection, and such errors do not count.
            SendAgain: they are an error without protection, which says that there is no answer now.
        """
        answer = Answer(_read(octets, self.settings), transaction)
        _require(CORRELATION, answer)
        if answer.message.protection is None and answer.message.header.protection_algorithm is None:
            self._judge_unprotected(answer)
            return answer.message
        _require(PROTECTED, answer)
        self._require_protection(answer.message, now)
        return answer.message

    def _judge_unprotected(self, answer: Answer) -> None:
        """Let an error pass that has no protection, where such errors count. Nothing else may have none."""
        if not answer.is_error:
            raise _unverified("RFC 9483, 3.2", f"{answer.message.body_type.rfc_name} without protection")
        refusal = read_refusal(answer.message, self.settings.limits)
        if refusal.status is PkiStatus.WAITING:
            raise _unverified("RFC 9483, 3.2", "an error with status waiting, without protection")
        if FailInfo.SYSTEM_UNAVAIL in refusal.fail_info:
            raise SendAgain(refusal)
        if not self.settings.unprotected_errors:
            raise UnprotectedError(refusal)

    def _require_protection(self, message: PkiMessage, now: datetime) -> None:
        try:
            is_mac = isinstance(protection_of(message, self.settings.protection), MacProtection)
            wrong = self._mac_fault(message) if is_mac else self._signature_fault(message, now)
        except MalformedMessage as error:
            raise _unverified("RFC 9810, 5.1.3", error.text) from None
        if wrong is not None:
            raise _unverified("RFC 9810, 5.1.3", wrong)

    def _mac_fault(self, message: PkiMessage) -> str | None:
        if not isinstance(self.credentials, SharedSecret):
            return "it is protected by a MAC, and there is no shared secret"
        holds = verify_mac(message, self.credentials.secret, self.settings.protection)
        return None if holds else "its MAC is wrong"

    def _signature_fault(self, message: PkiMessage, now: datetime) -> str | None:
        if isinstance(self.credentials, SharedSecret) and not self.trust.signers:
            return "it is signed, and no signer is trusted"
        refused = "no certificate of its sender has signed it"
        for certificate in dict.fromkeys((*message.extra_certs, *self.trust.signers)):
            if _is_of_sender(message, certificate) and verify_signature(message, certificate):
                fault = self.trust.refuses(certificate, message.extra_certs, now)
                if fault is None:
                    return None
                refused = f"its signer is not trusted: {fault}"
        return refused


def _read(octets: bytes, settings: CmpClientSettings) -> PkiMessage:
    try:
        return read_message(octets, settings.limits)
    except MalformedMessage as error:
        raise UnverifiedAnswer(f"the answer cannot be read: {error.text}") from None


def _require(checks: tuple[tuple[str, Check], ...], answer: Answer) -> None:
    for section, check in checks:
        wrong = check(answer)
        if wrong is not None:
            raise _unverified(section, wrong)


def _unverified(section: str, wrong: str) -> UnverifiedAnswer:
    return UnverifiedAnswer(f"the answer is not the CA's answer to this message: {wrong} ({section})")


def _is_of_sender(message: PkiMessage, certificate: bytes) -> bool:
    """Whether the header names the holder of the DER `certificate` as the sender, by name and key identifier."""
    found, named = message.header.sender_name, message.header.sender_kid
    loaded = read(certificate)
    if loaded is None or found is None:
        return False
    own = key_identifier(loaded)
    return same_name(found, read_certificate(certificate).subject) and (None in (own, named) or own == named)
