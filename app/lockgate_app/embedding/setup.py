"""What a program does once, or before it makes a worker."""

from collections.abc import Mapping, Sequence
from typing import Any

from dependency_injector import providers

from lockgate.administration.authorities import PROGRAM
from lockgate.ports import MessageStore, WakeUp
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.worker import WORKER_FLOOR

BOUNDS = PollingBounds(WORKER_FLOOR, 5.0)
"""Seconds between two looks at a store: with traffic, and without."""


def register_ca(
    container: CaContainer, name: str, certificate: bytes, chain: Sequence[bytes] = (), *, operator: str
) -> None:
    """Add a CA whose key the program has: an `Issuer` of its own signs, inside the transaction.

    Profiles and roles name it as any other CA. Revocations count here; its CRLs are the program's to issue.

    Args:
        name: as profiles and roles name it, and as `own_issuers` does.
        certificate: DER.
        chain: DER, from its issuer up to and including the root; empty for a root.
        operator: who does it, for the audit log.

    Raises:
        CallerError: the name is taken or unfit, certificate and chain do not belong together, or the key is weak.
        KeystoreError: the key is none that signs inside the transaction.
        Unavailable: the CA's database cannot be reached.
    """
    container.administration(administrator=operator).register_ca(name, PROGRAM, certificate, chain)


def own_messages(
    store: MessageStore, wake_up: WakeUp | None = None, bounds: PollingBounds = BOUNDS
) -> Mapping[str, Any]:
    """The parts of a `WorkerContainer` that read and write `store` instead of the data source's database.

    Args:
        wake_up: tells the worker when to look, and ends its pauses early on a stop; without one, time alone does.
        bounds: seconds between two looks, where time alone tells.
    """
    waking = providers.Factory(Polling, bounds) if wake_up is None else providers.Callable(lambda **_: wake_up)
    return {
        "store": providers.Object(store),
        "wake_up": waking,
        "message_engines": providers.List(),
    }
