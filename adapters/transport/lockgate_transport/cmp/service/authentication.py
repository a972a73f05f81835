"""Verifies a message's protection, and so who has sent it (RFC 9810, 5.1.3 and 8; RFC 9483, 3.2).

A MAC is verified under the secrets that its reference may stand for: the one of the transaction that it belongs to, an
end entity's one-time password, and those of the alias. `signers` verifies signatures. Where a request itself shows a
password, that tells who its sender is, and the protection only which messages belong together.
"""

from collections.abc import Iterator

from lockgate.ports import CertificateTrust, Random
from lockgate.ports.protocol_transactions import SharedSecrets
from lockgate_formats.cmp.messages import Header, PkiMessage
from lockgate_formats.cmp.protection import MacProtection, protection_of, verify_mac
from lockgate_formats.cmp.signatures import SignatureProtection
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.failures import Refused
from lockgate_transport.cmp.service.names import distinguished
from lockgate_transport.cmp.service.passwords import claimed_in
from lockgate_transport.cmp.service.records import read_record
from lockgate_transport.cmp.service.senders import NOBODY, Sender, SenderKind
from lockgate_transport.cmp.service.signers import Signers, transaction_of

MAX_USERNAME = 255
SECRET_OCTETS = 16
MAX_CLAIMED = 64
_WRONG = "The protection is wrong: the secret or its reference is unknown, or the message was changed."
"""The same sentence for every cause, so that nobody learns which references exist."""


class Authentication:
    """Tells who has sent a message."""

    def __init__(self, secrets: SharedSecrets, trust: CertificateTrust, random: Random) -> None:
        self._secrets = secrets
        self._signers = Signers(secrets, trust)
        self._random = random

    def sender(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        """The sender, whose protection holds.

        Raises:
            Refused: it does not hold, there is none, or its certificate is not one that the alias takes.
            MalformedMessage: `bad_alg`, the protection's algorithm is not accepted.
        """
        protection = protection_of(message, alias.protection)
        if not isinstance(protection, MacProtection) and (claimed := claimed_in(message, alias, self._random)):
            return self._signers.claiming(message, claimed)
        if protection is None:
            if alias.unprotected_questions and message.body_type is BodyType.GENM:
                return NOBODY
            raise Refused(FailInfo.BAD_MESSAGE_CHECK, "The message has no protection.")
        if isinstance(protection, SignatureProtection):
            return self._signers.sender(message, alias)
        return self._sharer(message, alias)

    # ---- MAC

    def _sharer(self, message: PkiMessage, alias: CmpAlias) -> Sender:
        for candidate in self._candidates(message.header, alias):
            if verify_mac(message, candidate.secret or b"", alias.protection):
                return candidate
        raise Refused(FailInfo.BAD_MESSAGE_CHECK, _WRONG)

    def _candidates(self, header: Header, alias: CmpAlias) -> Iterator[Sender]:
        """At most three: each costs as much as the iteration count says. Where there is no such secret or end entity,
        as much is computed, so that the time does not tell which ones there are. The transaction is asked after the end
        entity: a password that is spent in between is found there."""
        reference = reference_of(header)
        shared = shared_secret(reference, alias) or self._random.octets(SECRET_OCTETS)
        yield Sender(kind=SenderKind.SECRET, name=reference, secret=shared)
        username = self._username(header, alias)
        if alias.one_time_secrets and username:
            ready = self._secrets.of_end_entity(username)
            for secret in (self._of_transaction(header, username), ready.encode() if ready else None):
                known = secret or self._random.octets(SECRET_OCTETS)
                yield Sender(kind=SenderKind.END_ENTITY_SECRET, name=username, username=username, secret=known)

    def _of_transaction(self, header: Header, username: str) -> bytes | None:
        """The one-time password with which that end entity has opened the transaction; it may be spent by now."""
        key = transaction_of(header)
        content = None if key is None else self._secrets.content_of(key)
        record = None if content is None else read_record(content)
        if key is None or record is None or record.sender_kind != SenderKind.END_ENTITY_SECRET:
            return None
        return self._secrets.of_transaction(key) if record.sender_username == username else None

    def _username(self, header: Header, alias: CmpAlias) -> str | None:
        """The end entity that a MAC's sender says it is: by senderKID, or by a part of the sender's name."""
        if alias.username_in_kid and header.sender_kid:
            return _text(header.sender_kid)
        subject = None if header.sender_name is None else distinguished(header.sender_name)
        return None if subject is None else alias.names.username(subject, self._random)


def reference_of(header: Header) -> str:
    """senderKID as text; in hexadecimal where it is none that can be stored."""
    octets = header.sender_kid or b""
    text = _text(octets)
    return octets.hex() if text is None else text


def claimed(header: Header) -> str:
    """Who a message says that it comes from, for the audit log: the beginning of senderKID, in ASCII and in quotes.

    The sender's name is left out: it may be the subject, in which an alias's clients show a password.
    """
    return ascii(reference_of(header)[:MAX_CLAIMED])


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
