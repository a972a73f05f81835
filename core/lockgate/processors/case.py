"""What every processor is given, and what it must be able to say."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

from lockgate.authorization import Administrator
from lockgate.ports import CaTransaction, CertificateRequests
from lockgate.reasons import Rejected
from lockgate.submessages import Response


@dataclass(frozen=True, slots=True)
class Case:
    """One authorized request's surroundings.

    Attributes:
        who: the administrator it acts as.
        operation: unique per request; passed on to the CA with every effect.
        work: the transaction in which effect and journal entry commit.
    """

    who: Administrator
    operation: str
    work: CaTransaction
    requests: CertificateRequests


class Processor(Protocol):
    """How one type of request is judged and carried out."""

    @abstractmethod
    def rights(self, request: Any, work: CaTransaction) -> frozenset[str]:
        """The rights that `request` needs, on what is stored and on what is asked (docs/threat-model.md, rule 8)."""

    @abstractmethod
    def process(self, request: Any, case: Case) -> Response | Rejected:
        """Carry `request` out inside `case.work`; a rejection has written nothing."""
