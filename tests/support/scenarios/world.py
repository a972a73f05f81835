"""One CA, one RA and the message database between them, all real: what the scenarios act on."""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import Engine, text

from lockgate.certification.endentity import EndEntity
from lockgate.line.worker import ServiceWorker
from lockgate.ports import Fence, Registry
from lockgate.queue.message import NewMessage
from lockgate.ra.client import RaClient
from lockgate.reasons import Rejected
from lockgate.requests.content import Place, Recipient, RequestContent
from lockgate.requests.submessages import PKCS10Request, Request
from lockgate.rights.authorization import Member, Role
from lockgate_app.container.ra import RaContainer
from lockgate_app.container.worker import WorkerContainer
from lockgate_app.settings import DatabaseTable, load_ra
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.submessages.contents import JsonContents
from lockgate_keys.pkcs12 import SoftKeystore, write_pkcs12
from lockgate_transport.host.clock import HostRandom
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.pki.identities import Identity, rsa_key
from tests.support.scenarios.ca_side import CaSide
from tests.support.scenarios.client_clock import Patience
from tests.support.scenarios.configuration import Configuration
from tests.support.scenarios.drafts import Draft
from tests.support.scenarios.found_answers import AnswerReader, Seen
from tests.support.scenarios.turns import run_site

CA = "ManagementCA"
RECIPIENT = Recipient("ca.example", "RAMessage1DS")
RA_RIGHTS = "/administrator, /ca/ManagementCA, /endentityprofile/EMPTY, /action/create"
WORKER, SECOND_WORKER = WORKERS = ("worker1", "worker2")
RA_KEY, WORKER_KEY = 11, 12
KEYSTORE_PASSWORD = "the password of a keystore"
MAX_MESSAGE = 64 * 1024
LEASE = timedelta(minutes=1)


def stored_identity(keystore: Path | None, key: int) -> Identity:
    """A key that the tests know, with the certificate in that keystore."""
    assert keystore is not None
    certificate = SoftKeystore.load(keystore, KEYSTORE_PASSWORD).certificate
    return Identity(x509.load_der_x509_certificate(certificate), rsa_key(key))


class World:
    """Everything a scenario needs; each scenario has its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca_side = CaSide(directory)
        self.ra_host = Configuration(directory / "ra" / "lockgate.toml", load_ra)
        self.patience = Patience()
        self.monotonic: Callable[[], float] = time.monotonic
        self.replaced: dict[str, object] = {}
        self.contents = JsonContents()
        self.sent: list[str] = []
        self.asked: dict[str, Sequence[Request]] = {}
        self.issuer_turns = 0
        self._ca: Registry | None = None
        self._engines: dict[str, Engine] = {}
        self._ra = stored_identity(self.ra_host.zone.ra.keystore_path, RA_KEY)
        self.store = self.ra_container().store()
        self.grant(RA_RIGHTS)

    def close(self) -> None:
        """Let the databases go."""
        for engine in (self.ca_side.engine, *self._engines.values()):
            engine.dispose()

    @property
    def engine(self) -> Engine:
        """The message database's."""
        return self._engine(self.ra_host.zone.data_source)

    def _engine(self, table: DatabaseTable) -> Engine:
        if table.url not in self._engines:
            self._engines[table.url] = self.ca_side.hours.engine(table)
        return self._engines[table.url]

    # ---- the CA's side

    def configure(self, **settings: object) -> None:
        """Let the configuration say that of both workers."""
        for name in WORKERS:
            self.ca_side.configuration.put(f"workers.{name}", settings)

    def require(self, *, sign: bool, encrypt: bool, whitelist: str = "", keystore: bool = True) -> None:
        """How the workers are set up, and the RA with them."""
        required = {"signature.required": sign, "encryption.required": encrypt, "whitelist": whitelist}
        self.configure(**required, **{"keystore.pwd": {"file": "worker.password"} if keystore else None})
        known = {"worker_certificates": ["worker.pem"] if keystore else []}
        self.ra_host.put("ra", known | {"insist_signed": keystore, "insist_encrypted": encrypt})

    def worker_container(self, name: str = WORKER) -> WorkerContainer:
        """What a worker is made of, as it is after every start of the worker; its CA is the ca_side's."""
        container = WorkerContainer(zone=self.ca_side.configuration.zone, name=name)
        container.ca.engine.override(self.ca_side.engine)
        container.ca.registry.override(self.ca)
        container.ca.issuer.override(self.ca_side.issuer)
        container.engine.override(self._engine(container.source()))
        container.monotonic.override(self.monotonic)
        for part, instead in self.replaced.items():
            attrgetter(part)(container).override(instead)
        return container

    def worker(self, name: str = WORKER, ca: Registry | None = None) -> ServiceWorker:
        """A worker, as it is after every start."""
        container = self.worker_container(name)
        if ca is not None:
            container.ca.registry.override(ca)
        return container.worker()

    @property
    def ca(self) -> Registry:
        """The CA that the workers work with."""
        return self._ca or self.ca_side.ca

    @ca.setter
    def ca(self, ca: Registry) -> None:
        self._ca = ca

    @property
    def worker_identity(self) -> Identity:
        """The key of both workers."""
        return stored_identity(self.ca_side.configuration.zone.workers[WORKER].keystore_path, WORKER_KEY)

    def fence(self, name: str = WORKER, holder: str = "this host") -> Fence:
        """The worker's lease."""
        fence = self.ca_side.coordinator.acquire(name, holder, LEASE)
        assert fence is not None
        return fence

    def run_worker(self, name: str = WORKER) -> None:
        """Rounds until nothing is due: the worker's, and those of the issuer that the features run over."""
        self._run_worker(name)
        while run_site(self):
            self.issuer_turns += 1
            self._run_worker(name)

    def _run_worker(self, name: str) -> None:
        worker, fence = self.worker(name), self.fence(name)
        while worker.round(fence).claimed:
            pass

    def grant(self, *rule_sets: str) -> None:
        """Give the RA exactly one role for each comma-separated set of rules."""
        self.ca_side.drop_roles()
        fingerprint = hashlib.sha256(self.ra.der).hexdigest()
        for number, rules in enumerate(rule_sets):
            listed = frozenset(rule.strip() for rule in rules.split(",") if rule.strip() not in ("", "nothing"))
            self.ca_side.add_role(Role(f"role {number}", listed, frozenset({Member(fingerprint)})))

    # ---- the RA's side

    @property
    def ra(self) -> Identity:
        """The RA's key."""
        return self._ra

    @ra.setter
    def ra(self, ra: Identity) -> None:
        self._ra = ra
        name = f"{hashlib.sha256(ra.der).hexdigest()}.p12"
        write_pkcs12(self.ra_host.path.with_name(name), ra.key, ra.der, (), KEYSTORE_PASSWORD, "")
        self.ra_host.put("ra", {"keystore_path": name})

    def ra_container(self) -> RaContainer:
        """What a client is made of, as it is after every start of its host."""
        container = RaContainer(zone=self.ra_host.zone)
        container.engine.override(self.engine)
        container.clock.override(self.patience)
        return container

    def client(self, **settings: object) -> RaClient:
        """A client, as it is after every start of its host, once the configuration says that."""
        if settings:
            self.ra_host.put("ra", settings)
        return self.ra_container().client()

    def request(self, username: str, **fields: Any) -> PKCS10Request:
        """A request that has nothing wrong with it."""
        values: dict[str, Any] = {
            "request_id": 7,
            "username": username,
            "subject_dn": f"CN={username},O=Example,C=SE",
            "end_entity_profile": "EMPTY",
            "certificate_profile": "ENDUSER",
            "ca_name": CA,
            "pkcs10": pkcs10(rsa_key(21)),
        }
        return PKCS10Request(**(values | fields))

    def send(self, *requests: Request, protection: str = "signed and encrypted") -> str:
        """Send one message as a client does; its id."""
        with self.client() as client:
            pending = client.send(
                requests,
                message_id=f"message-{len(self.sent) + 1}",
                sign="signed" in protection,
                encrypt="encrypted" in protection,
            )
        self.sent.append(pending.message_id)
        self.asked[pending.message_id] = requests
        return pending.message_id

    def draft(self, username: str = "alice", *, sign: bool = True, encrypt: bool = True) -> Draft:
        """A request that has nothing wrong with it yet."""
        row = f"message-{len(self.sent) + 1}"
        now = datetime.now(UTC)
        content = RequestContent(
            request=self.request(username),
            place=Place(row, 1, 1),
            recipient=RECIPIENT,
            created=now,
            expires=now + timedelta(days=1),
            nonce=HostRandom().octets(16).hex(),
            answer_certificate=None if sign else self.ra.der,
        )
        return Draft(content, row, self.ra if sign else None, self.worker_identity.certificate if encrypt else None)

    def put(self, content: bytes, message_id: str | None = None) -> str:
        """Write octets into a new row, as the database's owner can."""
        message_id = message_id or f"message-{len(self.sent) + 1}"
        self.store.put(NewMessage(message_id, content))
        self.sent.append(message_id)
        return message_id

    def put_draft(self, draft: Draft) -> str:
        """Put the draft as the only submessage of its row."""
        self.asked[draft.row] = (draft.content.request,)
        return self.put(CmsEnvelopes(None).join([draft.sealed()]), draft.row)

    # ---- what there is to see

    def row(self, message_id: str | None = None) -> Any:
        """The whole row of a message, by default of the last one sent."""
        with self.engine.connect() as connection:
            query = text("select * from message where messageid = :id")
            return connection.execute(query, {"id": message_id or self.sent[-1]}).one()

    def rewrite(self, message_id: str, **columns: Any) -> None:
        """Change a row, as the database's owner can."""
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        with self.engine.begin() as connection:
            connection.execute(
                text(f"update message set {assignments} where messageid = :id"), columns | {"id": message_id}
            )

    def requeue(self, message_id: str, content: bytes) -> None:
        """Let `content` wait in the row, as the database's owner can."""
        self.rewrite(message_id, message=content, status=1, duetime=0, attempts=0)

    def seen(self, message_id: str | None = None) -> list[Seen]:
        """The answers in a row, opened with the RA's key, the worker's signature checked."""
        message_id = message_id or self.sent[-1]
        split = CmsEnvelopes(None).split(self.row(message_id).message)
        assert not isinstance(split, Rejected)
        reader = AnswerReader(self.ca_side, self.ra.keystore, self.worker_identity.der)
        requests = self.asked.get(message_id, ())
        return [reader.read(octets, request) for octets, request in zip_longest(split, requests[: len(split)])]

    def end_entity(self, username: str) -> EndEntity | None:
        """The stored end entity."""
        with self.ca.transaction(self.fence("observer")) as work:
            return work.end_entities.get(username)

    def issued(self) -> Sequence[str]:
        """The usernames behind every end user's certificate."""
        return self.ca_side.issued_to()

    def own_key(self) -> bytes:
        """The public key in every good request."""
        return spki(rsa_key(21))


def only(world: World) -> Seen:
    """The only answer in the last row."""
    (seen,) = world.seen()
    return seen
