"""A CA with a CMP service, as operators run it, and the addresses at which CMP clients reach it."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lockgate_app.container.cmp import CmpContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.commands import Outcome, lockgate
from tests.support.wire.cmp_mock import pem, written

ENDPOINTS = ("direct",)
REFERENCE = "factory"
SECRET = "the secret of the factory's devices"
"""Shared with every device; no other secret is part of it."""
ISSUING = 'defaultCA = "ManagementCA"\nentityProfile = "EMPTY"\ncheck_after = 1\n'
PROFILES = {"desk": "DESK", "guarded": "GUARDED"}
"""The certificate profile of an alias; of others ENDUSER."""
SHARED = f'mode = "ra"\nsecrets = {{ {REFERENCE} = "{SECRET}" }}\n'
ALIASES = {
    "devices": SHARED,
    "old": f"{SHARED}hmac_sha1 = true\n",
    "signed": f'{SHARED}response_protection = "signature"\n',
    "explicit": f"{SHARED}implicit_confirm = false\n",
    "original": f'{SHARED}final_nonce = "first"\n',
    "own": 'mode = "client"\n',
    "guarded": SHARED,
    "desk": 'mode = "ra"\nra_verified = true\nra_certificates = ["{desk}"]\n',
}
"""The settings of each alias, as operators write them; `{desk}` is an RA's certificate."""


@dataclass(frozen=True)
class Endpoint:
    """Where CMP clients reach the service.

    Attributes:
        name: `direct`, or `proxied`.
        address: host and port.
        prefix: of the path; an alias follows.
    """

    name: str
    address: str
    prefix: str

    def path(self, alias: str) -> str:
        """The path of an alias."""
        return f"{self.prefix}/{alias}"

    def url(self, alias: str) -> str:
        """The URL of an alias."""
        return f"http://{self.address}{self.path(alias)}"


@dataclass(frozen=True)
class KeyFiles:
    """PEM files of a key and its certificate."""

    certificate: Path
    key: Path

    @cached_property
    def loaded(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())


@dataclass(frozen=True)
class CmpSite:
    """The deployment.

    Attributes:
        desk: what an RA signs with, for the alias of that name.
        files: a directory for PEM files.
    """

    deployment: Deployment
    desk: KeyFiles
    files: Path

    def ca(self, *arguments: object) -> Outcome:
        """A command on the CA's host."""
        done = lockgate("--config", self.deployment.ca_config, *arguments)
        assert done.code == 0, done.err
        return done

    @property
    def trusted(self) -> Path:
        """PEM: the CA."""
        return self.deployment.ca_certificate

    @cached_property
    def authority(self) -> x509.Certificate:
        """The CA."""
        return x509.load_pem_x509_certificate(self.trusted.read_bytes())

    @cached_property
    def service(self) -> x509.Certificate:
        """The signer of the service's answers."""
        return _keystore(self.deployment.ca / "cmp.p12")[1]

    def one_time_password(self, name: str) -> str:
        """Of a new end entity with the common name `name`."""
        profiles = ("--ca", "ManagementCA", "--end-entity-profile", "EMPTY", "--certificate-profile", "ENDUSER")
        made = self.ca(
            "end-entity", "add", name, "--subject-dn", f"CN={name}", *profiles, "--one-time-password", "--json"
        )
        return str(json.loads(made.out)["one_time_password"])

    def statuses(self, name: str) -> list[str]:
        """Of the certificates whose subject has that common name alone, the latest first."""
        found = json.loads(self.ca("certificate", "search", "--subject", f"CN={name}", "--json").out)
        return [str(each["status"]) for each in found["certificates"]]


def build(directory: Path, message_url: str, ca_url: str) -> CmpSite:
    """A deployment with a CMP service; nothing is started."""
    made = lockgate("init", directory, "--message-db", message_url, "--ca-db", ca_url)
    assert made.code == 0, made.err
    deployment = Deployment(directory)
    files = directory / "files"
    files.mkdir()
    for name in ("cmp", "desk"):
        done = lockgate(
            *("--config", deployment.ca_config, "scep-ra", "keystore", "--ca", "ManagementCA"),
            *("--output", deployment.ca / f"{name}.p12", "--subject-dn", f"CN=CMP {name}"),
        )
        assert done.code == 0, done.err
    key, certificate = _keystore(deployment.ca / "desk.p12")
    desk = KeyFiles(
        written(files / "desk.pem", certificate.public_bytes(Encoding.PEM)), written(files / "desk.key", key)
    )
    fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    _add_profiles(deployment)
    tables = [_table(name, settings.replace("{desk}", fingerprint)) for name, settings in ALIASES.items()]
    service = '[cmp]\nkeyStorePath = "cmp.p12"\nkeyStorePassword = { file = "cmp.password" }\n'
    configured = "\n".join([deployment.ca_config.read_text(), service, *tables])
    deployment.ca_config.write_text(configured.replace("period = 10", "period = 5"))
    return CmpSite(deployment, desk, files)


def _table(alias: str, settings: str) -> str:
    profile = PROFILES.get(alias, "ENDUSER")
    return f'[cmp.alias.{alias}]\n{ISSUING}certificateProfile = "{profile}"\n{settings}'


def _add_profiles(deployment: Deployment) -> None:
    """One that certifies keys for which an RA vouches, and one that needs an administrator's approval."""
    exported = lockgate("--config", deployment.ca_config, "profile", "export", "ENDUSER", "EMPTY").out
    head, _, rest = exported.partition("  ENDUSER:\n")
    enduser, _, others = rest.partition("end_entity_profiles:\n")
    made = {
        "DESK": enduser.replace("unproven_keys: false", "unproven_keys: true"),
        "GUARDED": enduser.replace("approvals: {}", "approvals: {issue: 1}"),
    }
    profiles = "".join(f"  {name}:\n{fields}" for name, fields in made.items())
    everything = others.replace("    - ENDUSER\n", "    - ENDUSER\n    - DESK\n    - GUARDED\n")
    path = deployment.directory / "profiles.yaml"
    path.write_text(f"{head}{profiles}end_entity_profiles:\n{everything}")
    done = lockgate("--config", deployment.ca_config, "profile", "import", "--replace", path)
    assert done.code == 0, done.err


def _keystore(path: Path) -> tuple[bytes, x509.Certificate]:
    """The PEM key and the certificate in a keystore."""
    loaded = load_pkcs12(path.read_bytes(), path.with_suffix(".password").read_text().strip().encode())
    assert loaded.cert is not None
    return pem(loaded.key), loaded.cert.certificate  # type: ignore[arg-type]


def common_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
    return f"{name[:40]}-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]}"


@contextmanager
def served_directly(site: CmpSite) -> Iterator[Endpoint]:
    """The service on a node of the CA, without the message database."""
    service = CmpContainer(zone=load_ca(site.deployment.ca_config)).service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = service.answer(self.path.rpartition("/")[2], body)
            self.send_response(200)
            self.send_header("Content-Type", "application/pkixcmp")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Endpoint("direct", f"127.0.0.1:{server.server_port}", "/cmp")
        finally:
            server.shutdown()
            thread.join(10)
