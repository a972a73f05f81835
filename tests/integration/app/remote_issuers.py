"""A kind of remote issuer that a package adds, as a deployer installs one, and a deployment that has such an issuer."""

from pathlib import Path

from lockgate_app.deployment import Deployment
from lockgate_app.keys import certificate_pem
from lockgate_testing.doubles.remote_ca import RemoteCa
from tests.support.scenarios.configuration import toml

ISSUER, REMOTE_CA = "backend", "RemoteCA"
PACKAGE = {
    "remote_double.py": """
from datetime import timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.ports import Traits
from lockgate_testing.doubles.remote_ca import RemoteCaIssuer


def double(name, options):
    promises = dict(options)
    try:
        path, patience = Path(promises.pop("path")), promises.pop("patience", 2.0)
        timeout = timedelta(seconds=promises.pop("timeout", 30))
        path.with_suffix(".made").touch()
        return RemoteCaIssuer(path, Traits(timeout=timeout, **promises), patience)
    except (KeyError, TypeError) as error:
        raise ConfigurationError(f"ca.issuers.{name}.options: {error}") from None


class Mute:
    def __init__(self, name, options):
        self.traits = double(name, options).traits
""",
    "remote_double-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: remote-double\nVersion: 1.0\n",
    "remote_double-1.0.dist-info/entry_points.txt": (
        "[lockgate.issuers]\ndouble = remote_double:double\nbroken = remote_double:absent\nmute = remote_double:Mute\n"
    ),
}


def install(directory: Path) -> Path:
    """Put the package there; a process whose path has the directory has the kinds `double` and `broken`."""
    for name, text in PACKAGE.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def configure(deployment: Deployment, kind: str = "double", /, **options: object) -> None:
    """From now on the CA's host has the issuer `backend`, or other options for it."""
    text = deployment.ca_config.read_text().partition(f"\n[ca.issuers.{ISSUER}]")[0]
    lines = [f"{name} = {toml(value)}" for name, value in options.items()]
    table = "\n".join([f"\n[ca.issuers.{ISSUER}]", f'kind = "{kind}"', f"[ca.issuers.{ISSUER}.options]", *lines, ""])
    deployment.ca_config.write_text(text + table)


def certificate_file(deployment: Deployment, certificate: bytes, name: str = "remote") -> Path:
    """A PEM file with that certificate, DER."""
    path = deployment.directory / f"{name}.pem"
    path.write_bytes(certificate_pem(certificate))
    return path


def own_certificate(deployment: Deployment, ca: RemoteCa) -> Path:
    """A PEM file with the CA's certificate."""
    return certificate_file(deployment, ca.certificate)
