"""The outcomes of a request whose operations have ended."""

from collections.abc import Sequence
from typing import Any

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.effects.execution import Certified, Outcomes
from lockgate.effects.key_material import ReadyKey, packed
from lockgate.operations.status import DONE, OperationKind
from lockgate.ports import Instruments, Operation, RegistryTransaction
from lockgate.reasons import Rejected


def outcomes_of(
    operations: Sequence[Operation], effects: int, work: RegistryTransaction, instruments: Instruments
) -> Outcomes | Rejected:
    """The outcome of each effect, or the refusal.

    Args:
        operations: all those of the request; they have ended.
        effects: how many effects the request has.
    """
    refused = next((operation.refusal for operation in operations if operation.refusal is not None), None)
    if refused is not None:
        return refused
    outcomes: list[Any] = [None] * effects
    for operation in operations:
        if operation.kind is OperationKind.ISSUE and operation.status is DONE:
            outcomes[operation.effect] = _certified(operation, work, instruments)
    return outcomes


def _certified(operation: Operation, work: RegistryTransaction, instruments: Instruments) -> Certified:
    issued = work.issuance.issued(operation)
    delivery = work.operations.delivery(operation)
    if delivery is None:
        return Certified(issued, None, instruments.certs_only)
    request = CertificationRequest(public_key=delivery.pair.public_key, possession=Possession.MADE)
    key = ReadyKey(request, delivery.pair, legacy=delivery.legacy)
    return Certified(issued, packed(delivery.wish, key, issued, instruments), instruments.certs_only)
