"""What the benchmarks measure on: a CA with its worker and an RA, on private databases."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.queue.message import NewMessage
from lockgate.queue.polling import Polling, PollingBounds
from lockgate.ra.client import ClientParts, ClientPolicy, RaClient
from lockgate.requests.content import Recipient
from lockgate.requests.submessages import PKCS10Request
from lockgate.rights.authorization import Action, Member, Role, action_right, ca_right, profile_right
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.facilities import Facilities
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.sent import JsonSentRecords
from lockgate_formats.submessages.contents import JsonContents
from lockgate_keys.pkcs12 import SoftKeystore
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_testing.doubles.message_store import MemoryMessageStore
from lockgate_testing.doubles.outbox import MemoryOutbox
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.databases.servers import MariadbServer, PostgresqlServer

CA_NAME = "ManagementCA"
SECRET = b"a secret for this benchmark only"
RECIPIENT = Recipient("bench", "RAMessage1DS")
CaKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Case:
    """What is sent, and by which keys.

    Attributes:
        bits: of the RSA keys of worker, RA and end entities.
        ca: the CA's kind of key.
        parts: submessages a message.
        line_goal, wall_goal, cpu_goal: least ratios to the floor (docs/performance.md).
    """

    name: str
    bits: int
    ca: str
    parts: int
    line_goal: float
    wall_goal: float = 0.60
    cpu_goal: float = 0.70


CASES = (
    Case("RSA-2048", 2048, "RSA-2048", 1, 0.75),
    Case("RSA-2048, P-256 CA", 2048, "P-256", 1, 0.70),
    Case("RSA-3072", 3072, "RSA-3072", 1, 0.85),
    Case("RSA-2048, 10 submessages", 2048, "RSA-2048", 10, 0.75),
)


def generate(kind: str) -> CaKey:
    """A key such as `RSA-2048` or `P-256`."""
    if kind.startswith("RSA-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
    return ec.generate_private_key(ec.SECP256R1())


class Site:
    """A CA with its worker and an RA, on a CA database of their own."""

    def __init__(self, case: Case, ca_url: str) -> None:
        self.case = case
        self.engine = open_engine(DatabaseSettings(url=ca_url))
        self.administration = Administration(self.engine, Facilities.under(SECRET))
        self.administration.initialise()
        self.ca_key = generate(case.ca)
        self.ca_certificate = _self_signed(self.ca_key)
        self.administration.import_ca(CA_NAME, self.ca_key, self.ca_certificate.public_bytes(Encoding.DER))
        self.worker, self.ra = self._keystore("worker", "WORKER"), self._keystore("ra", "RA")
        rights = {"/administrator", ca_right(CA_NAME), profile_right("EMPTY")}
        rights |= {action_right(Action.CREATE), action_right(Action.EDIT)}
        member = Member(fingerprint=hashlib.sha256(self.ra.certificate).hexdigest())
        self.administration.put_role(Role("RA", frozenset(rights), frozenset({member})))
        self.pkcs10 = new_pkcs10(case.bits)

    def _keystore(self, name: str, profile: str) -> SoftKeystore:
        key = rsa.generate_private_key(65537, self.case.bits)
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        issued = self.administration.issue_keystore_certificate(
            name, f"CN={name}", public, ca_name=CA_NAME, certificate_profile=profile
        )
        return SoftKeystore(key, issued.certificate)

    def messages(self) -> Iterator[NewMessage]:
        """New messages, each with its own end entities; the PKCS#10 is the same in all."""
        store = MemoryMessageStore()
        parts = ClientParts(
            store=store,
            envelopes=CmsEnvelopes(self.ra),
            contents=JsonContents(),
            records=JsonSentRecords(),
            outbox=MemoryOutbox(),
            clock=HostClock(),
            random=HostRandom(),
            wake_up=Polling(PollingBounds(1, 1), HostClock().sleep, HostClock().monotonic),
        )
        policy = ClientPolicy(recipient=RECIPIENT, worker_certificates=(self.worker.certificate,), certificate=None)
        client = RaClient(parts, policy)
        while True:
            yield client.send([self._request(number) for number in range(self.case.parts)]).message

    def _request(self, number: int) -> PKCS10Request:
        username = f"user-{os.urandom(8).hex()}"
        return PKCS10Request(
            request_id=number,
            username=username,
            subject_dn=f"CN={username},O=Example,C=SE",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            ca_name=CA_NAME,
            pkcs10=self.pkcs10,
        )


def _self_signed(key: CaKey) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, CA_NAME)]), datetime.now(UTC)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def new_pkcs10(bits: int) -> bytes:
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "user")])
    return (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    )


@contextmanager
def urls(database: str) -> Iterator[Callable[[], str]]:
    """Makes URLs of new databases of that kind, with their commits on the disk."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
            yield lambda: f"sqlite:///{directory}/{len(list(Path(directory).iterdir()))}.db"
        return
    server = {"postgresql": PostgresqlServer, "mariadb": MariadbServer}[database](durable=True)
    try:
        yield server.fresh_url
    finally:
        server.stop()
