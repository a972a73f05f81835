"""The statuses of an operation at a remote issuer, as a table.

    intended -> called -> received -> done   (intended -> doubtful: no draft of it can be made)
                   |-> later (the CA answers later) -> received
                   |-> refused
                   |-> doubtful (nobody knows what the CA has done)

Each change is committed before the next step begins, so that a crash after any of them leaves a status from which the
next process goes on (docs/issuance.md).
"""

from collections.abc import Mapping
from enum import StrEnum

from lockgate.errors import Defect


class OperationKind(StrEnum):
    """What the CA is asked for."""

    ISSUE = "issue"
    REVOKE = "revoke"


class OperationStatus(StrEnum):
    """How far an operation has come."""

    INTENDED = "intended"
    """It is stored, and no call of it has reached the CA, or none that counts."""
    CALLED = "called"
    """A call may have reached the CA, and may take effect until the operation is due."""
    LATER = "later"
    """The CA has it, and answers later."""
    RECEIVED = "received"
    """The certificate is stored, and does not count as issued yet."""
    DOUBTFUL = "doubtful"
    """Only an operator can find out what the CA has done, or what to do with the certificate that it has returned."""
    DONE = "done"
    REFUSED = "refused"


INTENDED, CALLED, LATER = OperationStatus.INTENDED, OperationStatus.CALLED, OperationStatus.LATER
RECEIVED, DOUBTFUL = OperationStatus.RECEIVED, OperationStatus.DOUBTFUL
DONE, REFUSED = OperationStatus.DONE, OperationStatus.REFUSED

ENDED = frozenset({DONE, REFUSED})
OPEN = frozenset(OperationStatus) - ENDED
DRIVEN = OPEN - {DOUBTFUL}
"""States that the runner works on."""
NEXT: Mapping[OperationStatus, frozenset[OperationStatus]] = {
    INTENDED: frozenset({INTENDED, CALLED, REFUSED, DONE, DOUBTFUL}),
    CALLED: frozenset({CALLED, INTENDED, LATER, RECEIVED, DONE, REFUSED, DOUBTFUL}),
    LATER: frozenset({LATER, RECEIVED, DONE, REFUSED, DOUBTFUL}),
    RECEIVED: frozenset({RECEIVED, DONE, DOUBTFUL}),
    DOUBTFUL: frozenset({RECEIVED, DONE, REFUSED}),
    DONE: frozenset(),
    REFUSED: frozenset(),
}
"""The statuses that may follow. From intended to done goes what an issuer inside the transaction has signed beside an
operation of the same request; from doubtful goes an operator's decision alone."""


def require_next(before: OperationStatus, after: OperationStatus) -> None:
    """Accept a change that the table has.

    Raises:
        Defect: it has none.
    """
    if after not in NEXT[before]:
        raise Defect(f"an operation does not go from {before} to {after}")
