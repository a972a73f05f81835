"""The CMP clients of others work as these tests use them: against OpenSSL's own mock server, each version's."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.pki.certificate_requests import pkcs10
from tests.support.wire.cmp_bouncy import BouncyCmp
from tests.support.wire.cmp_mock import REFERENCE, MockPki, mock_pki
from tests.support.wire.cmp_openssl import BUNDLED, LIBRARIES, MockServer, OpensslCmp, Option, bodies

SECRET = secrets.token_hex(16)
Serve = Callable[..., AbstractContextManager[MockServer]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> MockPki:
    return mock_pki(tmp_path_factory.mktemp("mock-pki"))


@pytest.fixture(params=LIBRARIES, ids=lambda name: f"server-{name}")
def serve(request: pytest.FixtureRequest, openssl_library: Callable[[str], OpensslCmp], pki: MockPki) -> Serve:
    """Starts a mock server of each version, which takes secret and signature, and issues one certificate."""

    def start(*flags: str, **options: Option) -> AbstractContextManager[MockServer]:
        shared: dict[str, Option] = {"srv_ref": REFERENCE, "srv_secret": SECRET}
        given = {"rsp_cert": pki.certificate("issued"), **shared, **pki.signing, **options}
        return openssl_library(str(request.param)).serve(*flags, **given)

    return start


@pytest.fixture
def signing(pki: MockPki) -> dict[str, Option]:
    """Options of an openssl client that signs."""
    return {"cert": pki.certificate("client"), "key": pki.key("client"), "trusted": pki.trusted}


SHARED: dict[str, Option] = {"ref": REFERENCE, "secret": SECRET, "mac": "hmacWithSHA256"}


@pytest.mark.parametrize("command", ["ir", "cr"])
def test_openssl_enrols_with_a_secret(openssl: OpensslCmp, serve: Serve, pki: MockPki, command: str) -> None:
    with serve() as server:
        done = openssl.run(command, server.address, server.path, subject="/CN=x", newkey=pki.key("issued"), **SHARED)
    assert done.certificate == pki.issued.certificate
    assert bodies(done.log) == [command.upper(), f"{command[0].upper()}P", "CERTCONF", "PKICONF"]
    assert [len(done.requests), len(done.responses)] == [2, 2]


def test_openssl_enrols_with_a_signature(
    openssl: OpensslCmp, serve: Serve, pki: MockPki, signing: dict[str, Option]
) -> None:
    with serve("grant_implicitconf", rsp_capubs=pki.trusted) as server:
        own = {"newkey": pki.key("issued"), "subject": "/CN=x", **signing}
        done = openssl.run("ir", server.address, server.path, "implicit_confirm", **own)
    assert done.certificate == pki.issued.certificate
    assert bodies(done.log) == ["IR", "IP"]
    assert done.authorities == (pki.authority.certificate,)
    assert pki.server.certificate in done.extra


def test_openssl_updates_and_revokes(
    openssl: OpensslCmp, serve: Serve, pki: MockPki, signing: dict[str, Option]
) -> None:
    with serve() as server:
        old = {"oldcert": pki.certificate("issued")}
        updated = openssl.run("kur", server.address, server.path, newkey=pki.key("issued"), **old, **signing)
        revoked = openssl.run("rr", server.address, server.path, revreason=1, **old, **signing)
    assert updated.certificate == pki.issued.certificate
    assert (revoked.code, bodies(revoked.log)) == (0, ["RR", "RP"])


def test_openssl_sends_a_pkcs10_and_asks(openssl: OpensslCmp, serve: Serve, pki: MockPki, tmp_path: Path) -> None:
    csr = tmp_path / "request.der"
    csr.write_bytes(pkcs10(pki.issued.key))
    with serve() as server:
        done = openssl.run("p10cr", server.address, server.path, csr=csr, **SHARED)
        asked = openssl.run("genm", server.address, server.path, infotype="signKeyPairTypes", **SHARED)
    assert bodies(done.log) == ["P10CR", "CP", "CERTCONF", "PKICONF"]
    assert (asked.code, bodies(asked.log)) == (0, ["GENM", "GENP"])


def test_openssl_polls(openssl: OpensslCmp, serve: Serve, pki: MockPki) -> None:
    with serve(poll_count=2, check_after=1) as server:
        done = openssl.run("ir", server.address, server.path, subject="/CN=x", newkey=pki.key("issued"), **SHARED)
    assert done.certificate == pki.issued.certificate
    polls = ["POLLREQ", "POLLREP", "POLLREQ"]
    put_off = polls if server.puts_off_confirmations else []
    assert bodies(done.log) == ["IR", "IP", *polls, "IP", "CERTCONF", *put_off, "PKICONF"]


def test_openssl_tells_refusals(openssl: OpensslCmp, serve: Serve, pki: MockPki) -> None:
    own: dict[str, Option] = {"subject": "/CN=x", "newkey": pki.key("issued")}
    with serve(pkistatus=2, failure=20) as server:
        refused = openssl.run("ir", server.address, server.path, **own, **SHARED)
        stranger = openssl.run("ir", server.address, server.path, **own, **{**SHARED, "secret": secrets.token_hex(16)})
    assert (refused.code, refused.certificates) == (1, ())
    assert "signerNotTrusted" in refused.log
    assert stranger.code == 1


def test_openssl_tells_its_library(openssl: OpensslCmp) -> None:
    assert openssl.version.startswith("3.")
    assert (openssl.name == BUNDLED) == ("LD_LIBRARY_PATH" in openssl.environment)


# ---- Bouncy Castle


@pytest.fixture
def own_key(pki: MockPki) -> dict[str, Option]:
    return {"newkey": pki.key("issued")}


def test_bouncy_castle_enrols_with_a_secret(
    bouncy: BouncyCmp, serve: Serve, pki: MockPki, own_key: dict[str, Option]
) -> None:
    with serve() as server:
        done = bouncy.run("ir", server.url, "CN=x", secret=SECRET, reference=REFERENCE, **own_key)
    assert done.certificate == pki.issued.certificate
    received = ["sent ir", "received ip", "sent certConf", "received pkiconf"]
    assert [line for line in done.lines if line.startswith(("sent", "received"))] == received
    assert done.lines.count("protected by a MAC") == 2


def test_bouncy_castle_polls_and_leaves_the_proof_to_an_ra(
    bouncy: BouncyCmp, serve: Serve, pki: MockPki, own_key: dict[str, Option]
) -> None:
    signing = {"cert": pki.certificate("client"), "key": pki.key("client"), "trusted": pki.trusted}
    with serve("accept_raverified", "grant_implicitconf", poll_count=2, check_after=1) as server:
        done = bouncy.run("ir", server.url, "CN=x", popo="raverified", implicit=True, **signing, **own_key)
    assert done.certificate == pki.issued.certificate
    assert "waits 1 s" in done.lines
    assert "sent certConf" not in done.lines
    assert "signed by C=SE,O=Lockgate tests,CN=mock server" in done.lines


def test_bouncy_castle_updates_and_revokes(
    bouncy: BouncyCmp, serve: Serve, pki: MockPki, own_key: dict[str, Option]
) -> None:
    signing = {"cert": pki.certificate("client"), "key": pki.key("client"), "trusted": pki.trusted}
    with serve() as server:
        updated = bouncy.run("kur", server.url, "CN=x", old=pki.certificate("issued"), **signing, **own_key)
        revoked = bouncy.run("rr", server.url, old=pki.certificate("issued"), reason=1, **signing)
    assert updated.certificate == pki.issued.certificate
    assert (revoked.code, revoked.lines[-1]) == (0, "status 0")


def test_bouncy_castle_sends_what_openssl_refuses(bouncy: BouncyCmp, serve: Serve, pki: MockPki) -> None:
    """Several requests in one message, messages in a message, and PBMAC1: the mock server knows none of them."""
    signing = {"cert": pki.certificate("client"), "key": pki.key("client"), "trusted": pki.trusted}
    ra = {"ra": pki.certificate("client"), "rakey": pki.key("client")}
    with serve() as server:
        several = bouncy.run("ir", server.url, "CN=x", "CN=y", **signing)
        nested = bouncy.run("ir", server.url, "CN=x", "CN=y", batch=True, **ra, **signing)
        unknown = bouncy.run("ir", server.url, "CN=x", secret=SECRET, reference=REFERENCE, mac="pbmac1")
        log = server.log.read_text()
    assert (several.code, nested.code, unknown.code) == (1, 1, 1)
    assert any("multiple requests not supported" in line for line in several.lines), several.lines
    assert nested.lines[0] == nested.lines[1] == "sent ir"
    assert "multiple requests not supported" in log
