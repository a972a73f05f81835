"""SIGKILL of worker and runner at every boundary of a remote operation: one effect, or an operator's decision.

The issuer is a process with a store of its own, which goes on when the worker dies. Each kind of issuer makes another
promise. Messages mix a remote issuer with one inside the transaction. LOCKGATE_CRASH_KILLS sets how many kills there
are at least over all kinds, LOCKGATE_CRASH_SEED which ones.
"""

import os
import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lockgate_testing.doubles.remote_ca import running
from tests.crash import chance
from tests.crash.installation import Installation
from tests.crash.operations import WORKER, Lane, Site
from tests.crash.remote import LEASE, Lives, double

KINDS: Mapping[str, dict[str, Any]] = {
    "idempotent": {"idempotent": True},
    "looks up": {"looks_up": True},
    "confirms": {"looks_up": True, "confirms": True},
    "answers later": {"looks_up": True},
    "polls": {"idempotent": True, "polls": True},
    "voids what is not confirmed": {"confirms": True, "voids_unconfirmed": True},
    "promises nothing": {},
}
KILLS = -(-chance.KILLS // len(KINDS))
"""For each kind."""
LATER = ("answers later", "polls")
ONCE = ("looks up", "confirms", "answers later", "promises nothing")
"""Where no certificate is asked for again."""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(300 + 5 * KILLS)]


@pytest.mark.parametrize("kind", KINDS)
def test_lives_killed_at_any_boundary_of_an_operation(kind: str, tmp_path: Path) -> None:
    seed = os.environ.get("LOCKGATE_CRASH_SEED") or secrets.token_hex(8)
    print(f"LOCKGATE_CRASH_SEED={seed} for {KILLS} kills of {kind}")
    urls = f"sqlite:///{tmp_path / 'ca.db'}", [f"sqlite:///{tmp_path / 'messages.db'}"]
    with (
        running(tmp_path / "remote.db") as ca,
        Installation(tmp_path / "site", *urls, LEASE.total_seconds()) as installation,
    ):
        ca.behave(later=1 if kind in LATER else 0)
        site = Site(installation, ca)
        with Lives(installation.config(WORKER), WORKER, partial(double, ca.path, KINDS[kind])) as lives:
            lane = Lane(site, lives, f"{seed} {kind}")
            lane.run(KILLS)
        assert not (wrong := list(site.complaints())), wrong
        print(lane.killed, f"{site.refused()} refused by an operator")
        if kind != "promises nothing":
            assert site.refused() == 0
        issuing = {operation: count for operation, count in ca.calls().items() if ca.issued_for(operation)}
        assert max(len(ca.issued_for(operation)) for operation in issuing) == 1
        if kind in ONCE:  # revocations may be repeated
            assert max(issuing.values()) == 1
