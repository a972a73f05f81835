"""What one signed and encrypted PKCS#10 message costs the CA, beside the bare cryptographic floor of the same run.

Run `python -m bench.pipeline` from the project's root; `--help` lists the options. Two things are measured:

- the line: open, verify, trust, read, proof of possession, certificate, seal; no database;
- the worker: the whole of it, from claim to write-back, on the databases named by `--databases`.

The floor is the primitives alone, on octets of the same lengths: unwrap, decrypt, digest, verify the RA's signature,
its certificate and the PKCS#10, sign the certificate, sign the answer, encrypt, wrap. Floor and work take turns.
"""

import argparse
import gc
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.authorization import Action, Member, Role, action_right, ca_right, profile_right
from lockgate.content import AnswerContent, ContentKind, DigestOf, Recipient, RequestHeader
from lockgate.dn import parse_dn
from lockgate.endentity import CertificationRequest
from lockgate.message import NewMessage
from lockgate.pipeline import Pipeline
from lockgate.ports import Opened, Signed
from lockgate.signer import TrustedCertificate
from lockgate.stages import LinePolicy
from lockgate.submessages import PKCS10Request, PKCS10Response
from lockgate.worker import Pace, ServiceWorker
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.authority import InProcessCa
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.certificates import CertificateContent, Validity, certs_only, new_serial_number
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.extensions import ExtensionTemplate
from lockgate_ca_backend.key_checks import SubjectKey, read_key
from lockgate_ca_backend.names import encode_name
from lockgate_ca_backend.requests import Pkcs10Reader
from lockgate_ca_backend.signing import Signer
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_transport.client import ClientParts, ClientPolicy, RaClient
from lockgate_transport.cms import CmsEnvelopes
from lockgate_transport.contents import JsonContents
from lockgate_transport.host import HostClock, HostRandom
from lockgate_transport.keystores.pkcs12 import SoftKeystore
from lockgate_transport.trust import IssuerTrust
from tests.databases import DATABASES, MariadbServer, PostgresqlServer
from tests.doubles.message_store import MemoryMessageStore
from tests.doubles.outbox import MemoryOutbox

CA_NAME, WORKER_NAME = "ManagementCA", "worker"
SECRET = b"a secret for this benchmark only"
RECIPIENT = Recipient("bench", "RAMessage1DS")
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
TURNS = 25
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
        self.administration = Administration(self.engine, SECRET)
        self.administration.initialise()
        self.ca_key = generate(case.ca)
        self.ca_certificate = _self_signed(self.ca_key)
        self.administration.import_ca(CA_NAME, self.ca_key, self.ca_certificate.public_bytes(Encoding.DER))
        self.worker, self.ra = self._keystore("worker", "WORKER"), self._keystore("ra", "RA")
        rights = {"/administrator", ca_right(CA_NAME), profile_right("EMPTY")}
        rights |= {action_right(Action.CREATE), action_right(Action.EDIT)}
        member = Member(fingerprint=hashlib.sha256(self.ra.certificate).hexdigest())
        self.administration.put_role(Role("RA", frozenset(rights), frozenset({member})))
        self.pkcs10 = _pkcs10(case.bits)

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
            outbox=MemoryOutbox(),
            clock=HostClock(),
            random=HostRandom(),
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


def _pkcs10(bits: int) -> bytes:
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "user")])
    return (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    )


class Line:
    """Cryptography and ASN.1 of the CA's side, without a database."""

    def __init__(self, site: Site) -> None:
        self._envelopes, self._contents = CmsEnvelopes(site.worker), JsonContents()
        self._trust = IssuerTrust([site.ca_certificate.public_bytes(Encoding.DER)])
        self._reader, self._signer = Pkcs10Reader(), Signer(site.ca_key)
        self._ca_certificate = site.ca_certificate.public_bytes(Encoding.DER)
        self._template = ExtensionTemplate(
            CERTIFICATE_PROFILES["ENDUSER"], hashlib.sha256(self._signer.spki()).digest()[:20]
        )
        self._issuer = site.ca_certificate.subject.public_bytes()
        now = datetime.now(UTC).replace(microsecond=0)
        self._validity = Validity(now, now + timedelta(days=1))

    def process(self, message: NewMessage) -> bytes:
        """From the row's octets to those that are written back."""
        parts = self._envelopes.split(message.content)
        assert isinstance(parts, tuple)
        return self._envelopes.join([self._answer(its) for its in parts])

    def _answer(self, submessage: bytes) -> bytes:
        opened = self._envelopes.open(submessage)
        assert isinstance(opened, Opened)
        signed = self._envelopes.verify(opened)
        assert isinstance(signed, Signed)
        signer = self._trust.path(signed.certificate)
        assert isinstance(signer, TrustedCertificate)
        header = self._contents.read_header(signed.content)
        assert isinstance(header, RequestHeader)
        request = self._contents.read_request(header)
        assert isinstance(request, PKCS10Request)
        certificate = self._certify(request)
        response = PKCS10Response(
            request_id=request.request_id,
            success=True,
            certificate=certificate,
            pkcs7=certs_only([certificate, self._ca_certificate]),
        )
        digest = hashlib.sha256(signed.content).hexdigest()
        answer = AnswerContent(response, digest, DigestOf.REQUEST, header.place, header.recipient, datetime.now(UTC))
        content = self._contents.encode_answer(answer)
        return self._envelopes.seal(content, ContentKind.ANSWER, sign=True, encrypt_to=signer.der)

    def _certify(self, request: PKCS10Request) -> bytes:
        read = self._reader.read_pkcs10(request.pkcs10)
        assert isinstance(read, CertificationRequest)
        key = read_key(read.public_key)
        assert isinstance(key, SubjectKey)
        content = CertificateContent(
            serial_number=new_serial_number(os.urandom),
            issuer=self._issuer,
            validity=self._validity,
            subject=encode_name(parse_dn(request.subject_dn)),
            spki=key.spki,
            extensions=self._template.encode(key, (), empty_subject=False),
        )
        return content.signed_by(self._signer)


class Floor:
    """The bare primitives for one submessage, on octets of the lengths that `line` meets."""

    def __init__(self, site: Site) -> None:
        message, envelopes = next(site.messages()), CmsEnvelopes(site.worker)
        parts = envelopes.split(message.content)
        assert isinstance(parts, tuple)
        opened = envelopes.open(parts[0])
        assert isinstance(opened, Opened)
        signed = envelopes.verify(opened)
        assert isinstance(signed, Signed)
        self._worker, self._ra = _rsa(site.worker), _rsa(site.ra)
        self._ca_key, self._key = site.ca_key, AESGCM.generate_key(256)
        self._subject = x509.load_der_x509_csr(site.pkcs10).public_key()
        self._csr = x509.load_der_x509_csr(site.pkcs10)
        self._wrapped = self._worker.public_key().encrypt(self._key, OAEP)
        self._nonce = os.urandom(12)
        self._sealed = AESGCM(self._key).encrypt(self._nonce, opened.octets, None)
        self._content = signed.content
        self._attributes = os.urandom(110)
        self._signature = self._ra.sign(self._attributes, padding.PKCS1v15(), hashes.SHA256())
        certificate = x509.load_der_x509_certificate(site.ra.certificate)
        self._tbs, self._tbs_signature = certificate.tbs_certificate_bytes, certificate.signature
        answer = Line(site).process(message)
        self._answer = os.urandom(len(answer) // site.case.parts - 400)

    def process(self) -> None:
        """One submessage."""
        scheme, digest = padding.PKCS1v15(), hashes.SHA256()
        key = self._worker.decrypt(self._wrapped, OAEP)
        AESGCM(key).decrypt(self._nonce, self._sealed, None)
        hashlib.sha256(self._content).digest()
        self._ra.public_key().verify(self._signature, self._attributes, scheme, digest)
        self._verify_certificate()
        assert isinstance(self._subject, rsa.RSAPublicKey)
        self._subject.verify(self._csr.signature, self._csr.tbs_certrequest_bytes, scheme, digest)
        self._sign_certificate()
        hashlib.sha256(self._content).digest()
        hashlib.sha256(self._answer).digest()
        self._worker.sign(self._attributes, scheme, digest)
        content_key = AESGCM.generate_key(256)
        AESGCM(content_key).encrypt(self._nonce, self._answer, None)
        self._ra.public_key().encrypt(content_key, OAEP)

    def _verify_certificate(self) -> None:
        public = self._ca_key.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(self._tbs_signature, self._tbs, padding.PKCS1v15(), hashes.SHA256())
        else:
            public.verify(self._tbs_signature, self._tbs, ec.ECDSA(hashes.SHA256()))

    def _sign_certificate(self) -> None:
        if isinstance(self._ca_key, rsa.RSAPrivateKey):
            self._ca_key.sign(self._tbs, padding.PKCS1v15(), hashes.SHA256())
        else:
            self._ca_key.sign(self._tbs, ec.ECDSA(hashes.SHA256()))


def _rsa(keystore: SoftKeystore) -> rsa.RSAPrivateKey:
    key = keystore._key
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@dataclass(frozen=True)
class Cost:
    """Seconds."""

    wall: float
    cpu: float


def cost_of(work: Callable[[], object]) -> Cost:
    """What one call costs this process, with the garbage of others collected before."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def compare(work: Callable[[], object], floor: Callable[[], object], turns: int) -> tuple[Cost, Cost]:
    """The least costs of `work` and of `floor`, which take turns: whatever else the machine does only adds to them."""
    costs = [(cost_of(work), cost_of(floor)) for _ in range(turns + 1)][1:]
    least = [Cost(min(its.wall for its in side), min(its.cpu for its in side)) for side in zip(*costs, strict=True)]
    return least[0], least[1]


def report(name: str, messages: int, work: Cost, floor: Cost, ratios: Sequence[tuple[str, float, float]]) -> None:
    """One line; rates are per second of one core's time."""
    told = "  ".join(f"{what} {ratio:5.1%} (goal {goal:.0%})" for what, ratio, goal in ratios)
    print(f"{name:<42} {messages / work.cpu:8,.0f} messages/s  floor {messages / floor.cpu:8,.0f}/s  {told}")


def measure_line(site: Site, messages: int, turns: int) -> None:
    """The line on one core, and its ratio to the floor."""
    line, floor, parts = Line(site), Floor(site), site.case.parts
    batch = list(islice(site.messages(), messages))

    def bare() -> None:
        for _ in range(messages * parts):
            floor.process()

    work, least = compare(lambda: [line.process(its) for its in batch], bare, turns)
    report(f"line    {site.case.name}", messages, work, least, [("CPU", least.cpu / work.cpu, site.case.line_goal)])


def measure_worker(site: Site, database: str, url: str, messages: int, turns: int) -> None:
    """The whole worker on one data source, and its ratio to the floor."""
    engine = open_engine(DatabaseSettings(url=url))
    upgrade(engine, MESSAGES)
    store, envelopes, floor = SqlMessageStore(engine), CmsEnvelopes(site.worker), Floor(site)
    policy = LinePolicy(WORKER_NAME, RECIPIENT, True, True, frozenset(), True)
    trust = IssuerTrust([site.ca_certificate.public_bytes(Encoding.DER)])
    pipeline = Pipeline(policy, envelopes, JsonContents(), trust, Pkcs10Reader())
    worker = ServiceWorker(policy, pipeline, store, envelopes, InProcessCa(site.engine, SECRET), Pace())
    fence = SqlCoordinator(site.engine).acquire(WORKER_NAME, "bench", timedelta(hours=1))
    assert fence is not None
    source = site.messages()
    for message in islice(source, messages * (turns + 1)):
        store.put(message)

    def whole() -> None:
        left = messages
        while left > 0:
            done = worker.round(fence)
            assert done.claimed == done.settled > 0
            left -= done.claimed

    def bare() -> None:
        for _ in range(messages * site.case.parts):
            floor.process()

    work, least = compare(whole, bare, turns)
    ratios = [
        ("wall", least.wall / work.wall, site.case.wall_goal),
        ("CPU", least.cpu / work.cpu, site.case.cpu_goal),
    ]
    report(f"worker  {database}, {site.case.name}", messages, work, least, ratios)
    engine.dispose()


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


def main() -> None:
    """Measure what the options name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=20, help="submessages a turn (default %(default)s)")
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of which the best counts (default %(default)s)")
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgresql"], choices=DATABASES)
    parser.add_argument("--cases", nargs="*", type=int, default=list(range(len(CASES))), help="indexes of the cases")
    options = parser.parse_args()
    cases = [CASES[index] for index in options.cases]
    for case in cases:
        with urls("sqlite") as fresh:
            measure_line(Site(case, fresh()), max(1, options.messages // case.parts), options.turns)
    for database in options.databases:
        for case in cases:
            with urls(database) as fresh:
                messages = max(20, options.messages // case.parts // 20 * 20)
                measure_worker(Site(case, fresh()), database, fresh(), messages, options.turns)


if __name__ == "__main__":
    main()
