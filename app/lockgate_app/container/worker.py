"""One service worker."""

import time
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from dependency_injector import containers, providers

from lockgate.line.acting import Acting
from lockgate.line.policy import LinePolicy
from lockgate.line.worker import ServiceWorker, WorkerPace
from lockgate.outside.asking import OcspAsking
from lockgate.outside.fetching import CrlFetching
from lockgate.ports import Instruments, Keystore
from lockgate.queue.housekeeping import Housekeeping, Retention
from lockgate.queue.polling import PollingBounds
from lockgate.requests.content import Recipient
from lockgate_app.container.ca import CaContainer, issuer_certificates
from lockgate_app.container.cmp_configured import answering, cmp_keystores, cmp_parts, due_services
from lockgate_app.container.databases import database_engine
from lockgate_app.container.keystores import previous_worker_keystores, worker_keystore
from lockgate_app.container.outside import with_places
from lockgate_app.container.threads import DaemonThreads
from lockgate_app.container.timing import TimedMessageStore, TimedPipeline, TimedRegistry, stopwatch
from lockgate_app.container.tracing import tracer
from lockgate_app.health.round_traces import RoundTraces
from lockgate_app.settings import CaDataSource, CaZone, WorkerProperties
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.trust import CurrentIssuersTrust
from lockgate_keys.expiry import worker_notice
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_transport.host.clock import HostClock
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals

WORKER_FLOOR = 0.1
"""Seconds between two looks at a message database with traffic."""


def line_policy(zone: CaZone, name: str, keystore: Keystore | None, previous: Sequence[Keystore]) -> LinePolicy:
    """The requirements of the worker `name` on every submessage.

    Args:
        keystore, previous: the worker's own.
    """
    worker = zone.workers[name]
    own = (*((keystore,) if keystore else ()), *previous)
    return LinePolicy(
        worker=name,
        recipient=Recipient(zone.instance, worker.data_source),
        encryption_required=worker.encryption_required,
        signature_required=worker.signature_required,
        whitelist=worker.accepted_types,
        signs=worker.uses_keystore,
        max_lifetime=timedelta(seconds=worker.max_lifetime),
        max_per_hour=worker.max_per_hour,
        own_certificates=frozenset(sha256(each.certificate).hexdigest() for each in own),
    )


def retention(zone: CaZone, source: CaDataSource) -> Retention:
    """How long what a worker on that data source leaves behind is kept."""
    return Retention(
        processed=source.keep_processed_for,
        set_aside=source.keep_set_aside_for,
        journal=zone.ca.keep_journal_for,
        approvals=zone.keep_approvals_for,
    )


def worker_bounds(properties: WorkerProperties) -> PollingBounds:
    """How often a worker looks at a message database that cannot wake it."""
    return PollingBounds(WORKER_FLOOR, properties.period)


class WorkerContainer(containers.DeclarativeContainer):
    """One service worker."""

    zone = providers.Dependency(instance_of=CaZone)
    name = providers.Dependency(instance_of=str)
    own_issuers = providers.Dict()
    ca = providers.Container(CaContainer, zone=zone, own_issuers=own_issuers)
    properties = providers.Callable(lambda zone, name: zone.workers[name], zone, name)
    source = providers.Callable(lambda zone, worker: zone.data_sources[worker.data_source], zone, properties)
    engine = providers.Singleton(database_engine, source, properties.provided.data_source)
    message_engines = providers.List(engine)
    stopwatch = providers.Singleton(stopwatch, zone, name)
    tracer = providers.Singleton(tracer, zone)
    traces = providers.Singleton(RoundTraces, tracer)
    store = providers.Singleton(TimedMessageStore, stopwatch, traces, engine, source.provided.max_message_size)
    keystore = providers.Singleton(worker_keystore, properties)
    previous_keystores = providers.Singleton(previous_worker_keystores, properties)
    envelopes = providers.Singleton(CmsEnvelopes, keystore, previous=previous_keystores)
    issuers = providers.Callable(issuer_certificates, ca.inspection, properties.provided.ra_issuer, ca.outside)
    trust = providers.Singleton(CurrentIssuersTrust, issuers.provider, issuers)
    policy = providers.Singleton(line_policy, zone, name, keystore, previous_keystores)
    requests = providers.Singleton(RequestReader, legacy=properties.provided.legacy_devices)
    scep_renewals = providers.Singleton(ScepRenewals, legacy=properties.provided.legacy_devices)
    renewals = providers.Singleton(SignedRenewals, scep_renewals)
    instruments = providers.Singleton(Instruments, requests, ca.keys, ca.keystores, certs_only, renewals)
    acting = providers.Singleton(Acting, ca.issuer, instruments, ca.clearance)
    cmp = providers.Singleton(cmp_parts, zone.provided.cmp, ca.shared_secrets, ca.administrators, requests, acting)
    request_types = providers.Callable(answering, cmp, ca.request_types)
    pipeline = providers.Singleton(
        TimedPipeline, stopwatch, traces, policy, envelopes, ca.contents, trust, acting, instruments, request_types
    )
    lease = providers.Callable(lambda worker: timedelta(seconds=worker.lease), properties)
    pace = providers.Singleton(
        WorkerPace, batch=properties.provided.batch, lease=lease, max_attempts=properties.provided.max_attempts
    )
    monotonic = providers.Object(time.monotonic)
    registry = providers.Singleton(TimedRegistry, stopwatch, traces, ca.registry)
    worker = providers.Singleton(
        ServiceWorker, policy, pipeline, store, envelopes, registry, ca.coordinator, pace, monotonic
    )
    wake_up = providers.Factory(wake_up, engine, Channel.REQUEST, providers.Callable(worker_bounds, properties))
    retention = providers.Singleton(retention, zone, source)
    due_services = providers.Callable(due_services, cmp)
    housekeeping = providers.Singleton(Housekeeping, store, ca.registry, retention, services=due_services)
    fetched_cas = providers.Singleton(with_places, ca.outside)
    fetches = providers.Singleton(DaemonThreads, "CRLs")
    crl_fetching = providers.Singleton(CrlFetching, fetched_cas, ca.registry, ca.crl_reader, fetches)
    questions = providers.Singleton(DaemonThreads, "OCSP")
    ocsp_asking = providers.Singleton(OcspAsking, ca.outside, ca.registry, questions)
    cmp_keystores = providers.Callable(cmp_keystores, zone.provided.cmp)
    expiry = providers.Singleton(worker_notice, name, keystore, cmp_keystores, providers.Singleton(HostClock))
