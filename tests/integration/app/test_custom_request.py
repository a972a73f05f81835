"""A request type that a package adds: installed and run like a deployer does, with no change to the product."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import LOCKGATE, Outcome, edited, lockgate, work

EXAMPLE = Path(__file__).parents[3] / "examples" / "custom_request"
TYPE = "CertificateStatusRequest"
REFUSING = """
from dataclasses import replace
from certificate_status import *
from certificate_status import CertificateStatusProcessor

class Refusing(CertificateStatusProcessor):
    def respond(self, request, outcomes):
        return replace(super().respond(request, outcomes), success=False)

REFUSING = RequestType(CertificateStatusRequest, CertificateStatusResponse, Refusing())
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example is installed."""
    target = tmp_path_factory.mktemp("installed")
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", target, EXAMPLE)
    subprocess.run([sys.executable, *map(str, install)], check=True, timeout=120)
    return target


@pytest.fixture
def installed(package: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment on hosts that have the package."""
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setenv("PYTHONPATH", str(package), prepend=":")
    return deployment


@pytest.fixture
def question(deployment: Deployment) -> Path:
    """About the RA's own certificate."""
    command = ("--config", deployment.ca_config, "certificate", "search", "--username", "ra", "--json")
    fingerprint = json.loads(lockgate(*command).out)["certificates"][0]["fingerprint"]
    shown = lockgate("--config", deployment.ca_config, "certificate", "show", fingerprint, "--json")
    facts = json.loads(shown.out)
    path = deployment.directory / "status.json"
    path.write_text(json.dumps({"issuer_dn": facts["issuer"], "certificate_sn": facts["serial_number"]}))
    return path


def ask(deployment: Deployment, question: Path, message_id: str = "asked") -> Outcome:
    ra = ("--config", deployment.ra_config, "request")
    sent = lockgate(*ra, "send", TYPE, question, "--message-id", message_id, "--wait", 0)
    if sent.code != 3:
        return sent
    work(deployment)
    return lockgate(*ra, "resume", message_id, "--wait", 0, "--json")


def allow(deployment: Deployment, *rules: str) -> None:
    options = [option for rule in rules for option in ("--add-rule", rule)]
    changed = lockgate("--config", deployment.ca_config, "role", "edit", "RA", *options)
    assert changed.code == 0, changed.err


def audited(deployment: Deployment) -> list[str]:
    exported = lockgate("--config", deployment.ca_config, "audit", "export").out.splitlines()
    return [json.loads(line)["event"] for line in exported]


def test_it_is_answered(installed: Deployment, question: Path) -> None:
    allow(installed, "/endentityprofile/SERVICE")
    done = ask(installed, question)
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert (answer["success"], answer["standing"], answer["username"]) == (True, "good", "ra")
    assert "request.answered" in audited(installed)


def test_it_is_authorized(installed: Deployment, question: Path) -> None:
    done = ask(installed, question)
    assert done.code == 1
    assert "unknown_certificate" in done.err
    assert "SERVICE" not in done.err
    assert "access.denied" in audited(installed)


def test_it_is_whitelisted_by_its_name(installed: Deployment, question: Path) -> None:
    allow(installed, "/endentityprofile/SERVICE")
    edited(installed.ca_config, 'whitelist = ""', 'whitelist = "PKCS10Request"')
    assert "not_whitelisted" in ask(installed, question).err
    edited(installed.ca_config, 'whitelist = "PKCS10Request"', f'whitelist = "PKCS10Request,{TYPE}"')
    assert ask(installed, question, "asked again").code == 0
    checked = lockgate("--config", installed.ca_config, "check")
    assert f"besides the built-in ones: {TYPE}" in " ".join(checked.out.split())


def test_its_fields_are_checked(installed: Deployment, question: Path) -> None:
    question.write_text('{"issuer_dn": "CN=x", "serial": "1"}')
    refused = ask(installed, question)
    assert refused.code == 2
    assert "serial" in refused.err


def test_it_has_a_schema(installed: Deployment) -> None:
    definitions = json.loads(lockgate("schema").out)["$defs"]
    fields = definitions[TYPE]["properties"]
    assert fields["issuer_dn"]["maxLength"] == 4096
    assert f"{TYPE}Content" in definitions


def test_one_that_refuses_what_was_carried_out_is_a_defect_and_answers_nobody(
    installed: Deployment, question: Path, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Approval and journal would say that it was done."""
    allow(installed, "/endentityprofile/SERVICE")
    ra = ("--config", installed.ra_config, "request")
    assert lockgate(*ra, "send", TYPE, question, "--message-id", "asked", "--wait", 0).code == 3
    own = tmp_path / "own"
    shutil.copytree(package, own)
    (own / "refusing.py").write_text(REFUSING)
    (entry_points,) = own.glob("*.dist-info/entry_points.txt")
    entry_points.write_text(f"[lockgate.request_types]\n{TYPE} = refusing:REFUSING\n")
    monkeypatch.setenv("PYTHONPATH", str(own))
    command = [LOCKGATE, "--config", str(installed.ca_config), "worker", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert f"the processor of {TYPE} refuses what was carried out" in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    named = {line["event"]: line["message"] for line in lines if "message" in line}
    assert named == dict.fromkeys(("defect while answering a submessage", "message waits after a defect"), "asked")
    assert "request.answered" not in audited(installed)
    assert "internal_error" in lockgate("--config", installed.ca_config, "messages", "list", "--status", "waiting").out


def test_a_ca_without_the_package_knows_no_such_request(
    installed: Deployment, question: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ra = ("--config", installed.ra_config, "request")
    assert lockgate(*ra, "send", TYPE, question, "--message-id", "asked", "--wait", 0).code == 3
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("PYTHONPATH")
        work(installed)
    assert "unknown_request_type" in lockgate(*ra, "resume", "asked", "--wait", 0).err


def test_an_ra_without_the_package_sends_nothing(deployment: Deployment, question: Path) -> None:
    refused = ask(deployment, question)
    assert refused.code == 2
    assert f"{TYPE} is no request type installed here" in refused.err


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:THING", "cannot be loaded: ModuleNotFoundError"),
        ("lockgate.requests.request_types:extended", "is no lockgate.requests.request_types.RequestType"),
        ("lockgate.requests.request_types:TAKEN", "cannot be loaded: AttributeError"),
    ],
)
def test_a_broken_package_is_said_and_nothing_starts(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[lockgate.request_types]\nBroken = {value}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    started = work(deployment)
    assert started.code == 2
    assert said in started.err
