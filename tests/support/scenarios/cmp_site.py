"""A CA with a CMP service, the RA that delivers messages to it, and the clients that send them."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lockgate.requests.submessages import CMPRequest, CMPResponse, Response
from lockgate_app.one_time_passwords import ONE_TIME_LIFETIME, new_one_time_password
from lockgate_formats.cmp.polls import write_poll_requests
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.identities import Identity, ec_key, rsa_key
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.world import CA, KEYSTORE_PASSWORD, WORKER, World, stored_identity
from tests.support.wire.cmp_answers import CmpAnswer, read_answer
from tests.support.wire.cmp_messages import IMPLICIT_CONFIRM, CmpClient, CmpMessage, Secret, Signature

SECRET = "a shared secret of the factory"
REFERENCE = "factory"
OTHER_SECRET, OTHER_REFERENCE = "the shared secret of the workshop", "workshop"
FIRST_NONCE = "first-nonce"
CMP_KEY, DESK_KEY, SECOND_DESK_KEY = 19, 91, 92
DESKS = ("desk", "second desk")
ISSUING = {"defaultCA": CA, "certificateProfile": "ENDUSER", "entityProfile": "EMPTY"}
BY_SECRET = ISSUING | {"mode": "ra", "secrets": {REFERENCE: SECRET}}
ALIASES: Mapping[str, Mapping[str, object]] = {
    "ra": BY_SECRET,
    "client": ISSUING | {"mode": "client"},
    "desk": ISSUING | {"mode": "ra"},
    "signed": BY_SECRET | {"response_protection": "signature"},
    FIRST_NONCE: BY_SECRET | {"final_nonce": "first"},
    "remote": BY_SECRET | {"defaultCA": "RemoteCA"},
    "explicit": BY_SECRET | {"implicit_confirm": False},
    "two": BY_SECRET | {"secrets": {REFERENCE: SECRET, OTHER_REFERENCE: OTHER_SECRET}},
}
"""The settings of each alias, as an operator writes them; `desk` and `two` also name certificates of RAs."""
CONFIRM_WITHIN = timedelta(minutes=15, seconds=1)
"""After that, a certificate is revoked that nobody has confirmed, by default."""
DELIVERING = ", ".join(["/administrator", "/action/deliver", *(f"/cmp/{alias}" for alias in ALIASES)])
"""The rights of an RA that delivers messages, and does nothing else."""


def install_cmp(directory: Path) -> None:
    """Add the service to the CA's host in `directory`, and certificates with which RAs sign CMP messages."""
    ca_side = CaSide(directory)
    ca = directory / "ca"
    own = ca_side.certify("CN=cmp", rsa_key(CMP_KEY), "WORKER")
    write_pkcs12(ca / "cmp.p12", rsa_key(CMP_KEY), own.der, (), KEYSTORE_PASSWORD, "cmp")
    (ca / "cmp.password").write_text(KEYSTORE_PASSWORD)
    desks = [ca_side.certify(f"CN={name}", rsa_key(DESK_KEY + number)) for number, name in enumerate(DESKS)]
    for name, desk in zip(DESKS, desks, strict=True):
        (ca / f"{name}.der").write_bytes(desk.der)
    ca_side.configuration.put("cmp", {"keyStorePath": "cmp.p12", "keyStorePassword": {"file": "cmp.password"}})
    for name, settings in ALIASES.items():
        ca_side.configuration.put(f"cmp.alias.{name}", settings)
    fingerprints = [hashlib.sha256(desk.der).hexdigest() for desk in desks]
    for name in ("desk", "two"):
        ca_side.configuration.put(f"cmp.alias.{name}", {"ra_certificates": fingerprints})
    ca_side.engine.dispose()


@dataclass
class CmpSite:
    """The service, as those see it who send messages.

    Attributes:
        clients: by name.
        asked, answers: every message and its answer, in their order; None for octets that are no message, and where it
            was not delivered.
        sent, heard: the last message of each client, and the last answer to it.
        speaker: the client that has sent the last message.
        denials: what the CA has told the RA that delivers, where it has not delivered.
        certificates: what clients have got, by name, the newest; `former`: the ones before these.
        passwords: one-time passwords, by end entity.
        inner: the messages in the last nested one.
    """

    world: World
    clients: dict[str, CmpClient] = field(default_factory=dict)
    asked: list[CmpMessage | None] = field(default_factory=list)
    answers: list[CmpAnswer | None] = field(default_factory=list)
    sent: dict[str, CmpMessage] = field(default_factory=dict)
    heard: dict[str, CmpAnswer] = field(default_factory=dict)
    speaker: str = ""
    denials: list[Response] = field(default_factory=list)
    certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    former: dict[str, x509.Certificate] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    inner: list[CmpMessage] = field(default_factory=list)
    passed: timedelta = timedelta()
    _polled: set[bytes] = field(default_factory=set)

    # ---- the CA

    def configure(self, alias: str, **settings: object) -> None:
        """Let the configuration say that of an alias; the next worker reads it."""
        self.world.ca_side.configuration.put(f"cmp.alias.{alias}", settings)

    @property
    def service(self) -> x509.Certificate:
        """Of the key with which the service signs answers."""
        return stored_identity(self.world.ca_side.configuration.path.with_name("cmp.p12"), CMP_KEY).certificate

    def desk(self, name: str = "desk") -> Identity:
        """A certificate with which an RA signs CMP messages."""
        der = self.world.ca_side.configuration.path.with_name(f"{name}.der").read_bytes()
        return Identity(x509.load_der_x509_certificate(der), rsa_key(DESK_KEY + DESKS.index(name)))

    def expect(self, name: str) -> None:
        """Let an end entity wait for its certificate, with a one-time password; a new one, if it waits already."""
        if name not in self.passwords:
            self.world.ca_side.store_end_entity(name)
        self.passwords[name] = new_one_time_password()
        self.world.ca_side.administration.edit_end_entity(
            name, lambda end_entity: end_entity, self.passwords[name], ONE_TIME_LIFETIME
        )

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass for the CA, the RA and the clients."""
        self.world.ca_side.hours.pass_by(duration)
        self.world.patience.sleep(duration.total_seconds())
        self.passed += duration

    def tidy_up(self, name: str = WORKER) -> None:
        """A round of a worker's housekeeping."""
        self.world.worker_container(name).housekeeping().round(self.world.fence(name))

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.passed

    # ---- clients

    def client(self, name: str, /, **fields: Any) -> CmpClient:
        """The client of that name; the same one every time, unless it is changed."""
        if name not in self.clients:
            self.clients[name] = CmpClient(key_of(name), shared(), "ra", name)
        if fields:
            self.clients[name] = self.clients[name].with_(**fields)
        return self.clients[name]

    def one_time(self, name: str) -> Secret:
        """The protection by the end entity's one-time password."""
        return Secret(name.encode(), self.passwords[name].encode())

    def holder(self, name: str) -> Signature:
        """The protection by the client's own certificate."""
        return Signature(self.certificates[name], key_of(name))

    # ---- messages

    def send(self, name: str, message: CmpMessage, alias: str = "", worker: str = WORKER) -> CmpAnswer | None:
        """Deliver a message of a client, by default to its own alias, let a worker run, and read the answer."""
        self.speaker, self.sent[name] = name, message
        return self._exchange(message.octets, message, alias or self.client(name).alias, worker)

    def send_octets(self, octets: bytes, alias: str = "ra") -> CmpAnswer | None:
        """The same for octets that are no message."""
        return self._exchange(octets, None, alias, WORKER)

    def _exchange(self, octets: bytes, message: CmpMessage | None, alias: str, worker: str) -> CmpAnswer | None:
        turns = self.world.issuer_turns
        found = self.deliver(octets, alias, worker)
        self.asked.append(message)
        answer = None if found is None else self._read(found, message, alias)
        worked = self.world.issuer_turns > turns or octets in self._polled
        if answer is not None and message is not None and worked and answer.waits:
            self._polled.add(octets)
            answer = self._poll(answer, message, alias, worker)
        self.answers.append(answer)
        if answer is not None:
            self.heard[self.speaker] = answer
            self._keep(answer)
        return answer

    def _poll(self, answer: CmpAnswer, message: CmpMessage, alias: str, worker: str) -> CmpAnswer:
        """A remote issuer has worked meanwhile: what the client is told when it polls."""
        if message.protection is None:  # such a client cannot poll, and sends its message again
            found = self.deliver(message.octets, alias, worker)
            assert found is not None
            return self._read(found, message, alias)
        poll = message.with_(
            body_type=BodyType.POLLREQ,
            body=write_poll_requests(answer.polled),
            transaction_id=answer.header.transaction_id,
            sender_nonce=secrets.token_bytes(16),
            recip_nonce=answer.header.sender_nonce,
            general_info=(),
        )
        found = self.deliver(poll.octets, alias, worker)
        assert found is not None
        return self._read(found, poll, alias)

    def _keep(self, answer: CmpAnswer) -> None:
        name = self.client(self.speaker).name
        for certificate in map(x509.load_der_x509_certificate, answer.certificates):
            if name in self.certificates and self.certificates[name] != certificate:
                self.former[name] = self.certificates[name]
            self.certificates[name] = certificate

    def take(self, name: str, found: bytes | None) -> None:
        """Read what answers octets that others than the client have made of its message."""
        assert found is not None
        self.speaker = name
        self.asked.append(None)
        self.answers.append(self._read(found, None, ""))

    def _read(self, octets: bytes, message: CmpMessage | None, alias: str) -> CmpAnswer:
        return read_answer(octets, message, self.service, any_nonce=alias == FIRST_NONCE)

    def deliver(self, octets: bytes, alias: str, worker: str = WORKER) -> bytes | None:
        """As an RA does: one submessage through the message database. The answer; None where it was not delivered."""
        self.put(octets, alias)
        self.world.run_worker(worker)
        return self.collected()

    def put(self, octets: bytes, alias: str) -> str:
        """Put a message into the message database; its row's id."""
        return self.world.send(CMPRequest(request_id=1, cmp_alias=alias, pki_message=octets))

    def collect(self, name: str, message: CmpMessage, alias: str) -> None:
        """Take the answer to a message that has waited."""
        found = self.collected()
        assert found is not None, self.denials
        self.speaker, self.sent[name] = name, message
        self.asked.append(message)
        answer = self._read(found, message, alias)
        if answer.waits and self.world.issuer_turns:
            answer = self._poll(answer, message, alias, WORKER)
        self.answers.append(answer)
        self._keep(answer)

    def collected(self, message_id: str | None = None) -> bytes | None:
        """The answer in a row, by default in the last one; None where the message was not delivered."""
        (seen,) = self.world.seen(message_id)
        response = seen.content.response
        if isinstance(response, CMPResponse) and response.success:
            assert response.pki_message
            return response.pki_message
        self.denials.append(response)
        return None

    @property
    def answer(self) -> CmpAnswer:
        """The last answer."""
        answer = self.answers[-1]
        assert answer is not None, self.denials
        return answer

    def enrol(self, name: str) -> None:
        """Let the client get a certificate for its key, by a shared secret."""
        client = self.client(name).in_another_transaction().with_(protection=shared(), alias="ra")
        self.send(name, client.request(infos=[IMPLICIT_CONFIRM], time=self.now), client.alias)
        assert name in self.certificates


def shared(reference: str = REFERENCE, secret: str = SECRET) -> Secret:
    """The protection by a secret of an alias."""
    return Secret(reference.encode(), secret.encode())


FACTORY = shared()


def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    """The key of the client of that name."""
    return ec_key(1000 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big"))
