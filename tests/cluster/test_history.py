"""The judge of histories sees what is wrong with each of these."""

import pytest

from tests.cluster.history import Kind, Operation, violations

LEASE = 1.0
END = {"m": "a"}


def did(kind: Kind, claim: str, begun: float, ended: float | None = None, message: str = "m") -> Operation:
    return Operation(kind, message, claim, begun, begun + 0.01 if ended is None else ended)


def settled(claim: str, begun: float, kind: Kind = "processed") -> list[Operation]:
    return [did("settling", claim, begun, begun), did(kind, claim, begun)]


GOOD = {
    "one claim": [did("claim", "a", 0), *settled("a", 0.5)],
    "taken over after the lease": [did("claim", "b", 0), did("claim", "a", 1.0), *settled("a", 1.5)],
    "a late settlement refused": [
        did("claim", "b", 0),
        did("claim", "a", 1.1),
        *settled("b", 1.2, "refused"),
        *settled("a", 1.5),
    ],
    "renewed": [did("claim", "a", 0), did("renew", "a", 0.9), *settled("a", 1.8)],
    "a slow call may have come last": [did("claim", "b", 0), did("claim", "a", 0.2, 1.3), *settled("a", 1.5)],
    "died while settling": [did("claim", "a", 0), did("settling", "a", 0.5, 0.5)],
    "settled late, while nobody had taken it": [did("claim", "a", 0), *settled("a", 5)],
}
BAD = {
    "two live leases": (
        [did("claim", "b", 0), did("claim", "a", 0.5), *settled("a", 1.2)],
        "m: a held it while b did",
    ),
    "two live leases after a renewal": (
        [did("claim", "b", 0), did("renew", "b", 0.9), did("claim", "a", 1.5), *settled("a", 1.6)],
        "m: a held it while b did",
    ),
    "settled by who had lost it": (
        [did("claim", "a", 0), did("claim", "b", 1.1), *settled("a", 1.2)],
        "m: a settled after b had taken it over",
    ),
    "settled by who never had it": ([did("claim", "b", 0), *settled("a", 5)], "m: a settled without a claim"),
    "settled twice": (
        [did("claim", "b", 0), *settled("b", 1.05), did("claim", "a", 1.02), *settled("a", 1.1)],
        "m: it was settled 2 times",
    ),
    "taken again": (
        [did("claim", "a", 0), *settled("a", 0.5), did("claim", "b", 2)],
        "m: b took it after it was settled",
    ),
    "never settled": ([did("claim", "a", 0)], "m: a answered it, who was never told so"),
    "another's answer": (
        [did("claim", "b", 0), *settled("b", 0.5)],
        "m: a answered it, who was never told so",
    ),
    "a message from nowhere": (
        [did("claim", "a", 0), *settled("a", 0.5), did("claim", "a", 0, message="other")],
        "other: was never put",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_explained_is_good(name: str) -> None:
    assert list(violations(GOOD[name], LEASE, END)) == []


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_explained_is_found(name: str) -> None:
    history, complaint = BAD[name]
    assert complaint in list(violations(history, LEASE, END))


def test_a_lost_message_is_found() -> None:
    history = [did("claim", "a", 0), *settled("a", 0.5)]
    assert list(violations(history, LEASE, {"m": "a", "n": ""})) == ["n: it was lost"]
