"""Lockgate inside another program: workers and runners in its process, with parts of its own in place of Lockgate's.

    container = WorkerContainer(zone=load_ca(config), name="main", own_issuers=providers.Dict({"ProductCA": issuer}))
    with Worker(container) as worker:
        ...
        worker.health.state

docs/embedding.md says what each of these promises; docs/stability.md, which names stay.
"""

from lockgate.version import __version__
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.issuer import IssuerContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.embedding.hosted import Runner, Worker
from lockgate_app.embedding.setup import own_messages, register_ca
from lockgate_app.embedding.state import Health, State
from lockgate_app.settings import CaZone, load_ca
from lockgate_app.workers.core_dumps import forbid_core_dumps

__all__ = [
    "CaContainer",
    "CaZone",
    "Health",
    "IssuerContainer",
    "Runner",
    "State",
    "Worker",
    "WorkerContainer",
    "__version__",
    "forbid_core_dumps",
    "load_ca",
    "own_messages",
    "register_ca",
]
