"""What the enrolment page does, without HTTP: forms become requests to the CA, and handles find what came of them.

    form -> read -> handle -> transaction -> [wait for the CA] -> certificate, or keystore against the credentials

The CA checks the username and the one-time password; this side cannot tell a wrong one from a right one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import TypeVar

import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID

from lockgate.enrolment.clients import stranger
from lockgate.enrolment.enrolments import Enrolments, FoundTransaction
from lockgate.enrolment.outcome import EnrolledKeystore, Granted, Outcome, Pending, Refused
from lockgate.enrolment.refusals import Refusal
from lockgate.enrolment.transactions import Enrolment
from lockgate.errors import PeerError
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import Random
from lockgate.requests.submessages import (
    CertificateRequestRequest,
    KeyStoreRetrievalRequest,
    Request,
    RequestKind,
    ResponseKind,
)
from lockgate.requests.textual import der_of
from lockgate_transport.http.hourly import HourlyBounds, HourlyCount, TooManyInHour
from lockgate_transport.scep.contents import CertificateRequest, certificate_request, read_content
from lockgate_transport.web.handles import Credentials, Handles, transaction_id
from lockgate_transport.web.vocabulary import Wanted

_log = structlog.get_logger("lockgate.web")
REQUEST_ID_OCTETS = 7
ATTEMPTS = HourlyBounds(per_client=10, in_all=100_000)
"""To fetch a keystore: by its handle from one network, and in all. Handles that do not exist count for none."""
ATTEMPTS_OF_ALL = HourlyBounds(per_client=100, in_all=100_000)
"""The same by its handle from all networks: more, so that one of them does not keep its owner from it."""
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class KeystoreWishes:
    """How a keystore shall be.

    Attributes:
        password: protects it. A secret.
    """

    key: KeySpecification
    password: str = field(repr=False)


class EnrolmentService:
    """Opens and finds the transactions of the enrolment page; for any number of threads.

    Args:
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        enrolments: Enrolments,
        handles: Handles,
        random: Random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._enrolments = enrolments
        self._handles = handles
        self._random = random
        self._attempts = HourlyCount(ATTEMPTS, monotonic)
        self._attempts_of_all = HourlyCount(ATTEMPTS_OF_ALL, monotonic)
        self._one_counts = Lock()

    def ask_certificate(self, credentials: Credentials, pkcs10: bytes, address: str) -> str | Refused:
        """Ask for a certificate for the key of a PKCS#10, DER or PEM.

        Args:
            address: that the form came from; it counts for a transaction that this opens.

        Returns:
            the transaction's handle.

        Raises:
            Unavailable: the message database cannot be reached.
        """
        request = read_content(_read, pkcs10)
        if isinstance(request, Refused):
            return _explained(request, address)
        handle = self._handles.of(Wanted.CERTIFICATE, credentials, request.digest)
        enrolment = _enrolment(Wanted.CERTIFICATE, handle, credentials, request.digest)
        compose = partial(self._certificate_request, credentials, request.pkcs10)
        return self._asked(handle, replace(enrolment, key=request.key), address, compose)

    def ask_keystore(self, credentials: Credentials, wishes: KeystoreWishes, address: str) -> str | Refused:
        """Ask for a keystore; arguments, result and errors as for `ask_certificate`."""
        digest = self._handles.digest(wishes.key, wishes.password)
        handle = self._handles.of(Wanted.KEYSTORE, credentials, digest)
        enrolment = _enrolment(Wanted.KEYSTORE, handle, credentials, digest)
        return self._asked(handle, enrolment, address, partial(self._keystore_request, credentials, wishes))

    def look(self, wanted: Wanted, handle: str, address: str) -> Outcome:
        """How the transaction of a handle stands; the handle of a keystore brings no keystore.

        Raises:
            Unavailable: as `ask_certificate`.
        """
        outcome = _explained(_usable(partial(self._looked, wanted, handle)), address, handle)
        return replace(outcome, keystore=None) if isinstance(outcome, Granted) else outcome

    def hand_out(self, handle: str, credentials: Credentials, address: str) -> EnrolledKeystore | Refused | Pending:
        """The keystore of a handle, for those who have asked for it.

        Raises:
            Unavailable: as `ask_certificate`.
        """
        return _explained(_usable(partial(self._handed_out, handle, credentials, address)), address, handle)

    def _looked(self, wanted: Wanted, handle: str) -> Outcome:
        found = self._found(wanted, handle)
        return found if isinstance(found, Refused) else self._enrolments.look(found)

    def _handed_out(self, handle: str, credentials: Credentials, address: str) -> EnrolledKeystore | Refused | Pending:
        found = self._found(Wanted.KEYSTORE, handle)
        if isinstance(found, Refused):
            return found
        if refused := self._attempted(handle, address) or self._another(handle, credentials, found):
            return refused
        outcome = self._enrolments.look(found)
        if not isinstance(outcome, Granted):
            return outcome
        if outcome.keystore is None:
            raise PeerError("the CA's answer holds no keystore")
        return self._enrolments.hand_out(found) or outcome.keystore

    def _attempted(self, handle: str, address: str) -> Refused | None:
        """Count an attempt to fetch a keystore. Here the CA counts no wrong password, so this side does."""
        try:
            with self._one_counts:
                self._attempts.take(f"{handle} {stranger(address).name}")
                self._attempts_of_all.take(handle)
        except TooManyInHour:
            return Refused(Refusal.TOO_MANY_IN_HOUR, internal="attempts to fetch one keystore")
        return None

    def _another(self, handle: str, credentials: Credentials, found: FoundTransaction) -> Refused | None:
        asked = found.transaction.enrolment.request
        return None if self._handles.belongs(handle, credentials, asked) else Refused(Refusal.OTHER_CREDENTIALS)

    def _found(self, wanted: Wanted, handle: str) -> FoundTransaction | Refused:
        return self._enrolments.poll(transaction_id(handle), wanted, _holder(handle))

    def _asked(self, handle: str, enrolment: Enrolment, address: str, compose: Callable[[], Request]) -> str | Refused:
        ask = partial(self._enrolments.ask, transaction_id(handle), enrolment, stranger(address), compose)
        outcome = _usable(ask)
        # What came of it before is told at the handle's address.
        told_there = isinstance(outcome, Refused) and outcome.reason is Refusal.UNUSABLE_ANSWER
        if isinstance(outcome, Refused) and isinstance(outcome.reason, Refusal) and not told_there:
            return _explained(outcome, address, handle)
        return handle

    def _certificate_request(self, credentials: Credentials, pkcs10: bytes) -> Request:
        # The stored end entity's names, profiles and CA count.
        return CertificateRequestRequest(
            request_id=self._number(),
            username=credentials.username,
            password=credentials.password,
            subject_dn="",
            end_entity_profile="",
            certificate_profile="",
            ca_name="",
            request_type=RequestKind.PKCS10,
            request_data=pkcs10,
            response_type=ResponseKind.PKCS7_WITH_CHAIN,
        )

    def _keystore_request(self, credentials: Credentials, wishes: KeystoreWishes) -> Request:
        key_alg, key_spec = wishes.key.named
        return KeyStoreRetrievalRequest(
            request_id=self._number(),
            username=credentials.username,
            password=credentials.password,
            keystore_password=wishes.password,
            key_alg=key_alg,
            key_spec=key_spec,
        )

    def _number(self) -> int:
        return int.from_bytes(self._random.octets(REQUEST_ID_OCTETS), "big")


def _usable(ask: Callable[[], Told]) -> Told | Refused:
    """What `ask` gives; a refusal where what stands in the message database cannot be used: an operator must help."""
    try:
        return ask()
    except PeerError as error:
        return Refused(Refusal.UNUSABLE_ANSWER, internal=str(error))


def _explained(told: Told, address: str, handle: str = "") -> Told:
    """What is told; a refusal by the RA leaves one line in the operator's log (threat model, rule 26).

    The CA's refusal has its line where it was seen first: it is told again as often as somebody looks.
    """
    if isinstance(told, Refused) and isinstance(told.reason, Refusal):
        about = {"transaction": transaction_id(handle)} if handle else {}
        detail = told.internal or told.reason.sentence
        _log.warning("refused", reason=told.reason.value, detail=detail, client=address, **about)
    return told


def _read(octets: bytes) -> CertificateRequest:
    return certificate_request(der_of(octets))


def _enrolment(wanted: Wanted, handle: str, credentials: Credentials, request: str) -> Enrolment:
    asked_for = x509.Name([x509.NameAttribute(NameOID.USER_ID, credentials.username)])
    return Enrolment(alias=wanted, signer_key=_holder(handle), request=request, subject=asked_for.public_bytes())


def _holder(handle: str) -> str:
    """What tells a handle's holder: whoever reads the transaction's id does not have it."""
    return transaction_id(f"holder of {handle}")
