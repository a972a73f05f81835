"""An RA host's client. `lockgate_ra` is what programs import."""

from collections.abc import Sequence
from pathlib import Path

from dependency_injector import containers, providers

from lockgate.errors import ConfigurationError
from lockgate.ports import NO_TRACING, Keystore, MessageStore, Outbox, WakeUp
from lockgate.queue.polling import Polling, PollingBounds
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.requests.content import Recipient
from lockgate_app.container.keystores import previous_ra_keystores, ra_keystore
from lockgate_app.container.message_database import message_engine
from lockgate_app.container.tracing import tracer
from lockgate_app.keys import read_certificate
from lockgate_app.request_types import installed_request_types
from lockgate_app.settings import RaZone, load_ra
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.submessages.contents import JsonContents
from lockgate_keys.expiry import ra_notice
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.wakeups import Channel, wake_up
from lockgate_transport.host.clock import HostClock, HostRandom
from lockgate_transport.host.outbox import FileOutbox

CLIENT_FLOOR = 0.1
"""Seconds between two looks for an answer."""


def client_policy(zone: RaZone, keystore: Keystore | None) -> ClientPolicy:
    """Whom the RA talks to, and what it accepts."""
    return ClientPolicy(
        recipient=Recipient(zone.instance, zone.ra.data_source),
        worker_certificates=tuple(map(read_certificate, zone.ra.worker_certificates)),
        certificate=keystore.certificate if keystore else None,
        insist_signed=zone.ra.insist_signed,
        insist_encrypted=zone.ra.insist_encrypted,
    )


def client_bounds(policy: ClientPolicy) -> PollingBounds:
    """How often an RA client looks for an answer where the database cannot wake it."""
    return PollingBounds(CLIENT_FLOOR, policy.poll_interval.total_seconds())


class RaContainer(containers.DeclarativeContainer):
    """An RA client."""

    zone = providers.Dependency(instance_of=RaZone)
    engine = providers.Singleton(message_engine, zone.provided.data_source, zone.provided.ra.data_source)
    store = providers.Singleton(SqlMessageStore, engine, zone.provided.data_source.max_message_size)
    keystore = providers.Singleton(ra_keystore, zone)
    previous_keystores = providers.Singleton(previous_ra_keystores, zone)
    envelopes = providers.Singleton(CmsEnvelopes, keystore, previous=previous_keystores)
    request_types = providers.Singleton(installed_request_types)
    contents = providers.Singleton(JsonContents, request_types)
    records = providers.Singleton(JsonSentRecords)
    outbox = providers.Singleton(FileOutbox, zone.provided.ra.outbox)
    clock = providers.Singleton(HostClock)
    random = providers.Singleton(HostRandom)
    policy = providers.Singleton(client_policy, zone, keystore)
    bounds = providers.Callable(client_bounds, policy)
    wake_up = providers.Factory(
        wake_up, engine, Channel.ANSWER, bounds, sleep=clock.provided.sleep, monotonic=clock.provided.monotonic
    )
    tracer = providers.Singleton(tracer, zone)
    expiry = providers.Factory(ra_notice, policy.provided.certificate, policy.provided.worker_certificates, clock)
    close = providers.Callable(lambda engine: engine.dispose, engine)
    parts = providers.Factory(
        ClientParts,
        store=store,
        envelopes=envelopes,
        contents=contents,
        records=records,
        outbox=outbox,
        clock=clock,
        random=random,
        wake_up=wake_up,
        tracer=tracer,
        remind=expiry.provided.remind,
        close=close,
    )
    client = providers.Factory(RaClient, parts, policy, request_types)


def connect(
    config: Path,
    *,
    store: MessageStore | None = None,
    wake_up: WakeUp | None = None,
    outbox: Outbox | None = None,
    keystore: Keystore | None = None,
) -> RaClient:
    """The client of the RA host whose `lockgate.toml` is `config`; a context manager.

    Args:
        store, wake_up, outbox, keystore: take the place of those that the configuration names.

    Raises:
        ConfigurationError: the configuration is wrong.
        KeystoreError: the keystore cannot be opened.
    """
    container = RaContainer(zone=load_ra(config))
    _replace(container, store, wake_up, outbox, keystore)
    return container.client()


def assembled(
    policy: ClientPolicy,
    *,
    store: MessageStore | None,
    wake_up: WakeUp | None,
    outbox: Outbox | None,
    keystore: Keystore | None,
) -> RaClient:
    """A client of these parts, without a configuration; a context manager.

    Raises:
        ConfigurationError: there is no store or no outbox.
    """
    if store is None or outbox is None:
        raise ConfigurationError("a client without a configuration needs a store and an outbox of its own")
    container = RaContainer()
    own = {"policy": policy, "keystore": keystore, "tracer": NO_TRACING}
    container.override_providers(**{name: providers.Object(part) for name, part in own.items()})
    _replace(container, store, wake_up, outbox, keystore)
    return container.client()


def _replace(
    container: RaContainer,
    store: MessageStore | None,
    wake_up: WakeUp | None,
    outbox: Outbox | None,
    keystore: Keystore | None,
) -> None:
    """Put the parts that are given in the place of the container's own."""
    if store is not None:
        polling = providers.Factory(
            Polling, container.bounds, container.clock.provided.sleep, container.clock.provided.monotonic
        )
        container.override_providers(store=providers.Object(store), wake_up=polling, close=providers.Object(_nothing))
    own = {"wake_up": wake_up, "outbox": outbox, "keystore": keystore}
    container.override_providers(**{name: providers.Object(part) for name, part in own.items() if part is not None})
    if keystore is not None:
        container.override_providers(previous_keystores=providers.Object(()))


def _nothing() -> None:
    """What is to be closed with a store that the caller has opened."""


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
