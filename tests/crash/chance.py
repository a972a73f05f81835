"""How many kills there are, and which: LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED, which a failure names."""

import os
import random
import secrets
from collections.abc import Sequence

KILLS = int(os.environ.get("LOCKGATE_CRASH_KILLS", "50"))


def drawing(what: str) -> random.Random:
    """Draws for the test `what`: the same with the same seed."""
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} LOCKGATE_CRASH_KILLS={KILLS}")
    return random.Random(f"{seed} {what}")


def drawn(chance: random.Random, passed: Sequence[str], count: int) -> list[int]:
    """The numbers of `count` of the boundaries that were passed, from 1; of all if there are fewer."""
    return chance.sample(range(1, len(passed) + 1), min(count, len(passed)))


def commits(passed: Sequence[str]) -> int:
    """How many commits were passed."""
    return sum(label.startswith("before commit") for label in passed)
