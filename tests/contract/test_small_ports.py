"""This host's clock, keys, keystores, and what reads octets, and the doubles of these ports, pass their suites."""

from collections.abc import Callable

import pytest

from lockgate.ports import (
    CertificateRequests,
    CertificateTrust,
    Clock,
    Contents,
    KeyGenerator,
    Keystore,
    Keystores,
    Random,
)
from lockgate_ca_backend.keystores import HostKeyGenerator, KeystoreWriter
from lockgate_formats.requests.reader import RequestReader
from lockgate_formats.requests.renewal import renewal_request
from lockgate_formats.submessages.contents import JsonContents
from lockgate_formats.trust import CurrentIssuersTrust, IssuerTrust
from lockgate_testing.contracts.certificate_requests import (
    CertificateRequestsContract,
    RenewalsContract,
    RenewalsSubject,
    pkcs10,
)
from lockgate_testing.contracts.certificate_trust import CertificateTrustContract, CertificateTrustSubject
from lockgate_testing.contracts.contents import CREATED, ContentsContract
from lockgate_testing.contracts.host import ClockContract, RandomContract
from lockgate_testing.contracts.keys import KeyGeneratorContract, KeystoresContract
from lockgate_testing.contracts.keystore import KeystoreContract
from lockgate_testing.doubles.certificate_trust import MemoryTrust
from lockgate_testing.doubles.host import RepeatableRandom, SteppingClock
from lockgate_testing.doubles.keystore import MemoryKeystore
from lockgate_transport.host.clock import HostClock, HostRandom
from lockgate_transport.renewals import SignedRenewals
from lockgate_transport.scep.renewals import ScepRenewals
from tests.support.pki import identities


class TestClocks(ClockContract):
    @pytest.fixture(params=[HostClock, lambda: SteppingClock(CREATED)], ids=["host", "double"])
    def clock(self, request: pytest.FixtureRequest) -> Clock:
        clock: Clock = request.param()
        return clock


class TestRandom(RandomContract):
    @pytest.fixture(params=[HostRandom, RepeatableRandom])
    def random(self, request: pytest.FixtureRequest) -> Random:
        random: Random = request.param()
        return random


KEYSTORES: dict[str, Callable[[], Keystore]] = {
    "RSA": lambda: identities.ra().keystore,
    "EC": lambda: identities.authority().issue("signer", identities.ec_key(81)).keystore,
    "double": MemoryKeystore,
}


class TestKeystores(KeystoreContract):
    @pytest.fixture(params=KEYSTORES)
    def keystore(self, request: pytest.FixtureRequest) -> Keystore:
        return KEYSTORES[request.param]()


class TestKeyGenerator(KeyGeneratorContract):
    @pytest.fixture
    def generator(self) -> KeyGenerator:
        return HostKeyGenerator()


class TestKeystoreWriter(KeystoresContract):
    @pytest.fixture
    def keystores(self) -> Keystores:
        return KeystoreWriter()


class TestTrust(CertificateTrustContract):
    @pytest.fixture(params=["issuers", "current issuers", "double"])
    def subject(self, request: pytest.FixtureRequest) -> CertificateTrustSubject:
        authority, trusted = identities.authority().der, identities.ra().der
        trusts: dict[str, CertificateTrust] = {
            "issuers": IssuerTrust([authority]),
            "current issuers": CurrentIssuersTrust(lambda: [authority]),
            "double": MemoryTrust(trusted),
        }
        return CertificateTrustSubject(trusts[request.param], authority, trusted)


class TestRequestReader(CertificateRequestsContract):
    @pytest.fixture
    def requests(self) -> CertificateRequests:
        return RequestReader()


class TestSignedRenewals(RenewalsContract):
    @pytest.fixture
    def subject(self) -> RenewalsSubject:
        holder, wanted = identities.ra(), pkcs10(identities.ec_key(82))
        message = renewal_request(1, holder.keystore, wanted).signed_message
        renewals = SignedRenewals(ScepRenewals())
        return RenewalsSubject(renewals, holder.der, message, None, wanted, identities.worker().der)


class TestJsonContents(ContentsContract):
    @pytest.fixture
    def contents(self) -> Contents:
        return JsonContents()
