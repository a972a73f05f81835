"""Enrolment transactions, sealed for the untrusted message database: encrypted and authenticated (AES-256-GCM).

Each has a key of its own, made of its protocol, its id and a secret that the RA's servers share (RFC 5869).

A transaction that was changed, made up, or moved to another protocol or id does not open.
"""

import os
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lockgate.enrolment.transactions import Enrolment, Transaction
from lockgate.errors import ConfigurationError, PeerError
from lockgate.ports import TransactionSealer

FORMAT = 1
MIN_SECRET_OCTETS = 16
KEY_OCTETS = 32
NONCE_OCTETS = 12


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    format: int
    alias: str
    signer_key: str
    request: str
    subject: bytes
    password: bytes | None
    sent: bytes
    expires: datetime
    settled: bool
    again: datetime | None
    key: str = ""
    certificate: str = ""


class AesTransactionSealer(TransactionSealer):
    """Seals and opens the transactions of one protocol.

    Args:
        protocol: its name.
        secret: at least 16 octets; all servers on one message database have the same.

    Raises:
        ConfigurationError: the secret is too short.
    """

    def __init__(self, protocol: str, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_OCTETS:
            raise ConfigurationError(f"{protocol}.secret: at least {MIN_SECRET_OCTETS} characters are needed")
        self._name = protocol.upper()
        self._secret = secret

    def seal(self, transaction_id: str, transaction: Transaction) -> bytes:
        """See `TransactionSealer.seal`."""
        enrolment = transaction.enrolment
        record = _Record(
            format=FORMAT,
            alias=enrolment.alias,
            signer_key=enrolment.signer_key,
            request=enrolment.request,
            subject=enrolment.subject,
            password=enrolment.password,
            sent=transaction.sent,
            expires=transaction.expires,
            settled=transaction.settled,
            again=transaction.again,
            key=enrolment.key,
            certificate=enrolment.certificate,
        )
        nonce = os.urandom(NONCE_OCTETS)
        return nonce + self._cipher(transaction_id).encrypt(nonce, msgspec.msgpack.encode(record), None)

    def open(self, transaction_id: str, sealed: bytes) -> Transaction:
        """See `TransactionSealer.open`."""
        try:
            nonce, encrypted = sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:]
            record = msgspec.msgpack.decode(self._cipher(transaction_id).decrypt(nonce, encrypted, None), type=_Record)
        except (InvalidTag, ValueError):
            raise PeerError(f"a {self._name} transaction in the message database was not written by this RA") from None
        if record.format != FORMAT:
            raise PeerError(f"a {self._name} transaction has the format {record.format}; {FORMAT} is known")
        return Transaction(
            enrolment=Enrolment(
                alias=record.alias,
                signer_key=record.signer_key,
                request=record.request,
                subject=record.subject,
                key=record.key,
                certificate=record.certificate,
                password=record.password,
            ),
            sent=record.sent,
            expires=record.expires,
            settled=record.settled,
            again=record.again,
        )

    def _cipher(self, transaction_id: str) -> AESGCM:
        info = f"lockgate {self._name} transaction\x00{transaction_id}".encode()
        return AESGCM(HKDF(hashes.SHA256(), KEY_OCTETS, None, info).derive(self._secret))
