"""Adapters of the small ports with one mistake each, as in `wrong_adapters.py`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.certification.endentity import CertificationRequest, IssuedCertificate, Possession, TokenType
from lockgate.names.keyspec import KeySpecification
from lockgate.ports import (
    CertificateRequests,
    CertificateTrust,
    Clock,
    Contents,
    KeyGenerator,
    KeyPair,
    Keystore,
    KeystoreFile,
    Keystores,
    Random,
    RenewalProof,
    SignatureScheme,
    Span,
    Tracer,
)
from lockgate.reasons import Reason, Rejected
from lockgate.requests.content import RequestContent
from lockgate.requests.submessages import RequestKind
from lockgate.requests.trace_context import TraceContext
from lockgate.rights.signer import TrustedCertificate
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.requests.renewal import renewal_request
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import IssuerTrust
from lockgate_testing.contracts.certificate_requests import (
    CertificateRequestsContract,
    RenewalsContract,
    RenewalsSubject,
    pkcs10,
)
from lockgate_testing.contracts.certificate_trust import CertificateTrustContract, CertificateTrustSubject
from lockgate_testing.contracts.contents import ContentsContract
from lockgate_testing.contracts.host import ClockContract, RandomContract
from lockgate_testing.contracts.keys import KeyGeneratorContract, KeystoresContract
from lockgate_testing.contracts.keystore import KeystoreContract
from lockgate_testing.contracts.tracer import TracerContract, TracerSubject
from lockgate_testing.doubles.host import SteppingClock
from lockgate_testing.doubles.keystore import MemoryKeystore
from lockgate_testing.doubles.tracer import MemoryTracer, RecordedSpan
from lockgate_transport.host.clock import HostClock
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals
from tests.support.pki import identities


class TestClockInLocalTime(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        class Local(HostClock):
            def now(self) -> datetime:
                return datetime.now()  # noqa: DTZ005  (the mistake)

        return Local()


class TestClockThatDoesNotSleep(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        class Sleepless(SteppingClock):
            def sleep(self, seconds: float, readable: int | None = None) -> None: ...

        return Sleepless(datetime(2026, 1, 1, tzinfo=UTC))


class TestRandomThatIsNot(RandomContract):
    @pytest.fixture
    def random(self) -> Random:
        class Fixed(Random):
            def octets(self, count: int) -> bytes:
                return bytes(count)

        return Fixed()


class TestKeystoreThatNamesAnotherScheme(KeystoreContract):
    @pytest.fixture
    def keystore(self) -> Keystore:
        class Mistaken(MemoryKeystore):
            @property
            def scheme(self) -> SignatureScheme:
                return SignatureScheme.RSA_SHA256

        return Mistaken()


class TestTrustInNames(CertificateTrustContract):
    @pytest.fixture
    def subject(self) -> CertificateTrustSubject:
        authority, trusted = identities.authority().der, identities.ra().der
        facts = IssuerTrust([authority]).path(trusted)

        class ByName(CertificateTrust):
            def path(self, certificate: bytes) -> TrustedCertificate | Rejected:
                try:
                    issuer = x509.load_der_x509_certificate(certificate).issuer
                except ValueError:
                    return Rejected(Reason.SIGNER_UNTRUSTED)
                same = issuer == identities.authority().certificate.subject
                return facts if same else Rejected(Reason.SIGNER_UNTRUSTED)

        return CertificateTrustSubject(ByName(), authority, trusted)


class TestGeneratorOfOneKey(KeyGeneratorContract):
    @pytest.fixture
    def generator(self) -> KeyGenerator:
        made: dict[KeySpecification, KeyPair] = {}

        class Repeating(HostKeyGenerator):
            def generate(self, specification: KeySpecification) -> KeyPair:
                return made.setdefault(specification, super().generate(specification))

        return Repeating()


class TestKeystoresWithoutAChain(KeystoresContract):
    @pytest.fixture
    def keystores(self) -> Keystores:
        class Short(KeystoreWriter):
            def write(
                self,
                token: TokenType,
                key: KeyPair,
                issued: IssuedCertificate,
                name: str,
                password: str,
                *,
                legacy: bool,
            ) -> KeystoreFile:
                return super().write(token, key, replace(issued, chain=()), name, password, legacy=legacy)

        return Short()


class TestRequestsWhoseSignatureIsNotVerified(CertificateRequestsContract):
    @pytest.fixture
    def requests(self) -> CertificateRequests:
        class Gullible(RequestReader):
            def read(self, kind: RequestKind, octets: bytes) -> CertificationRequest | Rejected:
                found = super().read(kind, octets)
                if isinstance(found, CertificationRequest) or kind is not RequestKind.PKCS10:
                    return found
                try:
                    key = x509.load_der_x509_csr(octets).public_key()
                except ValueError:
                    return found
                spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
                return CertificationRequest(public_key=spki, possession=Possession.PROVEN)

        return Gullible()


class TestRenewalsOfAnyCertificate(RenewalsContract):
    @pytest.fixture
    def subject(self) -> RenewalsSubject:
        holder, wanted = identities.ra(), pkcs10(identities.ec_key(82))

        class Careless(SignedRenewals):
            def read(
                self, certificate: bytes, signed_message: bytes, content_key: bytes | None
            ) -> RenewalProof | Rejected:
                return super().read(holder.der, signed_message, content_key)

        message = renewal_request(1, holder.keystore, wanted).signed_message
        return RenewalsSubject(Careless(ScepRenewals()), holder.der, message, None, wanted, identities.worker().der)


class TestContentsInWholeSeconds(ContentsContract):
    @pytest.fixture
    def contents(self) -> Contents:
        class Coarse(JsonContents):
            def encode_request(self, content: RequestContent) -> bytes:
                return super().encode_request(replace(content, created=content.created.replace(microsecond=0)))

        return Coarse()


class TestTracerThatLetsOthersDecide(TracerContract):
    @pytest.fixture
    def new_subject(self) -> Callable[[float], TracerSubject]:
        class Obedient(MemoryTracer):
            def begin(
                self, name: str, began: datetime, parent: TraceContext | None = None, *, own: bool = False
            ) -> Span:
                return super().begin(name, began, parent, own=True)

        class Subject:
            def __init__(self, share: float) -> None:
                self._memory = Obedient(wanted=share == 1)
                self.tracer: Tracer = self._memory

            def recorded(self) -> Sequence[RecordedSpan]:
                return self._memory.recorded

        return Subject
