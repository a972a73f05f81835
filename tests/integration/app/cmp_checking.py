"""What tests of `lockgate check` on a CA's host that answers CMP have in common."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate_app.checks import Severity, examine
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.keys import new_key
from lockgate_app.settings import load, load_ca
from lockgate_keys.pkcs12 import write_pkcs12
from tests.integration.app.commands import Outcome, copied, edited
from tests.support.deployments import created

Command = Callable[..., Outcome]
Change = Callable[[Deployment], object]
Found = list[tuple[str, str]]
ALIAS = 'mode = "client"\n'
SIGNED, DECIDED = "CMP", "CMP alias cmp"


@pytest.fixture(scope="module")
def pristine_cmp(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose CA answers CMP, with a second CA; no test changes it."""
    made = created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"cmp"})
    container = CaContainer(zone=load_ca(made.ca_config))
    administration = container.administration()
    administration.create_ca("DeviceCA", "CN=DeviceCA,O=Lockgate")
    administration.put_profile("NARROW", CertificateProfile(validity_days=365))
    narrow = EndEntityProfile(
        certificate_profiles=frozenset({"NARROW"}), certification_authorities=frozenset({"DeviceCA"})
    )
    administration.put_profile("NARROW", narrow)
    signs = CertificateProfile(validity_days=730, key_usage=frozenset({"digitalSignature"}))
    administration.put_profile("SIGNS", signs)
    administration.put_profile("ENCRYPTS", replace(signs, key_usage=frozenset({"keyEncipherment"})))
    service = EndEntityProfile(certificate_profiles=frozenset({"SIGNS", "ENCRYPTS", "WORKER", "KGA"}))
    administration.put_profile("SERVICE", service)
    container.engine().dispose()
    return made


@pytest.fixture
def own(pristine_cmp: Deployment, tmp_path: Path) -> Deployment:
    return copied(pristine_cmp, tmp_path / "deployment")


def found(deployment: Deployment, verdict: Severity, now: datetime | None = None) -> Found:
    config = deployment.ca_config
    return [(one.subject, one.text) for one in examine(config, load(config), now) if one.verdict is verdict]


def said(deployment: Deployment, verdict: Severity, subject: str, beginning: str) -> bool:
    """Whether one finding says so, and it is the only one of that verdict."""
    ((about, text),) = found(deployment, verdict)
    return about == subject and text.startswith(beginning)


def configured(old: str, new: str) -> Change:
    return lambda deployment: edited(deployment.ca_config, old, new)


def alias(line: str) -> Change:
    return configured(ALIAS, f"{ALIAS}{line}\n")


def keystore(deployment: Deployment, name: str, profile: str, ca_name: str = "ManagementCA") -> None:
    """A keystore, in the place of the one of that name, if there is one."""
    container, key, path = CaContainer(zone=load_ca(deployment.ca_config)), new_key(), deployment.ca / f"{name}.p12"
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issued = container.administration().issue_keystore_certificate(
        f"{name} of {profile}", f"CN={name}", public, ca_name=ca_name, certificate_profile=profile
    )
    container.engine().dispose()
    path.unlink(missing_ok=True)
    password = (deployment.ca / "cmp.password").read_text().strip()
    write_pkcs12(path, key, issued.certificate, (), password, name)
