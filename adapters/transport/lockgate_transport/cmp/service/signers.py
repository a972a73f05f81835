"""Verifies signatures of messages (RFC 9810, 5.1.3.3; RFC 9483, 3.2), and so whose certificate has protected one.

The certificate is the one in extraCerts that the header names. A message that goes on with a transaction may leave it
out (RFC 9483, 3.3): then it is the one that has opened the transaction. It must be a certificate that the alias takes.
"""

from collections.abc import Iterator, Sequence

from cryptography import x509

from lockgate.ports import CertificateTrust
from lockgate.ports.protocol_transactions import SharedSecrets, TransactionKey
from lockgate.reasons import Rejected
from lockgate_formats.cmp.messages import Header, PkiMessage
from lockgate_formats.cmp.protection import verify_signature
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_ignored
from lockgate_formats.vendors import VendorPath
from lockgate_transport.cmp.service.aliases import FOLLOWING, CmpAlias
from lockgate_transport.cmp.service.certificates import key_identifier, loaded
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.passwords import Claimed
from lockgate_transport.cmp.service.records import Record, read_record
from lockgate_transport.cmp.service.senders import Sender, SenderKind
from lockgate_transport.cmp.vocabulary import CMP

CMC_RA = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28")
LEFT_OUT = Refused(FailInfo.BAD_MESSAGE_CHECK, "extraCerts does not hold the certificate that protects.")


class Signers:
    """Tells whose certificate has protected a message.

    Args:
        secrets: says what is stored of transactions.
        trust: which certificates the CAs of this installation have issued.
    """

    def __init__(self, secrets: SharedSecrets, trust: CertificateTrust) -> None:
        self._secrets = secrets
        self._trust = trust

    def sender(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        """The sender, whose signature holds.

        Raises:
            Refused: it does not hold, or its certificate is missing, or not one that the alias takes.
            MalformedMessage: `bad_alg`, the signature's algorithm is not accepted.
        """
        certificate = _protecting(message.header, message.extra_certs)
        asked = certificate is None or alias.takes_claims or alias.vendors is not None
        record = self._record(message) if asked else None
        if certificate is None and record is not None and record.sender_certificate is not None:
            certificate = _protecting(message.header, (record.sender_certificate,))
        if certificate is None:
            raise LEFT_OUT
        brought = (*message.extra_certs, *(() if record is None else record.sender_chain))
        sender = _claimed_before(record, certificate) or self._accepted(certificate, brought, message.header, alias)
        _verify(message, certificate)
        return sender

    def claiming(self, message: PkiMessage, claimed: Claimed) -> Sender:
        """The end entity that a request says it is from. A certificate, whoever has issued it, shows nobody: it shows
        which messages belong to the same transaction.

        Raises:
            Refused, MalformedMessage: as for `sender`.
        """
        name, certificate = claimed.username, None
        if message.protection is not None:
            certificate = _protecting(message.header, message.extra_certs)
            if certificate is None:
                raise LEFT_OUT
            _verify(message, certificate)
        return Sender(kind=SenderKind.SHOWN_PASSWORD, name=name, username=name, certificate=certificate)

    def _record(self, message: PkiMessage) -> Record | None:
        """Of the transaction that the message goes on with."""
        key = transaction_of(message.header)
        content = self._secrets.content_of(key) if key and message.body_type in FOLLOWING else None
        return None if content is None else read_record(content)

    def _accepted(self, certificate: bytes, brought: Sequence[bytes], header: Header, alias: CmpAlias) -> Sender:
        path = self._trust.path(certificate)
        if isinstance(path, Rejected):
            found = alias.vendors.path(certificate, brought) if alias.vendors else path
            return _of_vendor(certificate, found, header, alias)
        ra = path.fingerprint in alias.registration_authorities or (alias.by_purpose and _has_purpose(certificate))
        if not (ra or alias.certificates):
            raise Refused(FailInfo.NOT_AUTHORIZED, f"The alias {alias.name} takes no signatures of end entities.")
        kind = SenderKind.REGISTRATION_AUTHORITY if ra else SenderKind.CERTIFICATE
        return Sender(kind=kind, name=path.name, certificate=certificate, trusted=path)


def _verify(message: PkiMessage, certificate: bytes) -> None:
    if not verify_signature(message, certificate):
        raise Refused(FailInfo.BAD_MESSAGE_CHECK, "The signature is wrong, or the message was changed.")


def _claimed_before(record: Record | None, certificate: bytes) -> Sender | None:
    """The sender whose request has opened the transaction with a password, under the protection of the certificate."""
    if record is None or record.sender_certificate != certificate or not SenderKind(record.sender_kind).is_claim:
        return None
    return Sender(
        kind=SenderKind(record.sender_kind),
        name=record.sender_name,
        username=record.sender_username,
        certificate=certificate,
    )


def transaction_of(header: Header) -> TransactionKey | None:
    """The transaction that a message names; None where it names none."""
    return TransactionKey(CMP.name, header.transaction_id.hex()) if header.transaction_id else None


def _of_vendor(certificate: bytes, found: VendorPath | Rejected, header: Header, alias: CmpAlias) -> Sender:
    """A device that asks for its first certificate with the one that its vendor has issued (3GPP TS 33.310, 9.5)."""
    if isinstance(found, Rejected):
        text = "The certificate that protects was not issued by a CA that the alias trusts."
        raise Refused(FailInfo.SIGNER_NOT_TRUSTED, text, found.internal)
    if header.sender_kid is None:
        raise Refused(FailInfo.BAD_REQUEST, "A message under a vendor's certificate needs senderKID.")
    device, allowed = found.device, alias.vendor_names
    if allowed is not None and allowed.isdisjoint({f"{device.serial_number:x}", *_common_names(certificate)}):
        raise Refused(FailInfo.NOT_AUTHORIZED, "The vendor's certificate is not on the alias's list.")
    return Sender(
        kind=SenderKind.VENDOR_CERTIFICATE,
        name=device.name,
        certificate=certificate,
        between=found.between,
        trusted=device,
    )


def _protecting(header: Header, certificates: Sequence[bytes]) -> bytes | None:
    """The certificate that the header names as the protecting one: by senderKID and sender, which both must fit (RFC
    9810, 5.1.1)."""
    return next((certificate for certificate in certificates if _fits(certificate, header)), None)


def _fits(certificate: bytes, header: Header) -> bool:
    try:
        with warnings_ignored():
            subject, identifier = loaded(certificate).subject.public_bytes(), key_identifier(certificate)
    except CERTIFICATE_ERRORS:
        return False
    return header.sender_name == subject and header.sender_kid in (None, identifier)


def _has_purpose(certificate: bytes) -> bool:
    with warnings_ignored():
        try:
            return CMC_RA in loaded(certificate).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return False


def _common_names(certificate: bytes) -> Iterator[str]:
    with warnings_ignored():
        named = loaded(certificate).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        yield from (str(one.value) for one in named)
