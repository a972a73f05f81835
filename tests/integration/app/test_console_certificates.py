"""The console for administrators with client certificates: judged at every request, not only at the first one."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from lockgate.certification.revocation import RevocationReason
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.ca_host import opened
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.administering import audited
from tests.integration.app.approving import SECRET, ca, certified, with_administrators, write_keystore
from tests.integration.app.commands import until
from tests.support.console import Visitor, console
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import rsa_key
from tests.support.pki.tls import make_server_identity


@pytest.fixture
def visitor(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Ann, who may read the console and brings her certificate. The console looks for new CAs often."""
    monkeypatch.setattr("lockgate_app.container.console.CA_SECONDS", 0.2)
    own = with_administrators(deployment)
    assert ca(own, "role", "edit", "ann", "--add-rule", "/action/console").code == 0
    files = make_server_identity(own.directory, "localhost")
    table = f'\n[console]\ntls_certificate = "{files.certificate}"\ntls_key = "{files.key}"\n'
    own.ca_config.write_text(own.ca_config.read_text() + table)
    with console(load_ca(own.ca_config)) as found:
        yield replace(found, tls=trusting(own.directory, own.directory / "ann.p12", SECRET))


def trusting(directory: Path, keystore: Path | None, password: bytes = b"") -> ssl.SSLContext:
    """A client's TLS, with the certificate and key in a PKCS#12."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate is for `localhost`
    context.load_verify_locations(directory / "ca.pem")
    if keystore is not None:
        key, certificate, _ = pkcs12.load_key_and_certificates(keystore.read_bytes(), password)
        assert key is not None
        assert certificate is not None
        pem = directory / "client.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
        context.load_cert_chain(pem)
    return context


def entered(visitor: Visitor) -> Visitor:
    """With the session that the certificate begins."""
    answer = visitor.get("/")
    assert answer.status == 200, answer.text
    assert "__Host-console=" in answer.cookie
    assert all(word in answer.headers["set-cookie"] for word in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"))
    return replace(visitor, cookie=answer.cookie)


def test_an_administrator_enters_once_and_the_audit_log_says_who(deployment: Deployment, visitor: Visitor) -> None:
    inside = entered(visitor)
    assert inside.get("/approvals").cookie == ""
    assert "You are CN=ann" in inside.get("/audit").text
    assert entries(deployment) == ["CN=ann"]


def test_a_page_of_another_site_begins_no_session(deployment: Deployment, visitor: Visitor) -> None:
    """The browser brings the certificate, and no cookie."""
    picture = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}
    followed = picture | {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    answers = [
        visitor.get("/approvals", **picture),
        visitor.get("/approvals", **followed),
        visitor.get("/", **followed),
    ]
    assert [(answer.status, answer.cookie) for answer in answers] == [(403, ""), (403, ""), (200, "")]
    assert visitor.post("/leave", b"", "", Origin="https://other.example").cookie == ""
    assert entries(deployment) == []


def test_a_certificate_has_one_session_whatever_cookie_comes(deployment: Deployment, visitor: Visitor) -> None:
    refused = visitor.get("/approvals/none")
    assert (refused.status, visitor.get("/").cookie) == (404, refused.cookie)
    assert refused.cookie.startswith("__Host-console=")
    assert entries(deployment) == ["CN=ann"]


def entries(deployment: Deployment) -> list[str]:
    return [who.partition(" ")[0] for event, who, _ in audited(deployment) if event == "console.entered"]


def test_a_certificate_that_is_revoked_opens_nothing_from_then_on(deployment: Deployment, visitor: Visitor) -> None:
    inside = entered(visitor)
    with opened(deployment.ca_config, "a test") as host:
        (ann,) = (member.fingerprint for member in host.inspection.role("ann").members)
        host.administration.revoke(RevocationReason.KEY_COMPROMISE, fingerprint=ann)
    refused = inside.get("/approvals")
    assert refused.status == 403
    assert "This certificate does not open the console." in refused.text


def test_an_administrator_is_judged_while_another_writes(deployment: Deployment, visitor: Visitor) -> None:
    inside = entered(visitor)
    with opened(deployment.ca_config, "a test") as host, host.container.registry().direct("a test"):
        assert inside.get("/approvals").status == 200


def test_a_right_that_is_taken_away_opens_nothing_from_then_on(deployment: Deployment, visitor: Visitor) -> None:
    inside = entered(visitor)
    assert ca(deployment, "role", "edit", "ann", "--remove-rule", "/action/console").code == 0
    refused = inside.get("/approvals")
    assert (refused.status, "Missing: /action/console" in refused.text) == (403, True)


def test_a_stolen_session_is_worth_nothing_with_another_certificate(deployment: Deployment, visitor: Visitor) -> None:
    stolen = entered(visitor).cookie
    ben = trusting(deployment.directory, deployment.directory / "ben.p12", SECRET)
    assert replace(visitor, tls=ben, cookie=stolen).get("/").status == 403
    assert ca(deployment, "role", "edit", "ben", "--add-rule", "/action/console").code == 0
    answer = replace(visitor, tls=ben, cookie=stolen).get("/")
    assert (answer.status, "You are CN=ben" in answer.text) == (200, True)
    assert answer.cookie not in ("", stolen)


def test_strangers_and_ras_get_no_connection(deployment: Deployment, visitor: Visitor) -> None:
    """An RA's certificate is for no TLS client."""
    files = make_server_identity(deployment.directory / "ca", "stranger")
    nobody, stranger = (trusting(deployment.directory, None) for _ in range(2))
    stranger.load_cert_chain(files.certificate, files.key)
    password = (deployment.ra / "ra.password").read_text().strip().encode()
    ra = trusting(deployment.directory, deployment.ra / "ra.p12", password)
    for context in (nobody, stranger, ra):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            replace(visitor, tls=context).get("/")


def test_the_certificates_of_a_new_ca_count_in_time(deployment: Deployment, visitor: Visitor) -> None:
    created = ("ca", "create", "SecondCA", "--subject-dn", "CN=Second CA", "--key", "P-256")
    assert ca(deployment, *created).code == 0
    container, key = CaContainer(zone=load_ca(deployment.ca_config)), rsa_key(63)
    issued = certified(container, "carol", spki(key), "SecondCA")
    container.engine().dispose()
    rules = ("--rule", "/administrator", "--rule", "/action/console")
    assert ca(deployment, "role", "add", "carol", *rules, "--fingerprint", issued.fingerprint).code == 0
    write_keystore(deployment.directory, "carol", key, issued)
    carol = replace(visitor, tls=trusting(deployment.directory, deployment.directory / "carol.p12", SECRET))
    until(lambda: enters(carol))


def enters(visitor: Visitor) -> bool:
    try:
        return visitor.get("/").status == 200
    except (ssl.SSLError, ConnectionError):
        return False


def test_links_open_nothing_where_certificates_are_asked_for(deployment: Deployment, visitor: Visitor) -> None:
    assert visitor.get("/enter?link=any").status == 404
    refused = ca(deployment, "console", "link")
    assert (refused.code, "administrators enter with client certificates" in refused.err) == (2, True)
