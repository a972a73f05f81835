"""Writes answers: the header that belongs to the message answered, and its protection (RFC 9810, 5.1.1 and 5.1.3).

An answer is protected as the message was: by the same secret, or by the service's own key. What answers an octet string
that proves nothing is signed.
"""

from datetime import datetime

from lockgate.ports import Keystore, Random
from lockgate_formats.cmp.messages import Header, InfoValue
from lockgate_formats.cmp.names import NULL_DN, directory_name
from lockgate_formats.cmp.pki_message import write_message
from lockgate_formats.cmp.protection import Protector, mac_protector
from lockgate_formats.cmp.signatures import keystore_protector
from lockgate_formats.cmp.vocabulary import InfoType
from lockgate_formats.der import GENERALIZED_TIME, NULL, element
from lockgate_transport.cmp.service.aliases import ResponseProtection
from lockgate_transport.cmp.service.certificates import is_self_issued, key_identifier, subject
from lockgate_transport.cmp.service.exchange import key_of
from lockgate_transport.cmp.service.incoming import Incoming
from lockgate_transport.cmp.service.records import KeptAnswer

NEWEST, OLDEST = 3, 2
"""The versions of the protocol that are spoken."""


class AnswerWriter:
    """Writes answers.

    Args:
        keystore: the service's own key, with digitalSignature; not the CA's.
    """

    def __init__(self, keystore: Keystore, random: Random) -> None:
        self._keystore = keystore
        self._random = random
        self._name = directory_name(subject(keystore.certificate))
        self._key_identifier = key_identifier(keystore.certificate)

    def write(self, incoming: Incoming, answer: KeptAnswer, now: datetime) -> bytes:
        """The DER PKIMessage."""
        asked = incoming.header
        protector = self._secret_protector(incoming)
        by_secret = protector is not None
        header = Header(
            pvno=_version(asked),
            sender=self._name,
            recipient=asked.sender if asked else NULL_DN,
            message_time=now,
            sender_kid=asked.sender_kid if asked and by_secret else self._key_identifier,
            transaction_id=_transaction_id(incoming),
            sender_nonce=answer.nonce,
            recip_nonce=answer.recip_nonce or (asked.sender_nonce if asked else None),
            general_info=_infos(answer),
        )
        signer = protector or keystore_protector(self._keystore)
        certificates = self._certificates(incoming, answer, by_secret=by_secret)
        return write_message(header, answer.kind, answer.body, signer, certificates)

    def _secret_protector(self, incoming: Incoming) -> Protector | None:
        """The same secret under the same algorithm; None where a signature protects."""
        sender, alias, header = incoming.sender, incoming.alias, incoming.header
        if (
            sender is None
            or alias is None
            or header is None
            or sender.secret is None
            or not header.protection_algorithm
        ):
            return None
        if alias.responses is ResponseProtection.SIGNATURE:
            return None
        return mac_protector(sender.secret, self._random, header.protection_algorithm, alias.protection)

    def _certificates(self, incoming: Incoming, answer: KeptAnswer, *, by_secret: bool) -> tuple[bytes, ...]:
        """extraCerts: the one that protects stands first, then its chain, then that of what was issued; nothing
        twice."""
        own = () if by_secret else (self._keystore.certificate, *self._keystore.chain)
        roots = incoming.alias is not None and incoming.alias.with_roots
        wanted = dict.fromkeys((*own, *answer.chain))
        return tuple(one for one in wanted if roots or not is_self_issued(one))


def _version(asked: Header | None) -> int:
    """The request's; this service's own where it does not speak that."""
    if asked is None:
        return OLDEST
    return asked.pvno if OLDEST <= asked.pvno <= NEWEST else (OLDEST if asked.pvno < OLDEST else NEWEST)


def _transaction_id(incoming: Incoming) -> bytes | None:
    """The client's, or the one that was made for it."""
    if incoming.header is None:
        return None
    if incoming.alias is None or not incoming.alias.make_transaction_id:
        return incoming.header.transaction_id
    return bytes.fromhex(key_of(incoming.header, incoming.octets).id)


def _infos(answer: KeptAnswer) -> tuple[InfoValue, ...]:
    infos = []
    if answer.implicit:
        infos.append(InfoValue(InfoType.IMPLICIT_CONFIRM, NULL))
    if answer.confirm_until is not None:
        infos.append(
            InfoValue(
                InfoType.CONFIRM_WAIT_TIME, element(GENERALIZED_TIME, f"{answer.confirm_until:%Y%m%d%H%M%SZ}".encode())
            )
        )
    return tuple(infos)
