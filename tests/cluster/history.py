"""What many claimers did to the messages, with times, and a judge of it.

Times are seconds of the host's monotonic clock, which every process reads alike: before a call and after it. What the
database did lies in between. The judge complains only of what no order inside those bounds explains.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

SLACK = 0.005
"""Seconds: databases count leases in whole milliseconds of another clock."""

Kind = Literal["claim", "renew", "settling", "processed", "refused"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call, as far as it concerns one message.

    Attributes:
        kind: `settling` is written down before the message is written back; `processed` or `refused` is what came of
            it, and is missing where the claimer died.
        claim: the claim id.
        begun, ended: when the call began and returned; for `settling` both are its beginning.
    """

    kind: Kind
    message: str
    claim: str
    begun: float
    ended: float


def write(path: Path, operations: Iterable[Operation]) -> None:
    """Add to a log, in one piece."""
    with path.open("a") as log:
        log.write("".join(f"{json.dumps(asdict(operation))}\n" for operation in operations))


def read(paths: Iterable[Path]) -> list[Operation]:
    """Everything in the logs, in the order of its beginning."""
    lines = (line for path in paths for line in path.read_text().splitlines())
    return sorted(
        (Operation(**json.loads(line)) for line in lines), key=lambda operation: (operation.begun, operation.ended)
    )


def violations(history: Sequence[Operation], lease: float, final: Mapping[str, str]) -> Iterator[str]:
    """Everything that must not have happened.

    Args:
        lease: seconds.
        final: for every message that was put, the claim id whose answer stands in its row in the end; empty for none.
    """
    by_message: dict[str, list[Operation]] = defaultdict(list)
    for operation in history:
        by_message[operation.message].append(operation)
    for message, answered_by in final.items():
        of_message = by_message.pop(message, [])
        yield from (f"{message}: {text}" for text in _judge(of_message, lease, answered_by))
    yield from (f"{message}: was never put" for message in by_message)


def _judge(history: Sequence[Operation], lease: float, answered_by: str) -> Iterator[str]:
    yield from _two_holders(history, lease)
    yield from _wrong_settlers(history)
    yield from _taken_after_the_end(history)
    yield from _wrong_end(history, answered_by)


def _claims(history: Sequence[Operation]) -> list[Operation]:
    return [operation for operation in history if operation.kind == "claim"]


def _held(history: Sequence[Operation], claim: Operation, lease: float) -> tuple[float, float]:
    """From when to when the claim certainly held the message."""
    until = claim.begun + lease
    for operation in history:
        if operation.claim != claim.claim:
            continue
        if operation.kind == "renew" and operation.ended < until:
            until = operation.begun + lease
        if operation.kind == "settling":
            until = min(until, operation.begun)
    return claim.ended, until - SLACK


def _two_holders(history: Sequence[Operation], lease: float) -> Iterator[str]:
    held = sorted((*_held(history, claim, lease), claim.claim) for claim in _claims(history))
    held = [interval for interval in held if interval[0] < interval[1]]
    for (_, until, first), (since, _, second) in pairwise(held):
        if since < until:
            yield f"{second} held it while {first} did"


def _wrong_settlers(history: Sequence[Operation]) -> Iterator[str]:
    claims = {claim.claim: claim for claim in _claims(history)}
    for operation in history:
        if operation.kind != "processed":
            continue
        own = claims.get(operation.claim)
        if own is None:
            yield f"{operation.claim} settled without a claim"
            continue
        later = [other for other in claims.values() if own.ended < other.begun and other.ended < operation.begun]
        yield from (f"{operation.claim} settled after {other.claim} had taken it over" for other in later)


def _taken_after_the_end(history: Sequence[Operation]) -> Iterator[str]:
    ends = [operation.ended for operation in history if operation.kind == "processed"]
    if len(ends) > 1:
        yield f"it was settled {len(ends)} times"
    for claim in _claims(history):
        if ends and claim.begun > min(ends):
            yield f"{claim.claim} took it after it was settled"


def _wrong_end(history: Sequence[Operation], answered_by: str) -> Iterator[str]:
    if not answered_by:
        yield "it was lost"
        return
    settled = {operation.claim for operation in history if operation.kind == "processed"}
    told = {operation.claim for operation in history if operation.kind in ("processed", "refused")}
    unknown = {operation.claim for operation in history if operation.kind == "settling"} - told
    if answered_by not in (settled or unknown):
        yield f"{answered_by} answered it, who was never told so"
