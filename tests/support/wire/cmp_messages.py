"""CMP messages (RFC 9810) of a test client: each field can be changed, also after the message was made, and it is
protected again then, as somebody can who knows the secret or has the key."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate_formats import der
from lockgate_formats.cmp.confirmations import certificate_hash, write_certificate_confirmations
from lockgate_formats.cmp.contents import (
    CertificateConfirmation,
    CertificateId,
    CertificateTemplate,
    ErrorContent,
    RevocationRequest,
)
from lockgate_formats.cmp.controls import old_certificate_control
from lockgate_formats.cmp.crmf import (
    write_certificate_request,
    write_certificate_request_message,
    write_certificate_requests,
)
from lockgate_formats.cmp.embedded import write_nested
from lockgate_formats.cmp.errors import write_error
from lockgate_formats.cmp.macs import HMAC_SHA256, PasswordBasedMac
from lockgate_formats.cmp.messages import Header, InfoValue, StatusInfo
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.pki_message import write_message
from lockgate_formats.cmp.polls import write_poll_requests
from lockgate_formats.cmp.protection import MacProtection, MacProtector, Protector
from lockgate_formats.cmp.revocations import write_revocations
from lockgate_formats.cmp.signatures import SigningKey, key_protector
from lockgate_formats.cmp.vocabulary import BodyType, InfoType, PkiStatus
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import algorithm
from tests.support.pki.certificate_requests import Key, pkcs10

IMPLICIT_CONFIRM = InfoValue(InfoType.IMPLICIT_CONFIRM, der.NULL)
REJECTED = StatusInfo(PkiStatus.REJECTION, texts=("It is not what I have asked for.",))
FEW_ITERATIONS = PasswordBasedMac(bytes(16), algorithm(oids.SHA256, der.NULL), 100, HMAC_SHA256)
"""A MAC that is quick; what it costs to guess the secret is no matter of these tests."""


@dataclass(frozen=True)
class Secret:
    """Protects with a MAC.

    Attributes:
        reference: the senderKID.
        mac: how the MAC is made.
    """

    reference: bytes
    secret: bytes = field(repr=False)
    mac: MacProtection = FEW_ITERATIONS
    sender: bytes = NULL_DN
    extra_certs: tuple[bytes, ...] = ()

    @property
    def key_identifier(self) -> bytes:
        return self.reference

    @property
    def protector(self) -> Protector:
        return MacProtector(self.secret, replace(self.mac, salt=secrets.token_bytes(16)))


@dataclass(frozen=True)
class Signature:
    """Protects with a signature.

    Attributes:
        chain: more certificates for extraCerts, DER.
        options: of `key_protector`.
    """

    certificate: x509.Certificate
    key: SigningKey = field(repr=False)
    chain: tuple[bytes, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def sender(self) -> bytes:
        return directory_name(self.certificate.subject.public_bytes())

    @property
    def key_identifier(self) -> bytes | None:
        """The subjectKeyIdentifier; None where the certificate has none."""
        for extension in self.certificate.extensions:
            if isinstance(extension.value, x509.SubjectKeyIdentifier):
                return extension.value.digest
        return None

    @property
    def extra_certs(self) -> tuple[bytes, ...]:
        return (self.certificate.public_bytes(Encoding.DER), *self.chain)

    @property
    def protector(self) -> Protector:
        return key_protector(self.key, **dict(self.options))


Protection = Secret | Signature


@dataclass(frozen=True)
class CmpMessage:
    """A message before it is protected.

    Attributes:
        protection: None for a message without.
        extra_certs: None for those that belong to the protection.
    """

    header: Header
    body_type: BodyType
    body: bytes = field(repr=False)
    protection: Protection | None
    extra_certs: tuple[bytes, ...] | None = None

    @cached_property
    def octets(self) -> bytes:
        """The DER PKIMessage; the same every time."""
        known = self.protection.extra_certs if self.protection else ()
        extra_certs = known if self.extra_certs is None else self.extra_certs
        protector = self.protection.protector if self.protection else None
        return write_message(self.header, self.body_type, self.body, protector, extra_certs)

    def with_(self, **fields: Any) -> "CmpMessage":
        """The same with other fields of the header, or of the message; protected again."""
        own = {name: fields.pop(name) for name in list(fields) if name in _OWN}
        return replace(self, header=replace(self.header, **fields), **own)


_OWN = frozenset({"body_type", "body", "protection", "extra_certs"})


@dataclass(frozen=True)
class CmpClient:
    """A client: what it asks for, how it protects its messages, and the transaction that it is in.

    Attributes:
        name: the common name that it asks for.
        alias: where it sends its messages.
        subject: the whole DER name that it asks for, instead.
    """

    key: SigningKey = field(repr=False)
    protection: Protection
    alias: str
    name: str = "router"
    subject: bytes | None = None
    recipient: bytes = NULL_DN
    pvno: int = 2
    transaction_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def with_(self, **fields: Any) -> "CmpClient":
        """The same client with other fields."""
        return replace(self, **fields)

    def in_another_transaction(self) -> "CmpClient":
        return self.with_(transaction_id=secrets.token_bytes(16))

    @property
    def requested_name(self) -> bytes:
        named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, self.name)])
        return self.subject or named.public_bytes()

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def message(
        self,
        body_type: BodyType,
        body: bytes,
        recip_nonce: bytes | None = None,
        infos: Sequence[InfoValue] = (),
        time: datetime | None = None,
    ) -> CmpMessage:
        """A message of the transaction."""
        header = Header(
            pvno=self.pvno,
            sender=self.protection.sender,
            recipient=self.recipient,
            message_time=time or datetime.now(UTC),
            sender_kid=self.protection.key_identifier,
            transaction_id=self.transaction_id,
            sender_nonce=secrets.token_bytes(16),
            recip_nonce=recip_nonce,
            general_info=tuple(infos),
        )
        return CmpMessage(header, body_type, body, self.protection)

    # ---- requests

    @property
    def template(self) -> CertificateTemplate:
        return CertificateTemplate(subject=self.requested_name, public_key=self.spki)

    def cert_request(self, cert_req_id: int = 0) -> bytes:
        """The DER CertRequest of the usual CertReqMsg."""
        return write_certificate_request(cert_req_id, self.template)

    def cert_req_msg(
        self,
        cert_req_id: int = 0,
        template: CertificateTemplate | None = None,
        controls: Sequence[InfoValue] = (),
        reg_info: Sequence[InfoValue] = (),
        possession: bytes | None = None,
    ) -> bytes:
        """A DER CertReqMsg, with a signature by the key as proof of possession unless another one is given."""
        request = write_certificate_request(cert_req_id, template or self.template, controls)
        shown = signed_possession(self.key, request) if possession is None else possession
        return write_certificate_request_message(request, shown, reg_info)

    def request(self, *messages: bytes, body_type: BodyType = BodyType.IR, **options: Any) -> CmpMessage:
        """An ir, cr or kur with those CertReqMsg, by default the usual one."""
        return self.message(body_type, write_certificate_requests(messages or (self.cert_req_msg(),)), **options)

    def p10cr(self, signed_by: Key | None = None, **options: Any) -> CmpMessage:
        """A p10cr for the name of the client, whose key is RSA or EC."""
        assert isinstance(self.key, Key)
        return self.message(BodyType.P10CR, pkcs10(self.key, signed_by=signed_by, name=self.name), **options)

    def revocation(self, *requests: RevocationRequest, **options: Any) -> CmpMessage:
        """An rr."""
        return self.message(BodyType.RR, write_revocations(requests), **options)

    # ---- what follows

    def confirmation(self, recip_nonce: bytes | None, *statuses: CertificateConfirmation, **options: Any) -> CmpMessage:
        """A certConf."""
        return self.message(BodyType.CERTCONF, write_certificate_confirmations(statuses), recip_nonce, **options)

    def poll(self, recip_nonce: bytes | None, *cert_req_ids: int, **options: Any) -> CmpMessage:
        """A pollReq; by default for the certReqId 0."""
        return self.message(BodyType.POLLREQ, write_poll_requests(cert_req_ids or (0,)), recip_nonce, **options)

    def error(self, recip_nonce: bytes | None, **options: Any) -> CmpMessage:
        """An error in place of what is expected."""
        return self.message(BodyType.ERROR, write_error(ErrorContent(REJECTED)), recip_nonce, **options)

    def nested(self, *messages: bytes, **options: Any) -> CmpMessage:
        """A nested message with those DER PKIMessages."""
        return self.message(BodyType.NESTED, write_nested(messages), **options)


def signed_possession(key: SigningKey, signed: bytes, given: bytes = b"") -> bytes:
    """The DER ProofOfPossession that is a signature (RFC 4211, 4.1).

    Args:
        signed: the DER CertRequest, or the POPOSigningKeyInput.
        given: the POPOSigningKeyInput as it stands in the proof: empty without.
    """
    protector = key_protector(key)
    return der.explicit(1, given + protector.algorithm + der.bit_string(protector.protect(signed)))


def confirmed(certificate: bytes, **fields: Any) -> CertificateConfirmation:
    """The CertStatus by which a client takes a DER certificate, with other fields."""
    return replace(CertificateConfirmation(certificate_hash(certificate), 0), **fields)


def updates(certificate: x509.Certificate) -> InfoValue:
    """The control oldCertId of a certificate that is updated."""
    return old_certificate_control(CertificateId(certificate.issuer.public_bytes(), certificate.serial_number))
