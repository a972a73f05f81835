"""Transactions at the same time, and what they order."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

from lockgate.certification.endentity import CertificationRequest, Possession
from lockgate.errors import Conflict
from lockgate.ports import Fence, IssuanceRequest
from tests.integration.ca_backend.conftest import LEASE, USER, Deployment
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = CertificationRequest(public_key=spki(ec_key(1)), possession=Possession.PROVEN)


def order(username: str) -> IssuanceRequest:
    return IssuanceRequest(secrets.token_hex(8), replace(USER, username=username), REQUEST, "CN=ra", None)


def another_fence(deployment: Deployment) -> Fence:
    fence = deployment.coordinator.acquire(f"worker {secrets.token_hex(4)}", "host", LEASE)
    assert fence is not None
    return fence


def at_once(shared: Deployment, *bodies: Callable[[Callable[[], object]], None]) -> list[Exception | None]:
    """Run the bodies in threads; each calls what it is given when it has read, and goes on when all have read.

    On SQLite they do not wait for each other: one transaction has the database to itself.
    """
    meet = Barrier(len(bodies)).wait if shared.engine.dialect.name != "sqlite" else int

    def run(body: Callable[[Callable[[], object]], None]) -> Exception | None:
        try:
            body(meet)
        except Conflict as error:
            return error
        return None

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))


def conflicts(shared: Deployment) -> int:
    """How many of two transactions at the same time must lose."""
    return 0 if shared.engine.dialect.name == "sqlite" else 1
