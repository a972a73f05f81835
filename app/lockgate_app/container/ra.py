"""An RA host's client. `connect` gives it to a program:

with connect(Path("ra/lockgate.toml")) as ra:
    pending = ra.send([PKCS10Request(request_id=1, username="alice", ...)])
"""

from collections.abc import Sequence
from pathlib import Path

from dependency_injector import containers, providers

from lockgate.ports import Keystore
from lockgate.queue.polling import PollingBounds
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.requests.content import Recipient
from lockgate_app.container.databases import database_engine
from lockgate_app.container.keystores import previous_ra_keystores, ra_keystore
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

CLIENT_FLOOR = 0.2
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
    engine = providers.Singleton(database_engine, zone.provided.data_source, zone.provided.ra.data_source)
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
    expiry = providers.Factory(ra_notice, policy.provided.certificate, policy.provided.worker_certificates, clock)
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
        remind=expiry.provided.remind,
        close=engine.provided.dispose,
    )
    client = providers.Factory(RaClient, parts, policy, request_types)


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
