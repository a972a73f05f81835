"""`lockgate cmp-proxy serve` and `lockgate cmp serve`: a client of the page's example, and what cannot start."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_app.checks import Severity, examine
from lockgate_app.cli import cmp, cmp_proxy
from lockgate_app.deployment import Deployment
from lockgate_app.keys import certificate_pem, key_pem, new_key
from lockgate_app.settings import load
from lockgate_formats.cmp.vocabulary import FailInfo
from lockgate_transport.cmp.vocabulary import MEDIA_TYPE
from tests.integration.app.commands import PATIENCE, copied, edited, lockgate, running, with_tls
from tests.integration.app.serving import serving_alone
from tests.support.deployments import created
from tests.support.parts import needed_program
from tests.support.pki import identities
from tests.support.wire.cmp_carried import error_in, message

DIRECT = "[cmp.direct]\n"
ALIAS = "[cmp.alias.cmp]\n"


@pytest.fixture(scope="module")
def pristine_cmp(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose RA runs a CMP proxy, and whose CA may be reached directly."""
    made = created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"cmp"})
    edited(made.ca_config, ALIAS, f"{DIRECT}\n{ALIAS}")
    edited(made.ca_config, "period = 10", "period = 5")
    return made


@pytest.fixture
def own(pristine_cmp: Deployment, tmp_path: Path) -> Deployment:
    return copied(pristine_cmp, tmp_path / "cmp")


def posted(port: int, body: bytes, *, scheme: str = "http", ca: Path | None = None) -> bytes:
    """The answer to a message."""
    url = f"{scheme}://localhost:{port}/cmpProxy/cmp"
    context = None if ca is None else ssl.create_default_context(cafile=ca)
    asked = urllib.request.Request(url, body, {"Content-Type": MEDIA_TYPE})
    with urllib.request.urlopen(asked, timeout=PATIENCE, context=context) as answer:
        assert answer.headers["content-type"] == MEDIA_TYPE
        return bytes(answer.read())


def secret_of(deployment: Deployment, username: str, *more: str) -> str:
    """The one-time password of a new end entity."""
    done = lockgate(
        "--config", deployment.ca_config, "end-entity", "add", username, "--subject-dn", f"CN={username},O=Example",
        "--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER",
        "--one-time-password", "--json", *more,
    )  # fmt: skip
    assert done.code == 0, done.err
    return str(json.loads(done.out)["one_time_password"])


@dataclass(frozen=True)
class Client:
    """The client of the page's example, as OpenSSL has it today."""

    deployment: Deployment
    username: str
    secret: str

    def enrol(self, server: str) -> x509.Certificate:
        """The certificate that a service gives it."""
        folder = self.deployment.directory
        key, secret, output = folder / "client.key", folder / "client.secret", folder / f"{self.username}.pem"
        key.write_bytes(key_pem(new_key()))
        secret.write_text(self.secret)
        command = [
            needed_program("openssl", "openssl"), "cmp", "-cmd", "ir", "-server", server, "-ref", self.username,
            "-secret", f"file:{secret}", "-mac", "hmacWithSHA256", "-newkey", str(key),
            "-subject", f"/O=Example/CN={self.username}", "-certout", str(output),
            "-recipient", "/O=Lockgate/CN=ManagementCA",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return x509.load_pem_x509_certificate(output.read_bytes())


def test_a_client_sees_no_difference_between_the_proxy_and_the_ca(own: Deployment) -> None:
    subjects = []
    with (
        running(own),
        serving_alone(own.ra_config, "cmp-proxy") as proxy,
        serving_alone(own.ca_config, "cmp") as direct,
    ):
        for username, server in (
            ("user1", f"localhost:{proxy}/cmpProxy/cmp"),
            ("user2", f"localhost:{direct}/ejbca/publicweb/cmp/cmp"),
            ("user3", f"localhost:{proxy}/.well-known/cmp"),
        ):
            certificate = Client(own, username, secret_of(own, username)).enrol(server)
            subjects.append(certificate.subject.rfc4514_string())
    assert subjects == [f"CN={username},O=Example" for username in ("user1", "user2", "user3")]


def test_without_a_worker_a_client_is_told_to_send_again_and_a_worker_brings_the_answer(own: Deployment) -> None:
    edited(own.ra_config, "timeout = 30", "timeout = 2")
    octets = message()
    with serving_alone(own.ra_config, "cmp-proxy") as port:
        _, status = error_in(posted(port, octets))
        assert status.fail_info == {FailInfo.SYSTEM_UNAVAIL}
        assert lockgate("--config", own.ca_config, "worker", "--once").code == 0
        assert b"Send the same message again" not in posted(port, octets)


def test_the_ra_may_deliver_for_the_alias_that_it_was_made_for_and_no_other(own: Deployment) -> None:
    edited(own.ra_config, 'aliases = ["cmp"]', "aliases = []")
    config, other = own.ca_config.read_text(), ALIAS.replace("cmp]", "other]")
    own.ca_config.write_text(f"{config}\n{config[config.index(ALIAS) :].replace(ALIAS, other)}")
    edited(own.ra_config, 'default_alias = "cmp"', 'default_alias = "other"')
    with running(own), serving_alone(own.ra_config, "cmp-proxy") as port:
        asked = urllib.request.Request(
            f"http://localhost:{port}/cmpProxy/other", message(), {"Content-Type": MEDIA_TYPE}
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            _, status = error_in(answer.read())
    assert status.fail_info == {FailInfo.NOT_AUTHORIZED}
    assert "Missing: /cmp/other" in status.texts[0]


def test_a_proxy_with_a_certificate_speaks_tls_and_nothing_else(own: Deployment) -> None:
    identity = with_tls(own, "cmp")
    with serving_alone(own.ra_config, "cmp-proxy") as port:
        _, status = error_in(posted(port, b"garbage", scheme="https", ca=identity.ca))
        assert status.fail_info == {FailInfo.BAD_DATA_FORMAT}
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            posted(port, b"garbage", scheme="https", ca=identity.other_ca)
        with pytest.raises((ConnectionError, HTTPException)):
            posted(port, b"garbage")


def with_crl_of_a_stranger(deployment: Deployment) -> None:
    (deployment.ra / "issuer.pem").write_bytes(certificate_pem(identities.authority().der))
    crl = identities.make_authority("Stranger", identities.ec_key(8)).crl(1)
    (deployment.ra / "stranger.crl").write_bytes(crl.public_bytes(Encoding.DER))
    edited(deployment.ra_config, "[cmp]", '[cmp]\ntrusted_issuers = ["issuer.pem"]\ncrls = ["stranger.crl"]')


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda own: edited(own.ra_config, "timeout = 30", 'messages = ["ir", "xr"]'), "'xr' is none of ir, ip, cr"),
        (lambda own: edited(own.ra_config, "timeout = 30", "timeout = 90\nlifetime = 60"), "shorter than timeout"),
        (lambda own: edited(own.ra_config, "timeout = 30", 'crls = ["a"]'), "there are no trusted_issuers"),
        (lambda own: edited(own.ra_config, "timeout = 30", 'secret = "a secret"'), "cmp.secret: unknown key"),
        (lambda own: edited(own.ra_config, 'context = "cmpProxy"', 'context = "a/b"'), "cmp.context: may hold letters"),
        (
            lambda own: edited(own.ra_config, "timeout = 30", 'secrets = { router = { file = "none" } }'),
            "none: cannot be read",
        ),
        (with_crl_of_a_stranger, "stranger.crl: the CRL is of another issuer"),
    ],
)
def test_a_proxy_that_cannot_start_says_why(
    own: Deployment, change: Callable[[Deployment], object], complaint: str
) -> None:
    change(own)
    done = lockgate("--config", own.ra_config, "cmp-proxy", "serve", "--port", 0)
    assert done.code == 2
    assert complaint in done.err
    assert done.err.count("\n") == 1, "one line"


def test_only_hosts_with_the_tables_serve(own: Deployment, deployment: Deployment) -> None:
    def complaint(config: Path, *command: str) -> str:
        done = lockgate("--config", config, *command, "serve", "--port", 0)
        assert done.code == 2
        return done.err

    assert "no table [cmp]" in complaint(deployment.ra_config, "cmp-proxy")
    assert "no table [cmp]" in complaint(deployment.ca_config, "cmp")
    assert "the command needs the RA host's" in complaint(own.ca_config, "cmp-proxy")
    assert "the command needs the CA host's" in complaint(own.ra_config, "cmp")
    edited(own.ca_config, DIRECT, "")
    assert "no table [cmp.direct]" in complaint(own.ca_config, "cmp")


@pytest.mark.parametrize(("module", "command", "zone"), [(cmp_proxy, "cmp-proxy", "ra"), (cmp, "cmp", "ca")])
def test_every_command_shows_an_example(module: object, command: str, zone: str) -> None:
    commands = {registered.name: registered.callback for registered in module.app.registered_commands}  # type: ignore[attr-defined]
    example = f"Example: lockgate --config deployment/{zone}/lockgate.toml {command} serve"
    assert example in (commands["serve"].__doc__ or "")


def findings(config: Path, verdict: Severity) -> list[str]:
    return [finding.text for finding in examine(config, load(config)) if finding.verdict is verdict]


def test_a_new_proxy_has_nothing_wrong(own: Deployment) -> None:
    for config in (own.ra_config, own.ca_config):
        assert not findings(config, Severity.WRONG)
        assert not findings(config, Severity.WARNING)
    assert "messages pass for cmp" in findings(own.ra_config, Severity.GOOD)


def short_secret(own: Deployment) -> None:
    edited(own.ra_config, "timeout = 30", 'secrets = { router = "a short one" }')
    own.ra_config.chmod(0o600)


def trusting_issuer(own: Deployment) -> None:
    edited(own.ra_config, "timeout = 30", 'trusted_issuers = ["ManagementCA.pem"]')


def old_crl(own: Deployment) -> None:
    authority = identities.make_authority("Old", identities.ec_key(9))
    (own.ra / "old.pem").write_bytes(certificate_pem(authority.der))
    crl = authority.crl(1)
    ended = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(crl.issuer)
        .last_update(identities.NOT_BEFORE)
        .next_update(identities.NOT_BEFORE.replace(month=2))
        .sign(authority.key, hashes.SHA256())
    )
    (own.ra / "old.crl").write_bytes(ended.public_bytes(Encoding.DER))
    edited(own.ra_config, "timeout = 30", 'trusted_issuers = ["old.pem"]\ncrls = ["old.crl"]')


def open_tls_key(own: Deployment) -> None:
    with_tls(own, "cmp").key.chmod(0o644)


@pytest.mark.parametrize(
    ("change", "verdict", "complaint"),
    [
        (short_secret, Severity.WARNING, "shorter than 16 octets"),
        (trusting_issuer, Severity.WARNING, "revoked certificates pass the proxy"),
        (old_crl, Severity.WRONG, "old.crl counted until 2026-02-01 00:00 UTC"),
        (with_crl_of_a_stranger, Severity.WRONG, "the CRL is of another issuer"),
        (open_tls_key, Severity.WRONG, "can be read or written by others"),
        (
            lambda own: edited(own.ra_config, "timeout = 30", "hmac_sha1 = true"),
            Severity.WARNING,
            "hmac_sha1 = true: MACs with SHA-1 are accepted",
        ),
        (
            lambda own: edited(own.ra_config, "timeout = 30", "connections_in_all = 10"),
            Severity.WARNING,
            "waiting_in_all = 1000: only 10 can",
        ),
    ],
)
def test_what_is_wrong_with_a_proxy(
    own: Deployment, change: Callable[[Deployment], object], verdict: Severity, complaint: str
) -> None:
    change(own)
    (found,) = findings(own.ra_config, verdict)
    assert complaint in found
