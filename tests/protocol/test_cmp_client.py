"""Our own CMP client over HTTP, against OpenSSL's mock server, each version's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lockgate.errors import Unavailable, UnverifiedAnswer
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.vocabulary import InfoType, PossessionKind
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
    UnprotectedError,
)
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import ec_key, make_authority, rsa_key
from tests.support.wire.cmp_mock import REFERENCE, MockPki, mock_pki
from tests.support.wire.cmp_openssl import LIBRARIES, MockServer, OpensslCmp, Option

SECRET = "a secret of the mock server's clients"
"""Not random: what the tests print may be searched for it."""
SHARED = SharedSecret(REFERENCE.encode(), SECRET.encode(), PASSWORD_BASED_MAC_SHA256)
OLD_MACS = ProtectionLimits(hmac_sha1=True)
"""The mock server's own MACs."""
REJECTING = {"pkistatus": 2, "failure": 4}
"""Options of a server that refuses what it is asked for."""
Serve = Callable[..., AbstractContextManager[MockServer]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> MockPki:
    return mock_pki(tmp_path_factory.mktemp("mock-pki"))


@pytest.fixture(params=LIBRARIES, ids=lambda name: f"server-{name}")
def serve(request: pytest.FixtureRequest, openssl_library: Callable[[str], OpensslCmp], pki: MockPki) -> Serve:
    def start(*flags: str, **options: Option) -> AbstractContextManager[MockServer]:
        shared: dict[str, Option] = {"srv_ref": REFERENCE, "srv_secret": SECRET}
        given = {"rsp_cert": pki.certificate("issued"), **shared, **pki.signing, **options}
        return openssl_library(str(request.param)).serve(*flags, **given)

    return start


@dataclass(frozen=True)
class Clients:
    """Makes clients of one kind of credentials."""

    credentials: Credentials
    trust: AnswerTrust

    @contextmanager
    def of(self, server: MockServer, **settings: Any) -> Iterator[CmpClient]:
        given = {"protection": OLD_MACS, "shortest_poll": 0.1, "pause": 0.1, **settings}
        with HttpCarry(server.url, seconds=20) as carry:
            parts = CmpClientParts(carry, HostClock(), HostRandom())
            yield CmpClient(parts, self.credentials, self.trust, CmpClientSettings(**given))


def trusting(pki: MockPki) -> AnswerTrust:
    return AnswerTrust(authorities=(pki.authority.der,), sender=pki.server.certificate.subject.public_bytes())


KINDS: dict[str, Callable[[MockPki], Credentials]] = {
    "secret": lambda pki: SHARED,
    "EC": lambda pki: SigningCredentials(pki.client.key, pki.client.der),
    "RSA": lambda pki: signer(pki, rsa_key(481)),
    "PSS": lambda pki: signer(pki, rsa_key(481), pss=True),
}


def signer(pki: MockPki, key: Any, **how: Any) -> SigningCredentials:
    return SigningCredentials(key, pki.authority.issue("another client", key, "digital_signature").der, **how)


@pytest.fixture(params=KINDS)
def clients(request: pytest.FixtureRequest, pki: MockPki) -> Clients:
    """With each protection; PBMAC1 is unknown to the mock server."""
    return Clients(KINDS[request.param](pki), trusting(pki))


@pytest.fixture
def signing(pki: MockPki) -> Clients:
    return Clients(KINDS["EC"](pki), trusting(pki))


def asking(pki: MockPki, **changes: Any) -> CertificateRequest:
    return CertificateRequest(
        **{"subject": pki.issued.certificate.subject.public_bytes(), "key": pki.issued.key, **changes}
    )


def got(pki: MockPki, ended: CmpTransaction) -> None:
    assert ended.state is State.DONE
    assert [one.certificate for one in ended.usable] == [pki.issued.der]


def test_it_enrols_and_confirms(clients: Clients, serve: Serve, pki: MockPki) -> None:
    states: list[State] = []
    with serve(rsp_capubs=pki.trusted) as server, clients.of(server) as client:
        for begin in (client.ir, client.cr):
            ended = client.finish(begin([asking(pki)]), keep=lambda one: states.append(one.state))
            got(pki, ended)
        assert client.finish(client.ir([asking(pki)])).ca_certificates == (pki.authority.der,)
    assert states == [State.REQUESTED, State.ISSUED, State.CONFIRMING, State.DONE] * 2


def test_it_updates(signing: Clients, serve: Serve, pki: MockPki) -> None:
    with serve() as server, signing.of(server) as client:
        got(pki, client.finish(client.kur(asking(pki), pki.issued.der)))
    with serve(**REJECTING) as server, signing.of(server) as client:
        refused = client.finish(client.kur(asking(pki), pki.issued.der))
        assert (refused.state, len(refused.refusals)) == (State.REFUSED, 1)


def test_it_sends_a_pkcs10(clients: Clients, serve: Serve, pki: MockPki) -> None:
    with serve() as server, clients.of(server) as client:
        got(pki, client.finish(client.p10cr(pkcs10(pki.issued.key))))


def test_it_revokes(signing: Clients, serve: Serve, pki: MockPki) -> None:
    with serve() as server, signing.of(server) as client:
        ended = client.finish(client.rr([Revocation(pki.issued.der, 1)]))
        assert (ended.state, ended.refusals) == (State.DONE, ())
    with serve(**REJECTING) as server, signing.of(server) as client:
        refused = client.finish(client.rr([Revocation(pki.issued.der)]))
        assert (refused.state, len(refused.refusals)) == (State.REFUSED, 1)


def test_it_asks(clients: Clients, serve: Serve) -> None:
    with serve() as server, clients.of(server) as client:
        ended = client.finish(client.genm([InfoValue(InfoType.SIGN_KEY_PAIR_TYPES)]))
        assert (ended.state, [info.oid for info in ended.infos]) == (State.DONE, [InfoType.SIGN_KEY_PAIR_TYPES])


def test_it_polls(clients: Clients, serve: Serve, pki: MockPki) -> None:
    states: list[State] = []
    with serve(poll_count=3, check_after=1) as server, clients.of(server, longest_poll=0.3) as client:
        got(pki, client.finish(client.ir([asking(pki)]), keep=lambda one: states.append(one.state)))
    assert states.count(State.POLLING) == 3 * (1 + server.puts_off_confirmations)


def test_it_needs_no_confirmation_where_that_is_granted(clients: Clients, serve: Serve, pki: MockPki) -> None:
    with serve("grant_implicitconf") as server:
        with clients.of(server, implicit_confirm=True) as client:
            ended = client.send(client.ir([asking(pki)]))
            got(pki, ended)
        with clients.of(server) as client:
            assert client.send(client.ir([asking(pki)])).state is State.ISSUED


def test_it_rejects(signing: Clients, serve: Serve, pki: MockPki) -> None:
    def judge(issued: IssuedCertificate) -> str:
        return "the name is not ours"

    with serve() as server, signing.of(server) as client:
        ended = client.finish(client.ir([asking(pki)]), judge)
        assert (ended.state, ended.usable) == (State.DONE, ())
        wrong = client.finish(client.ir([asking(pki, key=ec_key(482))]))
        assert (wrong.usable, wrong.certificates[0].fault) == ((), "the certificate is for another key")


def test_an_ra_speaks_for_its_devices(signing: Clients, serve: Serve, pki: MockPki) -> None:
    asked = asking(pki, possession=PossessionKind.RA_VERIFIED)
    with serve("accept_raverified") as server, signing.of(server) as client:
        got(pki, client.finish(client.ir([asked])))
    with serve() as server, signing.of(server) as client:
        assert client.finish(client.ir([asked])).state is State.REFUSED


@pytest.mark.parametrize("key", [rsa_key(483), ec_key(483)], ids=["RSA", "EC"])
def test_the_proof_is_verified(serve: Serve, signing: Clients, pki: MockPki, key: Any, tmp_path: Path) -> None:
    issued = pki.authority.issue("device", key)
    certificate = tmp_path / "certificate.der"
    certificate.write_bytes(issued.der)
    with serve(rsp_cert=certificate) as server, signing.of(server) as client:
        ended = client.finish(client.ir([asking(pki, key=key)]))
        assert [one.certificate for one in ended.usable] == [issued.der]


# ---- refusals


def test_it_tells_a_refusal(clients: Clients, serve: Serve, pki: MockPki) -> None:
    with serve(pkistatus=2, failure=19, statusstring="no such name") as server, clients.of(server) as client:
        ended = client.finish(client.ir([asking(pki)]))
    assert ended.state is State.REFUSED
    assert str(ended.refusals[0]) == "rejection (badCertTemplate): no such name"


def test_unprotected_errors_count_by_a_setting(clients: Clients, serve: Serve, pki: MockPki) -> None:
    with serve("send_error", "send_unprot_err") as server:
        with clients.of(server) as client, pytest.raises(UnprotectedError, match="proves nothing"):
            client.finish(client.ir([asking(pki)]))
        with clients.of(server, unprotected_errors=True) as client:
            ended = client.finish(client.ir([asking(pki)]))
            assert (ended.state, ended.refusals[0].proven) == (State.REFUSED, False)


def test_unprotected_answers_never_count(clients: Clients, serve: Serve, pki: MockPki) -> None:
    with (
        serve("send_unprotected") as server,
        clients.of(server, unprotected_errors=True) as client,
        pytest.raises(UnverifiedAnswer, match="ip without protection"),
    ):
        client.send(client.ir([asking(pki)]))


def test_another_secret(serve: Serve, pki: MockPki) -> None:
    stranger = Clients(SharedSecret(SHARED.reference, b"a guess of somebody", SHARED.mac), AnswerTrust())
    with serve() as server, stranger.of(server) as client, pytest.raises((UnverifiedAnswer, UnprotectedError)):
        client.send(client.ir([asking(pki)]))


def test_another_ca(serve: Serve, pki: MockPki, signing: Clients) -> None:
    other = make_authority("Mock CA", ec_key(484))
    assert other.certificate.subject == pki.authority.certificate.subject
    elsewhere = Clients(signing.credentials, replace(trusting(pki), authorities=(other.der,)))
    with serve() as server, elsewhere.of(server) as client, pytest.raises(UnverifiedAnswer, match="not trusted"):
        client.send(client.ir([asking(pki)]))


def test_nobody_listens(serve: Serve, pki: MockPki, signing: Clients) -> None:
    with serve() as server:
        pass
    with signing.of(server) as client, pytest.raises(Unavailable, match="cannot be reached"):
        client.finish(client.ir([asking(pki)]))
