"""What goes between a caller and the CA, as JSON: drafts, questions and answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Defect
from lockgate.ports import Issued, IssuerAnswer, Later, Order, RevocationOrder, Revoked
from lockgate.reasons import Reason, Rejected

_ORDERS: Mapping[str, type[Order] | type[RevocationOrder]] = {"certificate": Order, "revocation": RevocationOrder}
_READERS: Mapping[Any, Callable[[Any], object]] = {
    bytes: bytes.fromhex,
    datetime: datetime.fromisoformat,
    RevocationReason: RevocationReason,
    int: int,
    str: str,
    bytes | None: lambda value: None if value is None else bytes.fromhex(value),
}


def draft_of(order: Order | RevocationOrder) -> bytes:
    """The octets that carry out an order."""
    kind = "certificate" if isinstance(order, Order) else "revocation"
    return json.dumps({"kind": kind, **asdict(order)}, default=_plain, sort_keys=True).encode()


def order_of(draft: bytes) -> Order | RevocationOrder:
    """The order that a draft carries out."""
    values = json.loads(draft)
    order = _ORDERS[values.pop("kind")]
    types = {field.name: field.type for field in fields(order)}
    make: Callable[..., Order | RevocationOrder] = order
    return make(**{name: _READERS[types[name]](value) for name, value in values.items()})


def _plain(value: bytes | datetime) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


class Kind(StrEnum):
    """What a caller asks for."""

    CALL = "call"
    LOOKUP = "lookup"
    CONFIRM = "confirm"
    REACH = "reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What leaves a caller.

    Attributes:
        idempotent: the CA recognises a draft that it has carried out.
        draft: empty for a question without an effect.
        confirms: a certificate does not count before it is confirmed.
        certificate, accepted: of a confirmation.
    """

    kind: Kind
    draft: bytes
    idempotent: bool
    confirms: bool
    certificate: bytes = b""
    accepted: bool = False

    def encode(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), default=_plain)

    @classmethod
    def decode(cls, text: str) -> "Question":
        """Of JSON."""
        values = json.loads(text)
        octets = {name: bytes.fromhex(values[name]) for name in ("draft", "certificate")}
        return cls(**values | octets | {"kind": Kind(values["kind"])})


def encode_answer(answer: IssuerAnswer | None) -> str:
    """As JSON."""
    match answer:
        case Issued(certificate):
            return json.dumps({"issued": certificate.hex()})
        case Rejected(_, detail):
            return json.dumps({"refused": detail})
        case Later(after):
            return json.dumps({"later": after.total_seconds()})
        case Revoked():
            return json.dumps({"revoked": True})
        case None:
            return json.dumps({})


def defect(text: str) -> str:
    """The answer to a question that breaks the rules of the port."""
    return json.dumps({"defect": text})


def decode_answer(text: str) -> IssuerAnswer | None:
    """Of JSON.

    Raises:
        Defect: the question has broken the rules of the port.
    """
    match json.loads(text):
        case {"issued": certificate}:
            return Issued(bytes.fromhex(certificate))
        case {"refused": detail}:
            return Rejected(Reason.ISSUER_REFUSED, detail)
        case {"later": seconds}:
            return Later(timedelta(seconds=seconds))
        case {"revoked": _}:
            return Revoked()
        case {"defect": words}:
            raise Defect(words)
    return None
