"""One message of a transaction, as the service works on it inside a unit of work."""

import hashlib
from dataclasses import dataclass, field

from lockgate.line.stages import Delivered, Origin
from lockgate.ports import RegistryTransaction
from lockgate.ports.protocol_transactions import TransactionKey
from lockgate.requests.content import Place, Recipient
from lockgate.requests.processors import Brought
from lockgate_formats.cmp.messages import Header
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_transport.cmp.service.aliases import CmpAlias
from lockgate_transport.cmp.service.senders import Sender
from lockgate_transport.cmp.vocabulary import CMP

REQUEST_ID_OCTETS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """The message that has opened a transaction.

    Attributes:
        digest: SHA-256 over its octets, lower-case hexadecimal.
        octets: the whole message.
        implicit: whether it asks for implicit confirmation.
    """

    alias: CmpAlias
    key: TransactionKey
    sender: Sender
    body_type: BodyType
    digest: str
    octets: bytes = field(repr=False)
    implicit: bool

    def delivered(self, number: int, count: int, brought: Brought) -> Delivered:
        """Its request `number` of `count`, counted from 1, for the core's line."""
        place = Place(f"cmp {self.key.id}", number, count)
        identity = self.sender.identity
        recipient = Recipient(CMP.name, self.alias.name)
        origin = Origin(self.digest, place, recipient, identity, identity)
        return Delivered(self.sender.acting(self.alias), self.operation(number), origin, brought)

    def operation(self, number: int) -> str:
        """The operation key of that request: the same whenever it is taken up again."""
        return f"cmp:{self.key.id}:{self.digest[:16]}:{number}"

    def request_id(self, number: int) -> int:
        """A number that stands for the request."""
        digest = hashlib.sha256(self.operation(number).encode()).digest()
        return int.from_bytes(digest[:REQUEST_ID_OCTETS], "big")


def key_of(header: Header, octets: bytes) -> TransactionKey:
    """The transaction that a message belongs to. Without a transactionID it is one of its own, the same for the same
    octets."""
    chosen = header.transaction_id or hashlib.sha256(octets).digest()[:16]
    return TransactionKey(CMP.name, chosen.hex())


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message in its unit of work."""

    alias: CmpAlias
    header: Header
    sender: Sender
    key: TransactionKey
    digest: str
    octets: bytes = field(repr=False)
    work: RegistryTransaction
