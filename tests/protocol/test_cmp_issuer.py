"""The issuer for CAs that speak CMP against OpenSSL's mock server, each version's. It has one certificate to issue."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from lockgate.certification.revocation import RevocationReason
from lockgate.errors import NotSent, PeerError
from lockgate.ports import Counts, Issued, IssuerAnswer, Later, Order, RevocationOrder, Revoked, Traits
from lockgate.reasons import Reason, Rejected
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256
from lockgate_formats.cmp_client import (
    AnswerTrust,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    Credentials,
    SharedSecret,
    SigningCredentials,
)
from lockgate_issuers.cmp import CmpClients, CmpIssuer, RequestKind, Writing
from lockgate_testing.contracts.remote_issuer.subjects import EXTENSIONS
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.pki.certificate_requests import pkcs10, spki
from tests.support.wire.cmp_mock import REFERENCE, MockPki, mock_pki
from tests.support.wire.cmp_openssl import LIBRARIES, MockServer, OpensslCmp, Option

SECRET = "a secret of the mock server's clients"
Serve = Callable[..., AbstractContextManager[MockServer]]
KINDS: dict[str, Callable[[MockPki], Credentials]] = {
    "secret": lambda _: SharedSecret(REFERENCE.encode(), SECRET.encode(), PASSWORD_BASED_MAC_SHA256),
    "signature": lambda pki: SigningCredentials(pki.client.key, pki.client.der),
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> MockPki:
    return mock_pki(tmp_path_factory.mktemp("mock-pki"))


@pytest.fixture(params=LIBRARIES, ids=lambda name: f"server-{name}")
def serve(request: pytest.FixtureRequest, openssl_library: Callable[[str], OpensslCmp], pki: MockPki) -> Serve:
    def start(*flags: str, **options: Option) -> AbstractContextManager[MockServer]:
        shared: dict[str, Option] = {"srv_ref": REFERENCE, "srv_secret": SECRET}
        given = {"rsp_cert": pki.certificate("issued"), **shared, **pki.signing, **options}
        return openssl_library(str(request.param)).serve("accept_raverified", *flags, **given)

    return start


@pytest.fixture(params=KINDS)
def credentials(request: pytest.FixtureRequest, pki: MockPki) -> Credentials:
    return KINDS[request.param](pki)


def issuer(
    url: str, credentials: Credentials, pki: MockPki, kind: RequestKind = RequestKind.CR, *, implicit: bool = False
) -> CmpIssuer:
    trust = AnswerTrust(authorities=(pki.authority.der,), sender=pki.server.certificate.subject.public_bytes())
    settings = CmpClientSettings(
        protection=ProtectionLimits(hmac_sha1=True), longest_poll=1.0, implicit_confirm=implicit
    )
    client = CmpClient(
        CmpClientParts(HttpCarry(url, seconds=20), HostClock(), HostRandom()), credentials, trust, settings
    )
    return CmpIssuer(CmpClients(client), HostClock(), Traits(polls=True, confirms=True), Writing(kind))


def order(pki: MockPki) -> Order:
    """For the certificate that the server has."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Order(
        operation="operation",
        ca_name="Mock CA",
        ca_certificate="0" * 64,
        serial_number=1,
        subject=pki.issued.certificate.subject.public_bytes(),
        public_key=spki(pki.issued.key),
        not_before=now,
        not_after=now + timedelta(days=30),
        extensions=EXTENSIONS,
        pkcs10=pkcs10(pki.issued.key),
    )


def drafted(adapter: CmpIssuer, wanted: Order | RevocationOrder) -> bytes:
    draft = adapter.draft(wanted)
    assert isinstance(draft, bytes)
    return draft


def called(adapter: CmpIssuer, wanted: Order | RevocationOrder) -> IssuerAnswer:
    return adapter.call(drafted(adapter, wanted))


@pytest.mark.parametrize("kind", RequestKind)
def test_it_issues_and_confirms(serve: Serve, credentials: Credentials, pki: MockPki, kind: RequestKind) -> None:
    with serve() as server:
        adapter = issuer(server.url, credentials, pki, kind)
        answer = called(adapter, order(pki))
        assert isinstance(answer, Issued)
        assert answer.certificate == pki.issued.der
        assert answer.draft is not None
        assert adapter.confirm(answer.draft, answer.certificate, accepted=True) is None


def test_it_rejects(serve: Serve, credentials: Credentials, pki: MockPki) -> None:
    with serve() as server:
        adapter = issuer(server.url, credentials, pki)
        answer = called(adapter, order(pki))
        assert isinstance(answer, Issued)
        assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=False) is None


def test_it_needs_no_confirmation_where_that_is_granted(serve: Serve, credentials: Credentials, pki: MockPki) -> None:
    with serve("grant_implicitconf") as server:
        adapter = issuer(server.url, credentials, pki, implicit=True)
        answer = called(adapter, order(pki))
    assert isinstance(answer, Issued)
    assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=True) is None, "the server is gone"
    assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=False) == Counts(), "revokes nothing"


def test_it_polls(serve: Serve, credentials: Credentials, pki: MockPki) -> None:
    with serve(poll_count=2, check_after=1) as server:
        adapter = issuer(server.url, credentials, pki)
        answer: IssuerAnswer | None = called(adapter, order(pki))
        for _ in range(2):
            assert isinstance(answer, Later)
            assert answer.after == timedelta(seconds=1)
            answer = adapter.lookup(answer.draft or b"")
        for _ in range(2):
            if isinstance(answer, Later):
                answer = adapter.lookup(answer.draft or b"")
        assert isinstance(answer, Issued)
        assert adapter.confirm(answer.draft or b"", answer.certificate, accepted=True) is None


def test_it_revokes(serve: Serve, pki: MockPki) -> None:
    with serve() as server:
        adapter = issuer(server.url, KINDS["signature"](pki), pki)
        assert called(adapter, revocation(pki.issued.der)) == Revoked()
    with serve(pkistatus=2, failure=4) as server:
        adapter = issuer(server.url, KINDS["signature"](pki), pki)
        assert isinstance(called(adapter, revocation(pki.issued.der)), Rejected)


def revocation(certificate: bytes) -> RevocationOrder:
    return RevocationOrder(
        operation="operation",
        ca_name="Mock CA",
        ca_certificate=b"",
        certificate=certificate,
        reason=RevocationReason.SUPERSEDED,
    )


def test_a_rejection_refuses(serve: Serve, credentials: Credentials, pki: MockPki) -> None:
    with serve(pkistatus=2, failure=19, statusstring="no such name") as server:
        answer = called(issuer(server.url, credentials, pki), order(pki))
    assert answer == Rejected(Reason.ISSUER_REFUSED, "rejection (badCertTemplate): no such name")


@pytest.mark.parametrize("flags", [("send_error", "send_unprot_err"), ("send_unprotected",)], ids=["error", "answer"])
def test_what_is_not_protected_decides_nothing(
    serve: Serve, credentials: Credentials, pki: MockPki, flags: tuple[str, ...]
) -> None:
    with serve(*flags) as server, pytest.raises(PeerError):
        called(issuer(server.url, credentials, pki), order(pki))


def test_nothing_has_reached_a_server_that_does_not_run(serve: Serve, credentials: Credentials, pki: MockPki) -> None:
    with serve() as server:
        pass
    with pytest.raises(NotSent):
        called(issuer(server.url, credentials, pki), order(pki))
