"""What one signed and encrypted PKCS#10 message costs the CA, beside the bare cryptographic floor of the same run.

Run `python -m bench.pipeline` from the project's root; `--help` lists the options. Two things are measured:

- the line: open, verify, trust, read, proof of possession, certificate, seal; no database;
- the worker: the whole of it, from claim to write-back, on the databases named by `--databases`, in batches of as many
  submessages as share a transaction.

The floor is the primitives alone, on octets of the same lengths: unwrap, decrypt, digest, verify the RA's signature,
its certificate and the PKCS#10, sign the certificate, sign the answer, encrypt, wrap. Floor and work take turns.
"""

import argparse
import gc
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from bench.site import CASES, RECIPIENT, SECRET, Site, urls
from lockgate.certification.endentity import CertificationRequest
from lockgate.line.acting import Acting
from lockgate.line.clearance import Clearance
from lockgate.line.pipeline import Pipeline
from lockgate.line.policy import LinePolicy
from lockgate.line.worker import ServiceWorker, WorkerPace
from lockgate.names.dn import parse_dn
from lockgate.ports import Instruments, Opened, Signed
from lockgate.queue.message import NewMessage
from lockgate.requests.content import AnswerContent, ContentKind, DigestOf, RequestHeader
from lockgate.requests.submessages import PKCS10Request, PKCS10Response, RequestKind
from lockgate.rights.approval import ApprovalRules
from lockgate.rights.signer import TrustedCertificate
from lockgate.rights.votes import Votes
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.certificates import CertificateContent, Validity, new_serial_number
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.extensions import ExtensionTemplate
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.signing import CaKey
from lockgate_formats.cms import CmsEnvelopes
from lockgate_formats.cms.certs_only import certs_only
from lockgate_formats.names import encode_name
from lockgate_formats.public_keys import SubjectKey, read_key
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import IssuerTrust
from lockgate_keys.pkcs12 import SoftKeystore
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.messages import SqlMessageStore
from lockgate_persistence.migrating import upgrade
from lockgate_persistence.migrations import MESSAGES
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals
from tests.support.databases.servers import DATABASES

WORKER_NAME = "worker"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
TURNS = 25


class Line:
    """Cryptography and ASN.1 of the CA's side, without a database."""

    def __init__(self, site: Site) -> None:
        self._envelopes, self._contents = CmsEnvelopes(site.worker), JsonContents()
        self._trust = IssuerTrust([site.ca_certificate.public_bytes(Encoding.DER)])
        self._reader, self._signer = RequestReader(), CaKey(site.ca_key)
        self._ca_certificate = site.ca_certificate.public_bytes(Encoding.DER)
        self._template = ExtensionTemplate(
            CERTIFICATE_PROFILES["ENDUSER"], hashlib.sha256(self._signer.spki()).digest()[:20], 1
        )
        self._issuer = site.ca_certificate.subject.public_bytes()
        now = datetime.now(UTC).replace(microsecond=0)
        self._validity = Validity(now, now + timedelta(days=1))

    def process(self, message: NewMessage) -> bytes:
        """From the row's octets to those that are written back."""
        parts = self._envelopes.split(message.content)
        assert isinstance(parts, tuple)
        return self._envelopes.join([self._answer(part) for part in parts])

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
        read = self._reader.read(RequestKind.PKCS10, request.pkcs10)
        assert isinstance(read, CertificationRequest)
        key = read_key(read.public_key)
        assert isinstance(key, SubjectKey)
        content = CertificateContent(
            serial_number=new_serial_number(os.urandom),
            issuer=self._issuer,
            validity=self._validity,
            subject=encode_name(parse_dn(request.subject_dn)),
            spki=key.spki,
            extensions=self._template.encode(key, None, empty_subject=False),
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


def compare(
    work: Callable[[], object], floor: Callable[[], object], turns: int, prepare: Callable[[], object] = lambda: None
) -> tuple[Cost, Cost]:
    """The least costs of `work` and of `floor`, which take turns: whatever else the machine does only adds to them.

    Args:
        prepare: what `work` needs each time; not measured.
    """
    costs = [(prepare(), cost_of(work), cost_of(floor))[1:] for _ in range(turns + 1)][1:]
    least = [Cost(min(cost.wall for cost in side), min(cost.cpu for cost in side)) for side in zip(*costs, strict=True)]
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

    work, least = compare(lambda: [line.process(message) for message in batch], bare, turns)
    report(f"line    {site.case.name}", messages, work, least, [("CPU", least.cpu / work.cpu, site.case.line_goal)])


def measure_worker(site: Site, database: str, url: str, messages: int, turns: int) -> None:
    """The whole worker on one data source, and its ratio to the floor."""
    engine = open_engine(DatabaseSettings(url=url))
    upgrade(engine, MESSAGES)
    store, envelopes, floor = SqlMessageStore(engine), CmsEnvelopes(site.worker), Floor(site)
    policy = LinePolicy(WORKER_NAME, RECIPIENT, True, True, frozenset(), True)
    trust = IssuerTrust([site.ca_certificate.public_bytes(Encoding.DER)])
    contents, instruments = (
        JsonContents(),
        Instruments(RequestReader(), HostKeyGenerator(), KeystoreWriter(), certs_only, SignedRenewals(ScepRenewals())),
    )
    clearance = Clearance(ApprovalRules(), Votes(envelopes, contents, trust), contents)
    ca, coordinator = SqlRegistry(site.engine, Facilities.under(SECRET)), SqlCoordinator(site.engine)
    acting = Acting(ca.issuer, instruments, clearance)
    pipeline = Pipeline(policy, envelopes, contents, trust, acting, instruments)
    worker = ServiceWorker(policy, pipeline, store, envelopes, ca, coordinator, WorkerPace())
    fence = coordinator.acquire(WORKER_NAME, "bench", timedelta(hours=1))
    assert fence is not None
    source = site.messages()

    def fill() -> None:
        for message in islice(source, messages):
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

    work, least = compare(whole, bare, turns, fill)
    ratios = [
        ("wall", least.wall / work.wall, site.case.wall_goal),
        ("CPU", least.cpu / work.cpu, site.case.cpu_goal),
    ]
    report(f"worker  {database}, {site.case.name}", messages, work, least, ratios)
    engine.dispose()


def main() -> None:
    """Measure what the options name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=20, help="submessages a turn of the line (default %(default)s)")
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
                measure_worker(Site(case, fresh()), database, fresh(), WorkerPace().batch // case.parts, options.turns)


if __name__ == "__main__":
    main()
