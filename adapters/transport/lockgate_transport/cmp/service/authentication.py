"""Verifies a message's protection, and so who has sent it (RFC 9810, 5.1.3 and 8; RFC 9483, 3.2).

A MAC is verified under the secrets that its reference may stand for: the one of the transaction that it belongs to, an
end entity's one-time password, and those of the alias. A signature is verified with the certificate in extraCerts that
the header names; the certificate must be one that the alias takes.
"""

from collections.abc import Iterator

from cryptography import x509

from lockgate.names.dn import DistinguishedName
from lockgate.ports import CertificateTrust, Random
from lockgate.ports.protocol_transactions import SharedSecrets, TransactionKey
from lockgate.reasons import Rejected
from lockgate_formats.cmp.messages import Header, PkiMessage
from lockgate_formats.cmp.protection import protection_of, verify_mac, verify_signature
from lockgate_formats.cmp.signatures import SignatureProtection
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_formats.names import read_name
from lockgate_formats.strictness import CERTIFICATE_ERRORS, warnings_ignored
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.senders import NOBODY, Sender, SenderKind
from lockgate_transport.cmp.vocabulary import CMP

CMC_RA = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28")
MAX_USERNAME = 255
SECRET_OCTETS = 16
_WRONG = "The protection is wrong: the secret or its reference is unknown, or the message was changed."
"""The same sentence for every cause, so that nobody learns which references exist."""


class Authentication:
    """Tells who has sent a message."""

    def __init__(self, secrets: SharedSecrets, trust: CertificateTrust, random: Random) -> None:
        self._secrets = secrets
        self._trust = trust
        self._random = random

    def sender(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        """The sender, whose protection holds.

        Raises:
            Refused: it does not hold, there is none, or its certificate is not one that the alias takes.
            MalformedMessage: `bad_alg`, the protection's algorithm is not accepted.
        """
        protection = protection_of(message, alias.protection)
        if protection is None:
            if alias.unprotected_questions and message.body_type is BodyType.GENM:
                return NOBODY
            raise Refused(FailInfo.BAD_MESSAGE_CHECK, "The message has no protection.")
        if isinstance(protection, SignatureProtection):
            return self._signer(message, alias)
        return self._sharer(message, alias)

    # ---- MAC

    def _sharer(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        for candidate in self._candidates(message.header, alias):
            if verify_mac(message, candidate.secret or b"", alias.protection):
                return candidate
        raise Refused(FailInfo.BAD_MESSAGE_CHECK, _WRONG)

    def _candidates(self, header: Header, alias: CmpAlias) -> Iterator[Sender]:
        """At most three: each costs as much as the iteration count says. Where there is no such end entity, as much is
        computed, so that the time does not tell which ones there are."""
        reference = (header.sender_kid or b"").decode(errors="replace")
        if shared := shared_secret(reference, alias):
            yield Sender(kind=SenderKind.SECRET, name=reference, secret=shared)
        username = self._username(header, alias)
        if alias.one_time_secrets and username:
            ready = self._secrets.of_end_entity(username)
            for secret in (self._of_transaction(header), ready.encode() if ready else None):
                known = secret or self._random.octets(SECRET_OCTETS)
                yield Sender(kind=SenderKind.END_ENTITY_SECRET, name=username, username=username, secret=known)

    def _of_transaction(self, header: Header) -> bytes | None:
        if not header.transaction_id:
            return None
        return self._secrets.of_transaction(TransactionKey(CMP.name, header.transaction_id.hex()))

    def _username(self, header: Header, alias: CmpAlias) -> str | None:
        """The end entity that a MAC's sender says it is: by senderKID, or by a part of the sender's name."""
        if alias.username_in_kid and header.sender_kid:
            return _text(header.sender_kid)
        subject = None if header.sender_name is None else distinguished(header.sender_name)
        return None if subject is None else alias.names.username(subject, self._random)

    # ---- signature

    def _signer(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        certificate = _protecting(message)
        if certificate is None:
            raise Refused(FailInfo.BAD_MESSAGE_CHECK, "extraCerts does not hold the certificate that protects.")
        sender = self._accepted(certificate, alias)
        if not verify_signature(message, certificate):
            raise Refused(FailInfo.BAD_MESSAGE_CHECK, "The signature is wrong, or the message was changed.")
        return sender

    def _accepted(self, certificate: bytes, alias: CmpAlias) -> Sender:
        path = self._trust.path(certificate)
        if isinstance(path, Rejected):
            return self._of_vendor(certificate, alias, path)
        ra = path.fingerprint in alias.registration_authorities or (alias.by_purpose and _has_purpose(certificate))
        if not (ra or alias.certificates):
            raise Refused(FailInfo.NOT_AUTHORIZED, f"The alias {alias.name} takes no signatures of end entities.")
        kind = SenderKind.REGISTRATION_AUTHORITY if ra else SenderKind.CERTIFICATE
        return Sender(kind=kind, name=path.name, certificate=certificate, trusted=path)

    def _of_vendor(self, certificate: bytes, alias: CmpAlias, untrusted: Rejected) -> Sender:
        """A device that asks for its first certificate with the one that its vendor has issued (3GPP TS 33.310)."""
        path = alias.vendors.path(certificate) if alias.vendors else untrusted
        if isinstance(path, Rejected):
            text = "The certificate that protects was not issued by a CA that the alias trusts."
            raise Refused(FailInfo.SIGNER_NOT_TRUSTED, text, path.internal)
        allowed = alias.vendor_names
        if allowed is not None and allowed.isdisjoint({f"{path.serial_number:x}", *_common_names(certificate)}):
            raise Refused(FailInfo.NOT_AUTHORIZED, "The vendor's certificate is not on the alias's list.")
        return Sender(kind=SenderKind.VENDOR_CERTIFICATE, name=path.name, certificate=certificate, trusted=path)


def shared_secret(reference: str, alias: CmpAlias) -> bytes | None:
    """The alias's secret for that reference, or the one for every reference; None where there is none."""
    return alias.secrets.get(reference) or alias.secrets.get("")


def _text(reference: bytes) -> str | None:
    """The username that the octets of a reference are; None where they cannot be one."""
    try:
        name = reference.decode()
    except UnicodeDecodeError:
        return None
    return name if "\0" not in name and len(name) <= MAX_USERNAME else None


def distinguished(name: bytes) -> DistinguishedName | None:
    """The DER Name as text; None where it cannot be read."""
    try:
        with warnings_ignored():
            return read_name(x509.Name.from_bytes(name))
    except CERTIFICATE_ERRORS:
        return None


def _protecting(message: PkiMessage) -> bytes | None:
    """The certificate that the header names as the protecting one: by senderKID and sender, which both must fit (RFC
    9810, 5.1.1)."""
    for certificate in message.extra_certs:
        try:
            with warnings_ignored():
                read = x509.load_der_x509_certificate(certificate)
                if _fits(read, message.header):
                    return certificate
        except CERTIFICATE_ERRORS:
            continue
    return None


def _fits(certificate: x509.Certificate, header: Header) -> bool:
    if header.sender_name != certificate.subject.public_bytes():
        return False
    return header.sender_kid is None or header.sender_kid == _key_identifier(certificate)


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _has_purpose(certificate: bytes) -> bool:
    with warnings_ignored():
        try:
            read = x509.load_der_x509_certificate(certificate)
            return CMC_RA in read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return False


def _common_names(certificate: bytes) -> Iterator[str]:
    with warnings_ignored():
        subject = x509.load_der_x509_certificate(certificate).subject
        yield from (str(one.value) for one in subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME))
