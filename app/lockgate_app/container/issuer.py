"""The runner of one remote issuer."""

import time

from dependency_injector import containers, providers

from lockgate.operations.runner import IssuerRunner
from lockgate.outside.fetching import CrlFetching
from lockgate.queue.polling import Polling, PollingBounds
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.outside import of_issuer
from lockgate_app.container.threads import DaemonThreads
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone

RUNNER_BOUNDS = PollingBounds(floor=0.1, ceiling=2)
"""Seconds between two looks for operations that are due."""


class IssuerContainer(containers.DeclarativeContainer):
    """The runner of one remote issuer."""

    zone = providers.Dependency(instance_of=CaZone)
    name = providers.Dependency(instance_of=str)
    ca = providers.Container(CaContainer, zone=zone)
    issuer = providers.Singleton(remote_issuer, zone, name)
    calls = providers.Singleton(DaemonThreads, "issuer")
    monotonic = providers.Object(time.monotonic)
    runner = providers.Singleton(IssuerRunner, name, issuer, ca.registry, calls, monotonic)
    wake_up = providers.Factory(Polling, RUNNER_BOUNDS)
    fetched_cas = providers.Singleton(of_issuer, name, issuer, ca.outside)
    fetches = providers.Singleton(DaemonThreads, "CRLs")
    crl_fetching = providers.Singleton(CrlFetching, fetched_cas, ca.registry, ca.crl_reader, fetches)
