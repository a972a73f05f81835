"""`lockgate scep-ra`: the transport keystore, and what a server says that cannot start."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lockgate_app.cli import scep_ra
from lockgate_app.deployment import Deployment
from lockgate_app.keys import key_pem, new_key
from tests.integration.app.commands import PATIENCE, copied, edited, lockgate, with_tls
from tests.integration.app.serving import serving_alone
from tests.support.deployments import created
from tests.support.pki.tls import ServerIdentity


def test_the_keystore_comes_from_the_ca_that_enrols(deployment: Deployment, tmp_path: Path) -> None:
    made = lockgate("--config", deployment.ca_config, "ca", "create", "DeviceCA", "--subject-dn", "CN=Device CA")
    assert made.code == 0, made.err
    output = tmp_path / "scep.p12"
    command = ("--config", deployment.ca_config, "scep-ra", "keystore", "--ca", "DeviceCA", "--output", output)
    done = lockgate(*command, "--json")
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    assert (facts["keystore"], facts["password_file"]) == (str(output), str(tmp_path / "scep.password"))
    assert [path.stat().st_mode & 0o777 for path in tmp_path.glob("scep.*")] == [0o600, 0o600]
    store = load_pkcs12(output.read_bytes(), (tmp_path / "scep.password").read_bytes().strip())
    assert store.cert is not None
    certificate, issuer = store.cert.certificate, store.additional_certs[0].certificate
    assert issuer.subject.rfc4514_string() == "CN=Device CA"
    certificate.verify_directly_issued_by(issuer)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.key_encipherment
    again = lockgate(*command)
    assert again.code == 2
    assert "exists already, and stays as it is" in again.err


def test_an_unknown_ca_makes_nothing(deployment: Deployment, tmp_path: Path) -> None:
    output = tmp_path / "scep.p12"
    done = lockgate("--config", deployment.ca_config, "scep-ra", "keystore", "--ca", "None", "--output", output)
    assert done.code == 2
    assert "there is no CA None" in done.err
    assert not list(tmp_path.glob("scep.*"))


@pytest.fixture(scope="module")
def pristine_scep(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"scep"})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[scep]", "[scep.aliases.only]", "scep.keyStorePath: is missing"),
        (
            'keyStorePath = "scep.p12"',
            'keyStorePath = "ra.p12"',
            "[scep] keyStorePassword gives the password: secret",
        ),
        (
            "[scep]",
            '[scep.aliases.only]\nkeyStorePath = "ra.p12"\n\n[scep]',
            "[scep.aliases.only] (or else [scep]) keyStorePassword gives the password: secret",
        ),
        ('secret = { file = "scep.secret" }', 'secret = "short"', "scep.secret: at least 16 characters are needed"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    pristine_scep: Deployment, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    own = copied(pristine_scep, tmp_path / "deployment")
    edited(own.ra_config, old, new)
    done = lockgate("--config", own.ra_config, "scep-ra", "serve", "--port", 0)
    assert done.code == 2
    assert complaint in done.err


def capabilities(scheme: str, port: int, ca: Path | None = None) -> str:
    """The answer to GetCACaps of the server that calls itself `localhost`, which `ca` vouches for."""
    url = f"{scheme}://localhost:{port}/scepraserver/scep/pkiclient.exe?operation=GetCACaps"
    context = None if ca is None else ssl.create_default_context(cafile=ca)
    with urllib.request.urlopen(url, timeout=PATIENCE, context=context) as answer:
        return str(answer.read().decode())


def test_a_server_with_a_certificate_speaks_tls_and_nothing_else(pristine_scep: Deployment, tmp_path: Path) -> None:
    own = copied(pristine_scep, tmp_path / "deployment")
    identity = with_tls(own)
    with serving_alone(own.ra_config, "scep-ra") as port:
        assert "SCEPStandard" in capabilities("https", port, identity.ca).split()
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            capabilities("https", port, identity.other_ca)
        with pytest.raises((ConnectionError, HTTPException)):
            capabilities("http", port)
        assert "SCEPStandard" in capabilities("https", port, identity.ca).split()


def another_key(server: ServerIdentity) -> None:
    server.key.write_bytes(key_pem(new_key()))


def encrypted_key(server: ServerIdentity) -> None:
    key = load_pem_private_key(server.key.read_bytes(), None)
    server.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a password")))


NOT_THE_KEY = "server.key is not the PEM key, without a password, of the certificate in"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (another_key, NOT_THE_KEY),
        (encrypted_key, NOT_THE_KEY),
        (lambda server: server.certificate.write_text("no certificate"), NOT_THE_KEY),
        (lambda server: server.key.unlink(), "server.key: cannot be read: No such file or directory"),
    ],
)
def test_a_server_whose_files_for_tls_cannot_be_used_does_not_start(
    pristine_scep: Deployment, tmp_path: Path, change: Callable[[ServerIdentity], None], complaint: str
) -> None:
    own = copied(pristine_scep, tmp_path / "deployment")
    change(with_tls(own))
    done = lockgate("--config", own.ra_config, "scep-ra", "serve", "--port", 0)
    assert done.code == 2
    assert complaint in done.err
    assert done.err.count("\n") == 1, "one line"


def test_only_a_host_with_the_table_serves(deployment: Deployment) -> None:
    assert "no table [scep]" in lockgate("--config", deployment.ra_config, "scep-ra", "serve").err
    assert "the command needs the RA host's" in lockgate("--config", deployment.ca_config, "scep-ra", "serve").err


@pytest.mark.parametrize(("command", "zone"), [("serve", "ra"), ("keystore", "ca")])
def test_every_command_shows_an_example(command: str, zone: str) -> None:
    (callback,) = (registered.callback for registered in scep_ra.app.registered_commands if registered.name == command)
    assert callback is not None
    assert f"Example: lockgate --config deployment/{zone}/lockgate.toml scep-ra {command}" in (callback.__doc__ or "")
