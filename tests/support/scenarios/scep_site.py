"""SCEP servers on a scenario's world, the devices that ask them, and what they were answered."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from structlog.testing import capture_logs

from lockgate.enrolment.clients import Side
from lockgate.enrolment.transactions import named
from lockgate.errors import LockgateError
from lockgate.ports import Bounds, NewTransaction, Opening, StoredTransaction
from lockgate.queue.message import NewMessage
from lockgate_app.container.scep import ScepContainer
from lockgate_app.settings import RaZone, load_ra
from lockgate_formats.sealed_transactions import AesTransactionSealer
from lockgate_persistence.enrolments import SqlEnrolmentTransactions
from lockgate_persistence.messages import SqlMessageStore
from lockgate_transport.scep.server import ScepServer
from lockgate_transport.scep.vocabulary import SCEP
from tests.support.pki.identities import Identity, ec_key, rsa_key
from tests.support.scenarios.configuration import Configuration
from tests.support.scenarios.failures import Death
from tests.support.scenarios.hosts import SCEP_KEY, SCEP_SECRET
from tests.support.scenarios.world import MAX_MESSAGE, World, stored_identity
from tests.support.wire.scep_answers import CertRep
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_values import Key

CHALLENGE = "open sesame"
FIRST = "first"
KEYS: dict[str, Callable[[], Key]] = {
    "router": lambda: rsa_key(81),
    "gateway": lambda: rsa_key(82),
    "intruder": lambda: rsa_key(83),
    "switch": lambda: rsa_key(84),
    "a new key": lambda: rsa_key(86),
    "an RSA": lambda: rsa_key(81),
    "an EC": lambda: ec_key(85),
    "a P-384": lambda: ec_key(87, ec.SECP384R1),
    "an Ed25519": lambda: ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)),
}


def unsealed(transaction_id: str, sealed: bytes) -> bytes:
    """Every octet of what the servers have sealed."""
    return AesTransactionSealer(SCEP.name, SCEP_SECRET)._cipher(transaction_id).decrypt(sealed[:12], sealed[12:], None)


@dataclass
class Site:
    """The servers of one RA, and the devices.

    Attributes:
        answers: to every message, in order; None where the server could not answer.
        clients: the addresses of those who sent them.
        logged: every line that the servers logged.
        known: how many rows the message database held before.
        key, wrapped: a content-encryption key, and the same encrypted to the server.
        interferences: how often other servers take a transaction's id and give it up again, just before it is opened;
            None where they leave it alone, else what has expired is removed, too.
    """

    world: World
    interferences: int | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    answers: list[CertRep | None] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    received: list[list[bytes]] = field(default_factory=list)
    crls: list[list[bytes]] = field(default_factory=list)
    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    asked: list[Device] = field(default_factory=list)
    logged: list[Any] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    key: bytes = b""
    wrapped: bytes = b""
    errors: list[LockgateError | None] = field(default_factory=list)
    _hosts: dict[str, Configuration[RaZone]] = field(default_factory=dict)
    _running: dict[str, Mapping[str, ScepServer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hosts[FIRST] = self.world.ra_host
        self.configure(createOrEditUser=True, authPwd=CHALLENGE)
        self.world.ra_host.put("scep.aliases.vpn", {})

    def configure(self, **settings: object) -> None:
        """Let the configuration of the server say that, and start it again."""
        self.world.ra_host.put("scep", settings)
        self.restart()

    @property
    def identity(self) -> Identity:
        """The key that messages are encrypted to."""
        return stored_identity(self.world.ra_host.path.with_name("scep.p12"), SCEP_KEY)

    @property
    def issuer(self) -> bytes:
        return self.world.ca_side.authority.certificate.subject.public_bytes()

    def add_host(self, name: str) -> None:
        """Another RA host with the same settings and keys."""
        directory = self.world.ra_host.path.parent
        copy = Path(shutil.copytree(directory, directory.with_name(name)))
        self._hosts[name] = Configuration(copy / self.world.ra_host.path.name, load_ra)

    def container(self, host: str = FIRST) -> ScepContainer:
        """What the server on that host is made of when it is started."""
        container = ScepContainer(zone=self._hosts[host].zone)
        container.ra.engine.override(self.world.engine)
        container.ra.clock.override(self.world.patience)
        container.transactions.override(_Busy(self))
        return container

    def place(self, name: str) -> str:
        """Under which the first transaction of the device with that name stands."""
        return named(self.device(name).transaction_id, Side.STRANGERS)

    def restart(self) -> None:
        """End every server; each is started again for the next message."""
        self._running.clear()

    def server(self, alias: str = "", host: str = FIRST) -> ScepServer:
        """The server on that host, started where it does not run."""
        if host not in self._running:
            self._running[host] = self.container(host).servers()
        return self._running[host][alias]

    def die_before_putting(self, ask: Callable[[], None]) -> None:
        """Let the server's process be gone when it comes to put a message."""
        container = self.container()
        container.ra.store.override(_Deadly(self.world.engine, MAX_MESSAGE))
        self._running[FIRST] = container.servers()
        try:
            ask()
        finally:
            self.restart()

    def device(self, name: str, **changes: Any) -> Device:
        """The device with that name; the same one every time, unless it changes."""
        if name not in self.devices:
            key = KEYS.get(name, KEYS["switch"])()
            self.devices[name] = Device(key, self.identity.certificate, self.issuer, name, CHALLENGE)
        if changes:
            self.devices[name] = replace(self.devices[name], **changes)
        return self.devices[name]

    def send(
        self, device: Device, message: bytes, client: str = "192.0.2.1", alias: str = "", host: str = FIRST
    ) -> None:
        """Let the server answer a message of `device`."""
        self.asked.append(device)
        self.clients.append(client)
        self.received.append([])
        self.crls.append([])
        with self._heard():
            try:
                answer = self.server(alias, host).answer(message, client).octets
            except LockgateError as error:
                self.errors.append(error)
                self.answers.append(None)
                return
        self.errors.append(None)
        read = device.read(answer)
        self.answers.append(read)
        if read.status == "0":
            password = None if isinstance(device.key, type(rsa_key(13))) else device.challenge
            self.received[-1], self.crls[-1] = device.opened(read, password)

    @contextmanager
    def _heard(self) -> Any:
        with capture_logs() as lines:
            yield
        self.logged += lines

    @property
    def answer(self) -> CertRep:
        """The last answer."""
        answer = self.answers[-1]
        assert answer is not None, "the server could not answer"
        return answer


class _Deadly(SqlMessageStore):
    """A message database that the process does not live to put anything into."""

    def put(self, message: NewMessage, *, replaces: bytes | None = None) -> None:
        raise Death


class _Busy(SqlEnrolmentTransactions):
    """Transactions that other servers work on, too."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.world.engine, SCEP)
        self._site = site

    def open(self, new: NewTransaction, bounds: Bounds, over: StoredTransaction | None = None) -> Opening:
        if self._site.interferences is not None:
            self.purge(new.opened)
            self._site.interferences -= 1
        if self._site.interferences is None or self._site.interferences < 0:
            return super().open(new, bounds, over)
        return Opening.TAKEN
