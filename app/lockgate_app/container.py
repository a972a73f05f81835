"""Which class stands behind each port: the only place that names concrete classes. Tests override any provider.

`connect` gives a program on an RA host its client:

    with connect(Path("ra/lockgate.toml")) as ra:
        pending = ra.send([PKCS10Request(request_id=1, username="alice", ...)])
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from importlib.util import find_spec
from itertools import chain
from math import inf
from pathlib import Path

from dependency_injector import containers, providers
from sqlalchemy import Engine

from lockgate.clearance import Clearance
from lockgate.content import Recipient
from lockgate.errors import ConfigurationError, LockgateError
from lockgate.housekeeping import Housekeeping, Retention
from lockgate.pipeline import Pipeline
from lockgate.polling import Bounds
from lockgate.ports import Instruments, Keystore
from lockgate.stages import LinePolicy
from lockgate.votes import Votes
from lockgate.worker import Pace, ServiceWorker
from lockgate_app.keys import read_certificate
from lockgate_app.keystores import previous_ra_keystores, previous_worker_keystores, ra_keystore, worker_keystore
from lockgate_app.request_types import installed_request_types
from lockgate_app.scep import judge_tls, scep_servers
from lockgate_app.settings import (
    CaDataSource,
    CaZone,
    DatabaseTable,
    DataSource,
    RaZone,
    ScepTable,
    WorkerProperties,
    load_ra,
)
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.administration.approvals import ApprovalAdministration
from lockgate_ca_backend.auditing import Auditor
from lockgate_ca_backend.authority import InProcessCa
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.escrow import EscrowSealer
from lockgate_ca_backend.facilities import KeyRules
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.key_checks import read_blocklist
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.secret_checks import SecretChecks
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import CurrentIssuersTrust
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrations import MESSAGES
from lockgate_persistence.scep import SqlScepTransactions
from lockgate_persistence.schema_guard import guard
from lockgate_persistence.wakeups import Bell, ring, wake_up
from lockgate_transport.client import ClientParts, ClientPolicy, RaClient
from lockgate_transport.expiry import worker_notice
from lockgate_transport.host import HostClock, HostRandom
from lockgate_transport.outbox import FileOutbox
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.desk import Desk, DeskParts
from lockgate_transport.scep.renewals import ScepRenewals
from lockgate_transport.scep.sealing import TransactionSealer
from lockgate_transport.scep.server import ScepServer

WORKER_FLOOR, CLIENT_FLOOR = 0.5, 0.2
"""Seconds between two looks at a message database with traffic."""
_CONNECTION = DatabaseTable.model_fields.keys() - {"password"}


def database_engine(table: DatabaseTable) -> Engine:
    """The engine for a database of the configuration; it runs statements on the schema that this version knows, only.

    What a message database's server answers is bounded; the CA's own is trusted.

    Raises:
        ConfigurationError: its settings are contradictory or unsafe, or a secret or driver is missing.
    """
    password = table.password.reveal() if table.password else None
    settings = DatabaseSettings(**{name: getattr(table, name) for name in _CONNECTION}, password=password)
    if isinstance(table, DataSource):
        return guard(open_engine(settings), MESSAGES, "message database")
    return guard(open_engine(replace(settings, max_answer=inf)), CERTIFICATION_AUTHORITY, "CA database")


def key_encryption_secret(zone: CaZone) -> bytes:
    """What opens the CA's keys."""
    return zone.ca.key_encryption_secret.reveal().encode()


def escrow_sealer(zone: CaZone) -> EscrowSealer | None:
    """What seals kept keys; None where none are kept.

    Raises:
        ConfigurationError: a secret is missing or too short.
    """
    its = zone.ca
    if its.escrow_secret is None:
        return None
    previous = (its.previous_escrow_secret,) if its.previous_escrow_secret else ()
    return EscrowSealer(its.escrow_secret.reveal().encode(), [old.reveal().encode() for old in previous])


def key_rules(zone: CaZone) -> KeyRules:
    """What the operator decides about keys to certify.

    Raises:
        ConfigurationError: the blocklist cannot be read.
    """
    blocklist = read_blocklist(zone.ca.key_blocklist) if zone.ca.key_blocklist else frozenset()
    return KeyRules(blocklist, zone.ca.compared_moduli)


def issuer_certificates(inspection: Inspection, name: str | None = None) -> Sequence[bytes]:
    """The DER certificates of the CA `name`, or of every CA: the current ones, and those before a rollover.

    Raises:
        ConfigurationError: there is no such CA.
    """
    found = inspection.issuer_certificates(name)
    if not found:
        raise ConfigurationError(f"raissuer: the CA's database holds no CA {name}")
    return found


def line_policy(zone: CaZone, name: str) -> LinePolicy:
    """What the worker `name` asks of every submessage."""
    its = zone.workers[name]
    active = zone.active_workers().values()
    keystores = [
        *filter(None, map(worker_keystore, active)),
        *chain.from_iterable(map(previous_worker_keystores, active)),
    ]
    return LinePolicy(
        worker=name,
        recipient=Recipient(zone.instance, its.data_source),
        encryption_required=its.encryption_required,
        signature_required=its.signature_required,
        whitelist=its.accepted_types,
        signs=its.uses_keystore,
        max_lifetime=timedelta(seconds=its.max_lifetime),
        max_per_hour=its.max_per_hour,
        own_certificates=frozenset(sha256(keystore.certificate).hexdigest() for keystore in keystores),
    )


def retention(zone: CaZone, source: CaDataSource) -> Retention:
    """How long what a worker on that data source leaves behind is kept."""
    return Retention(
        processed=source.keep_processed_for,
        set_aside=source.keep_set_aside_for,
        journal=zone.ca.keep_journal_for,
        approvals=zone.keep_approvals_for,
    )


def client_policy(zone: RaZone, keystore: Keystore | None) -> ClientPolicy:
    """Whom the RA talks to, and what it accepts."""
    return ClientPolicy(
        recipient=Recipient(zone.instance, zone.ra.data_source),
        worker_certificates=tuple(map(read_certificate, zone.ra.worker_certificates)),
        certificate=keystore.certificate if keystore else None,
        insist_signed=zone.ra.insist_signed,
        insist_encrypted=zone.ra.insist_encrypted,
    )


def worker_bounds(properties: WorkerProperties) -> Bounds:
    """How often a worker looks at a message database that cannot wake it."""
    return Bounds(WORKER_FLOOR, properties.period)


def client_bounds(policy: ClientPolicy) -> Bounds:
    """How often an RA client looks for an answer where the database cannot wake it."""
    return Bounds(CLIENT_FLOOR, policy.poll_interval.total_seconds())


class CaContainer(containers.DeclarativeContainer):
    """The CA and its database, shared by everything in one process."""

    zone = providers.Dependency(instance_of=CaZone)
    engine = providers.Singleton(database_engine, zone.provided.ca.database)
    secret = providers.Callable(key_encryption_secret, zone)
    key_rules = providers.Singleton(key_rules, zone)
    escrow = providers.Singleton(escrow_sealer, zone)
    authority = providers.Singleton(InProcessCa, engine, secret, key_rules=key_rules, escrow=escrow)
    administration = providers.Singleton(Administration, engine, secret, key_rules=key_rules, escrow=escrow)
    auditor = providers.Singleton(Auditor, engine, secret)
    secret_checks = providers.Factory(SecretChecks, engine, secret, escrow)
    inspection = providers.Singleton(Inspection, engine)
    coordinator = providers.Singleton(SqlCoordinator, engine)
    keys = providers.Singleton(HostKeyGenerator)
    keystores = providers.Singleton(KeystoreWriter)
    request_types = providers.Singleton(installed_request_types)
    contents = providers.Singleton(JsonContents, request_types)
    issuers = providers.Callable(issuer_certificates, inspection)
    administrators = providers.Singleton(CurrentIssuersTrust, issuers.provider)
    votes = providers.Singleton(Votes, providers.Singleton(CmsEnvelopes, None), contents, administrators)
    clearance = providers.Singleton(Clearance, zone.provided.approvals.rules, votes, contents)
    approvals = providers.Singleton(ApprovalAdministration, engine, secret, votes=votes)


class WorkerContainer(containers.DeclarativeContainer):
    """One service worker."""

    zone = providers.Dependency(instance_of=CaZone)
    name = providers.Dependency(instance_of=str)
    ca = providers.Container(CaContainer, zone=zone)
    properties = providers.Callable(lambda zone, name: zone.workers[name], zone, name)
    source = providers.Callable(lambda zone, its: zone.data_sources[its.data_source], zone, properties)
    engine = providers.Singleton(database_engine, source)
    store = providers.Singleton(SqlMessageStore, engine, source.provided.max_message_size)
    keystore = providers.Singleton(worker_keystore, properties)
    previous_keystores = providers.Singleton(previous_worker_keystores, properties)
    envelopes = providers.Singleton(CmsEnvelopes, keystore, previous=previous_keystores)
    issuers = providers.Callable(issuer_certificates, ca.inspection, properties.provided.ra_issuer)
    trust = providers.Singleton(CurrentIssuersTrust, issuers.provider, issuers)
    policy = providers.Singleton(line_policy, zone, name)
    requests = providers.Singleton(RequestReader, legacy=properties.provided.legacy_devices)
    scep_renewals = providers.Singleton(ScepRenewals, legacy=properties.provided.legacy_devices)
    renewals = providers.Singleton(SignedRenewals, scep_renewals)
    instruments = providers.Singleton(Instruments, requests, ca.keys, ca.keystores, certs_only, renewals)
    pipeline = providers.Singleton(
        Pipeline, policy, envelopes, ca.contents, trust, instruments, ca.clearance, ca.request_types
    )
    lease = providers.Callable(lambda its: timedelta(seconds=its.lease), properties)
    pace = providers.Singleton(
        Pace, batch=properties.provided.batch, lease=lease, max_attempts=properties.provided.max_attempts
    )
    monotonic = providers.Object(time.monotonic)
    worker = providers.Singleton(
        ServiceWorker, policy, pipeline, store, envelopes, ca.authority, ca.coordinator, pace, monotonic
    )
    wake_up = providers.Factory(wake_up, engine, Bell.REQUEST, providers.Callable(worker_bounds, properties))
    retention = providers.Singleton(retention, zone, source)
    housekeeping = providers.Singleton(Housekeeping, store, ca.authority, retention)
    expiry = providers.Singleton(worker_notice, name, keystore, providers.Singleton(HostClock))


class SourceContainer(containers.DeclarativeContainer):
    """A message database, as operators reach it."""

    source = providers.Dependency(instance_of=DataSource)
    engine = providers.Singleton(database_engine, source)
    store = providers.Singleton(SqlMessageStore, engine, source.provided.max_message_size)


class RaContainer(containers.DeclarativeContainer):
    """An RA client."""

    zone = providers.Dependency(instance_of=RaZone)
    engine = providers.Singleton(database_engine, zone.provided.data_source)
    store = providers.Singleton(SqlMessageStore, engine, zone.provided.data_source.max_message_size)
    keystore = providers.Singleton(ra_keystore, zone)
    previous_keystores = providers.Singleton(previous_ra_keystores, zone)
    envelopes = providers.Singleton(CmsEnvelopes, keystore, previous=previous_keystores)
    request_types = providers.Singleton(installed_request_types)
    contents = providers.Singleton(JsonContents, request_types)
    outbox = providers.Singleton(FileOutbox, zone.provided.ra.outbox)
    clock = providers.Singleton(HostClock)
    random = providers.Singleton(HostRandom)
    policy = providers.Singleton(client_policy, zone, keystore)
    bounds = providers.Callable(client_bounds, policy)
    wake_up = providers.Factory(
        wake_up, engine, Bell.ANSWER, bounds, sleep=clock.provided.sleep, monotonic=clock.provided.monotonic
    )
    parts = providers.Factory(
        ClientParts,
        store=store,
        envelopes=envelopes,
        contents=contents,
        outbox=outbox,
        clock=clock,
        random=random,
        wake_up=wake_up,
        close=engine.provided.dispose,
    )
    client = providers.Factory(RaClient, parts, policy, request_types)


def scep_settings(zone: RaZone) -> ScepTable:
    """The SCEP server's settings.

    Raises:
        ConfigurationError: this host has none.
    """
    if zone.scep is None:
        raise ConfigurationError("there is no table [scep]: this RA host runs no SCEP server")
    return zone.scep


def scep_service(table: ScepTable, servers: Mapping[str, ScepServer]) -> Callable[[str | None, int | None], None]:
    """What serves SCEP over HTTP until SIGTERM; its arguments are host and port where not the configured ones.

    Raises:
        ConfigurationError: what serves HTTP is not installed, or the files for TLS cannot be used.
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ConfigurationError("what serves HTTP is missing: pip install 'lockgate[ra]'")
    # Only the extra `ra` brings what these import.
    from lockgate_transport.http import Listening, Tls  # noqa: PLC0415
    from lockgate_transport.scep.web import ScepWeb  # noqa: PLC0415

    judge_tls(table)
    tls = Tls(table.tls_certificate, table.tls_key) if table.tls_certificate and table.tls_key else None

    def serve(host: str | None, port: int | None) -> None:
        chosen = host or table.host, table.port if port is None else port
        ScepWeb(servers).serve(Listening(*chosen, tls, tuple(table.proxies)))

    return serve


class ScepContainer(containers.DeclarativeContainer):
    """The SCEP server of an RA host."""

    zone = providers.Dependency(instance_of=RaZone)
    ra = providers.Container(RaContainer, zone=zone)
    settings = providers.Callable(scep_settings, zone)
    transactions = providers.Singleton(SqlScepTransactions, ra.engine)
    sealer = providers.Singleton(lambda its: TransactionSealer(its.secret.reveal().encode()), settings)
    parts = providers.Singleton(
        DeskParts,
        ra=ra.client,
        store=ra.store,
        transactions=transactions,
        sealer=sealer,
        clock=ra.clock,
        random=ra.random,
    )
    desk = providers.Singleton(Desk, parts, settings.provided.desk_rules)
    servers = providers.Singleton(scep_servers, settings, ra.keystore, desk, ra.random)
    service = providers.Singleton(scep_service, settings, servers)


def ring_workers(zone: CaZone) -> None:
    """Let the workers look now, where their message databases can wake them; where that fails, they look in time."""
    for name in sorted({its.data_source for its in zone.active_workers().values()}):
        with suppress(LockgateError):
            engine = database_engine(zone.data_sources[name].model_copy(update={"prefill": False}))
            try:
                ring(engine, Bell.REQUEST)
            finally:
                engine.dispose()


def connect(config: Path) -> RaClient:
    """The client of the RA host whose `lockgate.toml` is `config`; a context manager.

    Raises:
        ConfigurationError: the configuration is wrong.
        KeystoreError: the keystore cannot be opened.
    """
    return RaContainer(zone=load_ra(config)).client()


def connect_as(config: Path, count: int, *, insist_signed: bool, insist_encrypted: bool) -> Sequence[RaClient]:
    """`count` clients of that host, for a thread each; closing one closes what they share.

    Args:
        insist_signed, insist_encrypted: instead of what the configuration says.

    Raises:
        ConfigurationError, KeystoreError: as `connect`.
    """
    zone = load_ra(config)
    insisted = {"insist_signed": insist_signed, "insist_encrypted": insist_encrypted}
    container = RaContainer(zone=zone.model_copy(update={"ra": zone.ra.model_copy(update=insisted)}))
    return [container.client() for _ in range(count)]
