"""What the service keeps of a transaction: JSON, in the registry's row and in its kept answers.

A kept answer is a body with the parts of the header that belong to it. Protection is made anew at each delivery, so
that it fits the message that is answered.
"""

from datetime import datetime

import msgspec

from lockgate.errors import Defect
from lockgate_formats.cmp.vocabulary import BodyType, FailInfo, PkiStatus


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer.

    Attributes:
        body: DER.
        nonce: its senderNonce.
        implicit: whether implicit confirmation is granted.
        confirm_until: UTC; None where nothing is to be confirmed.
        chain: DER certificates above the issued ones, for extraCerts.
        recip_nonce: the recipNonce of the answer, where it is not the nonce of the message that is answered.
    """

    body_type: int
    body: bytes
    nonce: bytes
    implicit: bool = False
    confirm_until: datetime | None = None
    chain: tuple[bytes, ...] = ()
    recip_nonce: bytes | None = None

    @property
    def kind(self) -> BodyType:
        """Of its body."""
        return BodyType(self.body_type)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one request of a transaction stands.

    Attributes:
        cert_req_id: as in the request; the number of the request for an rr.
        status: a `PkiStatus`.
        fail_info: a `FailInfo`; None where it is no rejection.
        certificate: DER; None as long as there is none.
        private_key: DER EnvelopedData around the key of the certificate, where the CA has made it; only the client
            opens it.
        encrypted: DER EnvelopedData around the certificate, where its holder has still to show possession of the key;
            only the holder opens it, and is sent nothing else.
        approval, decisions, operation, effects: what it waits for (`lockgate.line.clearance.Waiting`).
        delay: seconds until it is looked at again, where nobody polls.
    """

    cert_req_id: int
    status: int
    fail_info: int | None = None
    text: str = ""
    certificate: bytes | None = None
    private_key: bytes | None = None
    encrypted: bytes | None = None
    chain: tuple[bytes, ...] = ()
    approval: str = ""
    decisions: int = 0
    operation: str = ""
    effects: int = 0
    delay: float = 0

    @property
    def waits(self) -> bool:
        """Whether it has no result yet."""
        return self.status == PkiStatus.WAITING

    @property
    def is_under_way(self) -> bool:
        """Whether another CA carries it out already."""
        return self.waits and self.effects > 0

    @property
    def failures(self) -> frozenset[FailInfo]:
        """The bits that its status has."""
        return frozenset() if self.fail_info is None else frozenset({FailInfo(self.fail_info)})


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the row of a transaction holds.

    Attributes:
        alias: that has answered its first message; no other one answers a later one.
        request: the message that has opened it, while one of its requests waits; empty otherwise, and where it shows a
            password: then it stands, encrypted, in place of the transaction's secret.
        body_type: of that message.
        digest: SHA-256 over it, lower-case hexadecimal.
        results: of its requests.
        nonces: the senderNonces of the last answers, the newest last; the next message must return one of them.
        first_nonce: the senderNonce of the message that has opened it.
        implicit: whether implicit confirmation is granted.
        final: the digest of the message that got the final answer; empty as long as there is none.
        sender_kind, sender_name, sender_username, sender_certificate, sender_chain: of the message that has opened it.
    """

    alias: str
    body_type: int
    digest: str
    first_nonce: bytes
    request: bytes = b""
    results: tuple[Result, ...] = ()
    nonces: tuple[bytes, ...] = ()
    implicit: bool = False
    final: str = ""
    sender_kind: str = ""
    sender_name: str = ""
    sender_username: str | None = None
    sender_certificate: bytes | None = None
    sender_chain: tuple[bytes, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether one of its requests waits."""
        return any(result.waits for result in self.results)

    @property
    def issued(self) -> tuple[Result, ...]:
        """The requests for which a certificate was issued."""
        return tuple(result for result in self.results if result.certificate)


_ENCODER = msgspec.json.Encoder()
_RECORD = msgspec.json.Decoder(Record)
_ANSWER = msgspec.json.Decoder(KeptAnswer)


def encoded(kept: Record | KeptAnswer) -> bytes:
    """Its JSON."""
    return _ENCODER.encode(kept)


def read_record(octets: bytes) -> Record:
    """The record that `encoded` has written.

    Raises:
        Defect: it is none.
    """
    try:
        return _RECORD.decode(octets)
    except msgspec.DecodeError as error:
        raise Defect(f"the record of a CMP transaction cannot be read: {error}") from None


def read_answer(octets: bytes) -> KeptAnswer:
    """The answer that `encoded` has written.

    Raises:
        Defect: it is none.
    """
    try:
        return _ANSWER.decode(octets)
    except msgspec.DecodeError as error:
        raise Defect(f"a kept CMP answer cannot be read: {error}") from None
