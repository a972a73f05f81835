"""The runner of one remote issuer."""

from concurrent.futures import ThreadPoolExecutor

from dependency_injector import containers, providers

from lockgate.operations.runner import IssuerRunner
from lockgate.ports import RemoteIssuer
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.container.ca import CaContainer
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone

RUNNER_BOUNDS = PollingBounds(floor=0.1, ceiling=2)
"""Seconds between two looks for operations that are due."""


def calls_of(issuer: RemoteIssuer) -> ThreadPoolExecutor:
    """Carries out as many calls at a time as the issuer allows."""
    return ThreadPoolExecutor(issuer.traits.calls, thread_name_prefix="issuer")


class IssuerContainer(containers.DeclarativeContainer):
    """The runner of one remote issuer."""

    zone = providers.Dependency(instance_of=CaZone)
    name = providers.Dependency(instance_of=str)
    ca = providers.Container(CaContainer, zone=zone)
    issuer = providers.Singleton(remote_issuer, zone, name)
    calls = providers.Singleton(calls_of, issuer)
    runner = providers.Singleton(IssuerRunner, name, issuer, ca.registry, calls)
    wake_up = providers.Factory(Polling, RUNNER_BOUNDS)
