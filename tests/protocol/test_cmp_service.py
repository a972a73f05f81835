"""Our own CMP client against the CA's CMP service: every message, the same octets again, and connections that break."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from lockgate.errors import Unavailable
from lockgate_formats import der
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import FailInfo, InfoType, PkiStatus, PossessionKind
from lockgate_formats.cmp_client import (
    AnswerTrust,
    CertificateRequest,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    CmpTransaction,
    Credentials,
    IssuedCertificate,
    Revocation,
    SharedSecret,
    SigningCredentials,
    State,
)
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.protocol.approving import Approver
from tests.protocol.cmp_site import REFERENCE, SECRET, CmpSite, Endpoint, common_name
from tests.protocol.cutting import relaying
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, make_authority

pytestmark = pytest.mark.postgresql

SHARED = SharedSecret(REFERENCE.encode(), SECRET.encode())
QUICK = {"shortest_poll": 0.2, "pause": 0.2}


@dataclass(frozen=True)
class Device:
    """A device with a name of its own, that talks to one endpoint."""

    endpoint: Endpoint
    site: CmpSite
    name: str

    @contextmanager
    def client(
        self, alias: str = "devices", credentials: Credentials = SHARED, url: str = "", keys: Any = (), **settings: Any
    ) -> Iterator[CmpClient]:
        """A client of the service."""
        with HttpCarry(url or self.endpoint.url(alias)) as carry:
            parts = CmpClientParts(carry, HostClock(), HostRandom())
            yield CmpClient(parts, credentials, self.trust, CmpClientSettings(**{**QUICK, **settings}), keys)

    @property
    def trust(self) -> AnswerTrust:
        return AnswerTrust(
            authorities=(self.site.authority.public_bytes(Encoding.DER),),
            sender=self.site.service.subject.public_bytes(),
        )

    def asking(self, key: Any = None, name: str = "", **fields: Any) -> CertificateRequest:
        """A request for a certificate for a new key."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        return CertificateRequest(**{"subject": subject(name or self.name), "key": key, **fields})

    def enrolled(self, key: Any = None, name: str = "") -> SigningCredentials:
        """What the device signs with, once it has a certificate."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        with self.client() as client:
            ended = client.finish(client.ir([self.asking(key, name)]))
        return SigningCredentials(key, ended.usable[0].certificate)

    @property
    def desk(self) -> SigningCredentials:
        """What the RA signs with."""
        key: Any = load_pem_private_key(self.site.desk.key.read_bytes(), None)
        return SigningCredentials(key, self.site.desk.loaded.public_bytes(Encoding.DER))


@pytest.fixture
def device(endpoint: Endpoint, cmp_site: CmpSite, request: pytest.FixtureRequest) -> Device:
    return Device(endpoint, cmp_site, common_name(request))


def subject(name: str) -> bytes:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]).public_bytes()


def names(ended: CmpTransaction) -> list[str]:
    assert ended.state is State.DONE, ended.refusals
    loaded = (x509.load_der_x509_certificate(one.certificate) for one in ended.usable)
    return [certificate.subject.rfc4514_string().removeprefix("CN=") for certificate in loaded]


def refusal(ended: CmpTransaction) -> tuple[frozenset[FailInfo], str]:
    assert ended.state is State.REFUSED
    assert ended.refusals[0].proven
    return ended.refusals[0].fail_info, " ".join(ended.refusals[0].texts)


# ---- enrolment


@pytest.mark.parametrize("mac", [PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256], ids=["PasswordBasedMac", "PBMAC1"])
@pytest.mark.parametrize("implicit", [False, True])
def test_both_macs_and_both_confirmations(device: Device, mac: Any, implicit: bool) -> None:
    states: list[State] = []
    with device.client(credentials=replace(SHARED, mac=mac), implicit_confirm=implicit) as client:
        ended = client.finish(client.ir([device.asking()]), keep=lambda one: states.append(one.state))
    assert names(ended) == [device.name]
    explicit = [State.REQUESTED, State.ISSUED, State.CONFIRMING, State.DONE]
    assert states == ([State.REQUESTED, State.DONE] if implicit else explicit)


@pytest.mark.parametrize("kind", ["RSA", "PSS", "P-384", "P-521", "Ed25519"])
def test_every_kind_of_key_signs_messages_and_answers_are_signed(device: Device, kind: str) -> None:
    key: Any = {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "PSS": lambda: rsa.generate_private_key(65537, 2048),
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    own = replace(device.enrolled(key), pss=kind == "PSS")
    with device.client(credentials=own) as client:
        ended = client.finish(client.cr([device.asking()]))
        assert names(ended) == [device.name]
        updated = client.finish(client.kur(device.asking(), own.certificate))
        assert names(updated) == [device.name]


def test_several_certificates_at_once(device: Device) -> None:
    asked = [device.asking(name=f"{device.name}-{number}") for number in range(3)]
    with device.client() as client:
        assert names(client.finish(client.ir(asked))) == [f"{device.name}-{number}" for number in range(3)]


def test_a_pkcs10(device: Device) -> None:
    with device.client() as client:
        request = pkcs10(ec.generate_private_key(ec.SECP256R1()), name=device.name)
        assert names(client.finish(client.p10cr(request))) == [device.name]


def test_an_end_entity_by_its_one_time_password(device: Device) -> None:
    own = SharedSecret(device.name.encode(), device.site.one_time_password(device.name).encode())
    with device.client("own", own) as client:
        assert names(client.finish(client.ir([device.asking()]))) == [device.name]
        assert client.send(client.ir([device.asking()])).state is State.REFUSED


def test_an_ra_vouches(device: Device) -> None:
    with device.client("desk", device.desk) as client:
        ended = client.finish(client.ir([device.asking(possession=PossessionKind.RA_VERIFIED)]))
        assert names(ended) == [device.name]


def test_a_device_that_does_not_name_itself(device: Device) -> None:
    """Its proof of possession is over the sender's name."""
    own = device.enrolled()
    with device.client(credentials=own) as client:
        assert names(client.finish(client.cr([device.asking(subject=None)]))) == [device.name]


# ---- revocation and questions


def test_a_revocation(device: Device) -> None:
    own = device.enrolled()
    with device.client(credentials=own) as client:
        revoked = client.finish(client.rr([Revocation(own.certificate, 4)]))
        assert revoked.state is State.DONE
        again = client.send(client.rr([Revocation(own.certificate, 4)]))
        assert again.state is State.REFUSED
    assert device.site.statuses(device.name) == ["revoked"]


def test_a_rejected_certificate_is_revoked(device: Device) -> None:
    def judge(issued: IssuedCertificate) -> str:
        return "the name is not ours"

    with device.client() as client:
        ended = client.finish(client.ir([device.asking()]), judge)
    assert (ended.state, ended.usable) == (State.DONE, ())
    assert device.site.statuses(device.name) == ["revoked"]


def test_questions(device: Device) -> None:
    with device.client() as client:
        ended = client.finish(client.genm([InfoValue(InfoType.CA_CERTS), InfoValue(InfoType.CURRENT_CRL)]))
    answers = {info.oid: info.value for info in ended.infos}
    assert answers[InfoType.CA_CERTS] == der.sequence(device.site.authority.public_bytes(Encoding.DER))


# ---- waiting


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_polls_until_administrators_have_decided(device: Device, approver: Approver, verb: str) -> None:
    reason = ("--reason", "the name is mistyped") if verb == "reject" else ()
    states: list[State] = []
    ended: list[CmpTransaction] = []

    def enrol() -> None:
        with device.client("guarded") as client:
            asked = client.ir([device.asking()])
            ended.append(client.finish(asked, keep=lambda one: states.append(one.state)))

    thread = threading.Thread(target=enrol)
    thread.start()
    approver.decide(device.name, verb, *reason)
    thread.join(90)
    assert State.POLLING in states
    if verb == "approve":
        assert names(ended[0]) == [device.name]
    else:
        assert "the name is mistyped" in refusal(ended[0])[1]


def test_a_client_that_crashed_goes_on(device: Device, approver: Approver) -> None:
    """From the record that it has kept: before the answer, while it waits, and before the confirmation."""
    with device.client("guarded") as client:
        record = client.record(client.ir([device.asking()]))
        waits = client.send(client.recorded(record))
        assert waits.state is State.WAITING
    with device.client("guarded") as client:
        assert client.send(client.recorded(record)).waiting == waits.waiting
        approver.decide(device.name, "approve")
        polled = client.recorded(client.record(waits))
        while polled.state is not State.ISSUED:
            polled = client.send(client.poll(polled))
        confirming = client.record(client.confirm(polled))
    for _ in range(2):
        with device.client("guarded") as client:
            assert names(client.finish(client.recorded(confirming))) == [device.name]
    assert device.site.statuses(device.name) == ["good"]


# ---- the same octets again


def test_the_same_octets_bring_the_same_certificate(device: Device) -> None:
    with device.client() as client:
        asked = client.ir([device.asking()])
        first, again = client.send(asked), client.send(asked)
        assert first.certificates == again.certificates
        ended = client.finish(client.confirm(again))
        assert names(ended) == [device.name]
        late = client.send(asked)
        assert [one.certificate for one in late.certificates] == [one.certificate for one in first.certificates]
    assert device.site.statuses(device.name) == ["good"]


def test_a_connection_that_breaks_anywhere_in_the_answer(device: Device) -> None:
    """The client sends its message again, and gets the certificate that was issued for it."""
    with relaying(device.endpoint.address) as relay:
        url = f"http://127.0.0.1:{relay.port}{device.endpoint.path('devices')}"
        with device.client(url=url, attempts=1) as client:
            asked = client.ir([device.asking()])
            whole = client.send(asked)
            octets = len(relay.answered[0])
            cuts = [0, 1, 12, 50, 100, 150, 200, octets // 2, octets - 500, octets - 1]
            for cut in cuts:
                relay.cuts.append(cut)
                with pytest.raises(Unavailable):
                    client.send(asked)
                assert client.send(asked).certificates == whole.certificates
        with device.client(url=url, attempts=3) as client:
            relay.cuts += [100, 0]
            assert names(client.finish(client.confirm(whole))) == [device.name]
    assert device.site.statuses(device.name) == ["good"]


# ---- refusals


def test_a_wrong_secret(device: Device) -> None:
    with device.client(credentials=replace(SHARED, secret=b"a guess of a stranger")) as client:
        bits, _ = refusal(client.send(client.ir([device.asking()])))
    assert bits == {FailInfo.BAD_MESSAGE_CHECK}


def test_a_certificate_of_another_ca(device: Device) -> None:
    stranger = make_authority("ManagementCA", ec_key(551)).issue(device.name, ec_key(552), "digital_signature")
    with device.client(credentials=SigningCredentials(stranger.key, stranger.der)) as client:
        bits, _ = refusal(client.send(client.cr([device.asking()])))
    assert bits == {FailInfo.SIGNER_NOT_TRUSTED}


def test_an_end_entity_that_is_not_registered(device: Device) -> None:
    own = SharedSecret(b"nobody", b"a guess of a stranger")
    with device.client("own", own) as client:
        ended = client.send(client.ir([device.asking()]))
    assert ended.refusals[0].status is PkiStatus.REJECTION
