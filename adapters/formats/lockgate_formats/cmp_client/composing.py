"""The messages that a client sends (RFC 9810, 5.3; RFC 9483, 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lockgate.errors import CallerError
from lockgate.ports import Clock, Random
from lockgate.reasons import Rejected
from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash, write_certificate_confirmations
from lockgate_formats.cmp.contents import CertificateConfirmation, CertificateId, CertificateTemplate, RevocationRequest
from lockgate_formats.cmp.controls import old_certificate_control
from lockgate_formats.cmp.crmf import (
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.general import write_general
from lockgate_formats.cmp.messages import Header, InfoValue, MalformedMessage, StatusInfo
from lockgate_formats.cmp.names import directory_name
from lockgate_formats.cmp.pki_message import write_message
from lockgate_formats.cmp.polls import write_poll_requests
from lockgate_formats.cmp.revocations import write_revocations
from lockgate_formats.cmp.vocabulary import BodyType, InfoType, PkiStatus
from lockgate_formats.cmp_client.credentials import Credentials
from lockgate_formats.cmp_client.proofs import proof_of_possession
from lockgate_formats.cmp_client.requests import CertificateRequest, Revocation
from lockgate_formats.cmp_client.settings import CmpClientSettings
from lockgate_formats.cmp_client.states import TransactionEvent
from lockgate_formats.cmp_client.transactions import WHOLE_MESSAGE, Asked, CmpTransaction
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.fields import integer, read_whole
from lockgate_formats.public_keys import request_key

ID_OCTETS = NONCE_OCTETS = 16
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_IMPLICIT_CONFIRM = InfoValue(InfoType.IMPLICIT_CONFIRM, der.NULL)


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes messages."""

    credentials: Credentials
    settings: CmpClientSettings
    clock: Clock
    random: Random

    # ---- the first message of a transaction

    def certificates(
        self,
        kind: BodyType,
        requests: Sequence[CertificateRequest],
        old_certificate: CertificateId | None = None,
        profiles: Sequence[str] = (),
    ) -> CmpTransaction:
        """An ir, cr or kur."""
        if not requests:
            raise CallerError(f"the message {kind.rfc_name} asks for at least one certificate")
        added = () if old_certificate is None else (old_certificate_control(old_certificate),)
        body = write_certificate_requests(
            [self._request(number, request, added) for number, request in enumerate(requests)]
        )
        asked = tuple(Asked(number, request.spki) for number, request in enumerate(requests))
        return self._first(kind, body, asked, self._wishes(profiles))

    def _request(self, number: int, request: CertificateRequest, added: tuple[InfoValue, ...]) -> bytes:
        written = write_certificate_request(number, request.template, (*added, *request.controls))
        proof = proof_of_possession(request, written, self.credentials, self.random)
        return write_certificate_request_message(written, proof, request.reg_info)

    def pkcs10(self, octets: bytes, profiles: Sequence[str] = ()) -> CmpTransaction:
        """A p10cr."""
        try:
            key = request_key(octets)
        except ValueError as error:
            raise CallerError(f"the PKCS#10 request cannot be read: {error}") from None
        if isinstance(key, Rejected):
            raise CallerError(f"the key of the PKCS#10 request is not accepted: {key.detail}")
        return self._first(BodyType.P10CR, octets, (Asked(WHOLE_MESSAGE, key.spki),), self._wishes(profiles))

    def revocations(self, revocations: Sequence[Revocation]) -> CmpTransaction:
        """An rr."""
        if not revocations:
            raise CallerError("the message rr names at least one certificate")
        named = [identified(revocation.certificate) for revocation in revocations]
        body = write_revocations(
            [
                RevocationRequest(
                    template=CertificateTemplate(issuer=one.issuer, serial_number=one.serial_number),
                    reason=revocation.reason,
                )
                for one, revocation in zip(named, revocations, strict=True)
            ]
        )
        asked = tuple(Asked(number, certificate=one) for number, one in enumerate(named))
        return self._first(BodyType.RR, body, asked, ())

    def general(self, infos: Sequence[InfoValue]) -> CmpTransaction:
        """A genm."""
        return self._first(BodyType.GENM, write_general(infos), (), ())

    def _wishes(self, profiles: Sequence[str]) -> tuple[InfoValue, ...]:
        """The generalInfo of a request for certificates."""
        named = InfoValue(InfoType.CERT_PROFILE, der.sequence(*map(der.utf8_string, profiles)))
        implicit = (_IMPLICIT_CONFIRM,) if self.settings.implicit_confirm else ()
        return (*implicit, *((named,) if profiles else ()))

    def _first(
        self, kind: BodyType, body: bytes, asked: tuple[Asked, ...], infos: tuple[InfoValue, ...]
    ) -> CmpTransaction:
        identifier, nonce = self.random.octets(ID_OCTETS), self.random.octets(NONCE_OCTETS)
        header = replace(self._header(identifier, nonce), general_info=infos)
        return CmpTransaction(
            id=identifier,
            request_type=kind,
            awaited=kind,
            message=self._written(header, kind, body),
            pvno=self.settings.pvno,
            nonce=nonce,
            awaited_nonce=nonce,
            asked=asked,
            implicit=_IMPLICIT_CONFIRM in infos,
        )

    # ---- the messages that follow

    def poll(self, transaction: CmpTransaction) -> CmpTransaction:
        """A pollReq (RFC 9810, 5.3.22)."""
        whole = WHOLE_MESSAGE in transaction.waiting
        body = write_poll_requests((WHOLE_MESSAGE,) if whole else transaction.waiting)
        message, nonce = self._next(transaction, BodyType.POLLREQ, body)
        return transaction.after(TransactionEvent.POLLED, message=message, nonce=nonce)

    def confirm(self, transaction: CmpTransaction, rejected: Mapping[int, str]) -> CmpTransaction:
        """A certConf (RFC 9810, 5.3.18).

        Args:
            rejected: why the certificates with these certReqIds are not accepted; the others are.
        """
        decided = tuple(
            one if one.accepted is not None else replace(one, accepted=one.cert_req_id not in rejected)
            for one in transaction.certificates
        )
        new = zip(transaction.certificates, decided, strict=True)
        # A certificate that could not be decrypted has no hash: left out, it counts as rejected.
        told = [now for before, now in new if before.accepted is None and now.certificate]
        confirmations = [_confirmation(one.cert_req_id, one.certificate, rejected.get(one.cert_req_id)) for one in told]
        body = write_certificate_confirmations(confirmations)
        message, nonce = self._next(transaction, BodyType.CERTCONF, body)
        return transaction.after(
            TransactionEvent.DECIDED,
            message=message,
            nonce=nonce,
            awaited=BodyType.CERTCONF,
            awaited_nonce=nonce,
            certificates=decided,
        )

    def _next(self, transaction: CmpTransaction, kind: BodyType, body: bytes) -> tuple[bytes, bytes]:
        """A message that follows in a transaction, and its nonce."""
        nonce = self.random.octets(NONCE_OCTETS)
        header = replace(self._header(transaction.id, nonce), recip_nonce=transaction.peer_nonce)
        return self._written(header, kind, body), nonce

    def _header(self, identifier: bytes, nonce: bytes) -> Header:
        return Header(
            pvno=self.settings.pvno,
            sender=directory_name(self.credentials.name),
            recipient=directory_name(self.settings.recipient),
            message_time=self.clock.now(),
            sender_kid=self.credentials.key_identifier,
            transaction_id=identifier,
            sender_nonce=nonce,
        )

    def _written(self, header: Header, kind: BodyType, body: bytes) -> bytes:
        protector = self.credentials.protector(self.random)
        return write_message(header, kind, body, protector, self.credentials.certificates)


def _confirmation(cert_req_id: int, certificate: bytes, rejected: str | None) -> CertificateConfirmation:
    status = None
    if rejected is not None:
        status = StatusInfo(PkiStatus.REJECTION, texts=(rejected,))
    try:
        return CertificateConfirmation(certificate_hash(certificate), cert_req_id, status)
    except MalformedMessage:  # its signature names no hash
        return CertificateConfirmation(certificate_hash(certificate, SHA256), cert_req_id, status, SHA256)


def identified(certificate: bytes) -> CertificateId:
    """The CertId of a DER certificate, its issuer's name as it stands there.

    Raises:
        CallerError: it is no certificate.
    """
    try:
        fields = read_whole(read_certificate(certificate).issuer_and_serial)
        issuer, serial_number = fields.element(der.SEQUENCE), integer(fields.contents(der.INTEGER))
    except ValueError as error:
        raise CallerError(f"the certificate cannot be read: {error}") from None
    return CertificateId(issuer, serial_number)
