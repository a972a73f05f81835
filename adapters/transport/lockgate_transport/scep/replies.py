"""CertRep (RFC 8894, 3.2.2 and 3.3.2): the one answer to every pkiMessage, signed with the RA's transport key."""

from dataclasses import dataclass, field

from lockgate.enrolment.outcome import Granted, Outcome, Refused
from lockgate.ports import Keystore, Random
from lockgate_formats import der
from lockgate_formats.cms import oids
from lockgate_formats.cms.algorithms import BlockCipher
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.cms.enveloping import envelop
from lockgate_formats.cms.signed import VERSION_1
from lockgate_formats.cms.signing import SignedDataWriter
from lockgate_transport.scep import attributes
from lockgate_transport.scep.algorithms import SHA1_REPLY, SHA256_REPLY, Algorithms
from lockgate_transport.scep.failures import failure
from lockgate_transport.scep.messages import PkiMessage, PkiMessageSigner
from lockgate_transport.scep.passwords import PasswordKey, envelop_with_password
from lockgate_transport.scep.vocabulary import NONCE_OCTETS, PkiStatus, ScepMessageType

_DATA = der.oid(oids.DATA)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who can open an answer.

    Attributes:
        cipher: that the client has used itself.
        password: what to encrypt with, where the key cannot be encrypted to. A secret.
    """

    signer: PkiMessageSigner
    cipher: BlockCipher
    password: PasswordKey | None = field(default=None, repr=False)

    def can_be_answered(self) -> bool:
        """Whether there is a way to encrypt an answer for it."""
        return self.signer.encryptable or self.password is not None


class Replies:
    """Writes the answers of one server.

    Args:
        keystore: the transport key, RSA; not the one that signs submessages.
    """

    def __init__(self, keystore: Keystore, algorithms: Algorithms, random: Random) -> None:
        self._algorithms = algorithms
        self._random = random
        self._current = SignedDataWriter(keystore.certificate, SHA256_REPLY, keystore.sign)
        self._legacy = SignedDataWriter(keystore.certificate, SHA1_REPLY, keystore.sign_legacy)

    def write(self, message: PkiMessage, outcome: Outcome, reader: Reader | None) -> bytes:
        """The DER CertRep to `message`.

        Args:
            reader: whom a success is encrypted to; not needed otherwise.

        Raises:
            ValueError: a success that nobody could open.
        """
        content = b""
        if isinstance(outcome, Granted):
            content = _enveloped(certs_only(outcome.certificates, outcome.crls), reader)
        signed = [
            attributes.written(attributes.TRANSACTION_ID, message.transaction_id),
            attributes.written(attributes.MESSAGE_TYPE, str(int(ScepMessageType.CERT_REP))),
            attributes.written(attributes.SENDER_NONCE, self._random.octets(NONCE_OCTETS)),
            *_repeated(message.sender_nonce),
            *_status(outcome),
        ]
        legacy = self._algorithms.is_legacy(message.statement.digest_algorithm)
        return (self._legacy if legacy else self._current).write(VERSION_1, _DATA, content, signed)


def _repeated(nonce: bytes | None) -> list[bytes]:
    return [] if nonce is None else [attributes.written(attributes.RECIPIENT_NONCE, nonce)]


def _status(outcome: Outcome) -> list[bytes]:
    if isinstance(outcome, Refused):
        told = failure(outcome)
        return [
            attributes.written(attributes.PKI_STATUS, str(int(PkiStatus.FAILURE))),
            attributes.written(attributes.FAIL_INFO, str(int(told.fail_info))),
            attributes.written(attributes.FAIL_INFO_TEXT, told.text, der.UTF8_STRING),
        ]
    status = PkiStatus.SUCCESS if isinstance(outcome, Granted) else PkiStatus.PENDING
    return [attributes.written(attributes.PKI_STATUS, str(int(status)))]


def _enveloped(content: bytes, reader: Reader | None) -> bytes:
    if reader is not None and reader.signer.encryptable:
        return envelop(content, reader.signer.certificate, reader.cipher)
    if reader is None or reader.password is None:
        raise ValueError("nobody could open the answer")
    return envelop_with_password(content, reader.password, reader.cipher)
