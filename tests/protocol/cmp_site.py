"""A CA with a CMP service, as operators run it, and the addresses at which CMP clients reach it: the proxy on the RA's
host, with PostgreSQL and a worker behind it, and the service itself on the CA's host."""

import hashlib
import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import Outcome, edited, lockgate
from tests.protocol.processes import Processes
from tests.protocol.site import free_port
from tests.support.wire.cmp_mock import pem, written

PROXIED, DIRECT = ENDPOINTS = ("proxied", "direct")
PREFIXES = {PROXIED: "/cmpProxy", DIRECT: "/ejbca/publicweb/cmp"}
REFERENCE = "factory"
SECRET = "the secret of the factory's devices"
"""Shared with every device; no other secret is part of it."""
ISSUING = 'defaultCA = "ManagementCA"\nentityProfile = "EMPTY"\ncheck_after = 1\n'
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
BOUNDS = "hourly_requests_per_client = 1000000\nhourly_requests_in_all = 1000000\n"
"""All clients of the tests have one address."""
NO_ALIASES: Mapping[str, str] = {}
PROFILES = {"desk": "DESK", "guarded": "GUARDED"}
"""The certificate profile of an alias; of others ENDUSER."""


@dataclass(frozen=True)
class Endpoint:
    """Where CMP clients reach the service.

    Attributes:
        name: of `ENDPOINTS`.
        address: host and port.
    """

    name: str
    address: str

    def path(self, alias: str) -> str:
        """The path of an alias."""
        return f"{PREFIXES[self.name]}/{alias}"

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


@dataclass
class CmpSite(Processes):
    """The deployment.

    Attributes:
        desk: what an RA signs with, for the alias of that name.
        files: a directory for PEM files.
    """

    desk: KeyFiles
    files: Path

    def start_endpoint(self, name: str) -> Endpoint:
        """Start a server and wait until it listens."""
        port = free_port()
        command, configuration = {
            PROXIED: ("cmp-proxy", self.deployment.ra_config),
            DIRECT: ("cmp", self.deployment.ca_config),
        }[name]
        self.start(name, "--config", configuration, command, "serve", "--host", "127.0.0.1", "--port", port)
        self.until(name, lambda: socket.create_connection(("127.0.0.1", port)).close())
        return Endpoint(name, f"127.0.0.1:{port}")

    def start_worker(self) -> None:
        """Start the worker."""
        self.start("worker", "--config", self.deployment.ca_config, "worker")

    def told(self, *arguments: object) -> Outcome:
        """A command on the CA's host, which must succeed."""
        done = self.ca(*arguments)
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
        subject = ("--subject-dn", f"CN={name}")
        made = self.told("end-entity", "add", name, *subject, *profiles, "--one-time-password", "--json")
        return str(json.loads(made.out)["one_time_password"])

    def statuses(self, name: str) -> list[str]:
        """Of the certificates whose subject has that common name alone, the latest first."""
        found = json.loads(self.told("certificate", "search", "--subject", f"CN={name}", "--json").out)
        return [str(each["status"]) for each in found["certificates"]]


def build(directory: Path, message_url: str, ca_url: str, more: Mapping[str, str] = NO_ALIASES) -> CmpSite:
    """A deployment with a CMP service and its proxy; nothing is started.

    Args:
        more: aliases besides, with settings as in `ALIASES`.
    """
    made = lockgate("init", directory, "--message-db", message_url, "--ca-db", ca_url, "--cmp")
    assert made.code == 0, made.err
    deployment = Deployment(directory)
    files = directory / "files"
    files.mkdir()
    aliases = {**ALIASES, **more}
    site = CmpSite(deployment, _desk(deployment, files), files)
    _add_profiles(site)
    fingerprint = hashlib.sha256(site.desk.loaded.public_bytes(Encoding.DER)).hexdigest()
    tables = [_table(name, settings.replace("{desk}", fingerprint)) for name, settings in aliases.items()]
    configured = "\n".join([deployment.ca_config.read_text(), f"[cmp.direct]\n{BOUNDS}", *tables])
    deployment.ca_config.write_text(configured.replace("period = 10", "period = 5"))
    site.told("role", "edit", "RA", *(f"--add-rule=/cmp/{alias}" for alias in aliases))
    edited(deployment.ra_config, 'aliases = ["cmp"]', f"aliases = {json.dumps(list(aliases))}\n{BOUNDS}")
    return site


def _desk(deployment: Deployment, files: Path) -> KeyFiles:
    """A new RA's key and certificate."""
    output = files / "desk.p12"
    made = ("scep-ra", "keystore", "--ca", "ManagementCA", "--output", output, "--subject-dn", "CN=desk")
    done = lockgate("--config", deployment.ca_config, *made)
    assert done.code == 0, done.err
    key, certificate = _keystore(output)
    return KeyFiles(
        written(files / "desk.pem", certificate.public_bytes(Encoding.PEM)), written(files / "desk.key", key)
    )


def _table(alias: str, settings: str) -> str:
    profile = PROFILES.get(alias, "ENDUSER")
    return f'[cmp.alias.{alias}]\n{ISSUING}certificateProfile = "{profile}"\n{settings}'


def _add_profiles(site: CmpSite) -> None:
    """One that certifies keys for which an RA vouches, and one that needs an administrator's approval."""
    exported = site.told("profile", "export", "ENDUSER", "EMPTY").out
    head, _, rest = exported.partition("  ENDUSER:\n")
    enduser, _, others = rest.partition("end_entity_profiles:\n")
    made = {
        "DESK": enduser.replace("unproven_keys: false", "unproven_keys: true"),
        "GUARDED": enduser.replace("approvals: {}", "approvals: {issue: 1}"),
    }
    profiles = "".join(f"  {name}:\n{fields}" for name, fields in made.items())
    everything = others.replace("    - ENDUSER\n", "    - ENDUSER\n    - DESK\n    - GUARDED\n")
    path = site.files / "profiles.yaml"
    path.write_text(f"{head}{profiles}end_entity_profiles:\n{everything}")
    site.told("profile", "import", "--replace", path)


def _keystore(path: Path) -> tuple[bytes, x509.Certificate]:
    """The PEM key and the certificate in a keystore."""
    loaded = load_pkcs12(path.read_bytes(), path.with_suffix(".password").read_text().strip().encode())
    assert loaded.cert is not None
    return pem(loaded.key), loaded.cert.certificate  # type: ignore[arg-type]


def common_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
    return f"{name[:40]}-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]}"
