"""The CMP proxy of an RA host."""

from datetime import timedelta

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError
from lockgate.ports import Clock, MessageStore, Random, WakeUp
from lockgate.queue.polling import PollingBounds
from lockgate.ra.client import RaClient
from lockgate_app.container.cmp_checks import message_checks
from lockgate_app.container.cmp_web import cmp_serve
from lockgate_app.container.http import Serve, closing
from lockgate_app.container.message_database import for_threads, message_engine
from lockgate_app.container.ra import RaContainer
from lockgate_app.settings import RaZone
from lockgate_app.settings.cmp_proxy import CmpProxyTable
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_transport.cmp.errors import UnprotectedErrors
from lockgate_transport.cmp.proxy import CmpProxy, ProxyParts, ProxyRules
from lockgate_transport.cmp.remembering import MemoryBounds
from lockgate_transport.cmp.vocabulary import CMP
from lockgate_transport.cmp.watching import INTERVAL, AnswerWatch

BOUNDS = PollingBounds(0.05, INTERVAL)
"""Seconds between two looks for answers, where the message database cannot wake the proxy."""


def cmp_settings(zone: RaZone) -> CmpProxyTable:
    """The CMP proxy's settings.

    Raises:
        ConfigurationError: this host has none.
    """
    if zone.cmp is None:
        raise ConfigurationError("there is no table [cmp]: this RA host runs no CMP proxy")
    return zone.cmp


def proxy_rules(table: CmpProxyTable) -> ProxyRules:
    """How the proxy waits."""
    return ProxyRules(
        timeout=timedelta(seconds=table.timeout),
        lifetime=timedelta(seconds=table.lifetime),
        memory=MemoryBounds(messages=table.remembered),
        threads=table.threads,
    )


def cmp_proxy(
    table: CmpProxyTable, ra: RaClient, store: MessageStore, waking: WakeUp, clock: Clock, random: Random
) -> CmpProxy:
    """The proxy; its threads run already.

    Args:
        waking: tells when to look for answers.

    Raises:
        ConfigurationError: a check's secret or file cannot be read.
    """
    parts = ProxyParts(
        ra=ra,
        store=store,
        watch=AnswerWatch(store, waking, CMP.message_type, clock.monotonic),
        checks=message_checks(table, clock),
        errors=UnprotectedErrors(clock, random),
        clock=clock,
    )
    return CmpProxy(parts, proxy_rules(table))


def proxy_service(table: CmpProxyTable, proxy: CmpProxy) -> Serve:
    """What serves the proxy over HTTP.

    Raises:
        ConfigurationError: as `cmp_serve`.
    """
    return cmp_serve(table, proxy, table.timeout)


class CmpProxyContainer(containers.DeclarativeContainer):
    """The CMP proxy of an RA host."""

    zone = providers.Dependency(instance_of=RaZone)
    settings = providers.Callable(cmp_settings, zone)
    source = providers.Callable(for_threads, zone.provided.data_source, settings.provided.threads)
    ra = providers.Container(
        RaContainer, zone=zone, engine=providers.Singleton(message_engine, source, zone.provided.ra.data_source)
    )
    waking = providers.Factory(
        wake_up,
        ra.engine,
        Channel.ANSWER,
        providers.Object(BOUNDS),
        sleep=ra.clock.provided.sleep,
        monotonic=ra.clock.provided.monotonic,
    )
    proxy = providers.Singleton(cmp_proxy, settings, ra.client, ra.store, waking, ra.clock, ra.random)
    server = providers.Singleton(proxy_service, settings, proxy)
    service = providers.Singleton(closing, server, ra.tracer.provided.close)
