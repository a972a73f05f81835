"""What every processor is given, and what it must be able to say."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from lockgate.approval import NOTHING_TO_APPROVE, Proposal
from lockgate.authorization import Administrator
from lockgate.endentity import CertificationRequest, EndEntity
from lockgate.ports import CaTransaction, Instruments, IssuanceOrder, KeyPair
from lockgate.reasons import Rejected
from lockgate.submessages import Response


@dataclass(frozen=True, slots=True)
class Case:
    """One authorized request's surroundings.

    Attributes:
        who: the administrator it acts as.
        operation: unique per request; passed on to the CA with every effect.
        work: the transaction in which effect and journal entry commit.
        instruments: what reads requests and makes keys.
    """

    who: Administrator
    operation: str
    work: CaTransaction
    instruments: Instruments

    def order(
        self,
        end_entity: EndEntity,
        request: CertificationRequest,
        *,
        certified_as: EndEntity | None = None,
        serial_number: int | None = None,
        kept_key: KeyPair | None = None,
        part: str = "",
    ) -> IssuanceOrder:
        """An order to certify the request's key for `end_entity`.

        Args:
            kept_key: shall be kept for recovery.
            part: tells the effects of one request apart, where it has several.
        """
        operation = f"{self.operation}:{part}" if part else self.operation
        who = self.who.name, self.who.fingerprint
        return IssuanceOrder(operation, end_entity, request, *who, certified_as, serial_number, kept_key)


@dataclass(frozen=True, slots=True)
class Plan:
    """A request found good, before anything is done.

    Attributes:
        execute: carries it out inside the case's transaction; a rejection has written nothing.
        proposal: what administrators may have to approve first.
    """

    execute: Callable[[], Response | Rejected]
    proposal: Proposal = NOTHING_TO_APPROVE


class Processor(Protocol):
    """How one type of request is judged and carried out."""

    @abstractmethod
    def rights(self, request: Any, work: CaTransaction) -> frozenset[str]:
        """The rights that `request` needs, on what is stored and on what is asked (docs/threat-model.md, rule 8)."""

    @abstractmethod
    def plan(self, request: Any, case: Case) -> Plan | Rejected:
        """Judge everything that can be judged beforehand; writes nothing (attempts at passwords excepted).

        Where an approval is pending, a request is planned anew in every round until it is carried out.
        """
