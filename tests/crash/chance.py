"""How many kills there are, and which: LOCKGATE_CRASH_KILLS and LOCKGATE_CRASH_SEED, which a failure names."""

import os
import random
import secrets
from pathlib import Path

KILLS = int(os.environ.get("LOCKGATE_CRASH_KILLS", "100"))


def drawing(what: str) -> random.Random:
    """Draws for the test `what`: the same with the same seed."""
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} LOCKGATE_CRASH_KILLS={KILLS}")
    return random.Random(f"{seed} {what}")


def drawn(chance: random.Random, recorded: Path, count: int) -> list[int]:
    """The numbers of up to `count` of the boundaries that `tests.crash.boundaries.Record` has written down."""
    passed = len(recorded.read_text().splitlines())
    return chance.sample(range(1, passed + 1), min(count, passed))
