"""`lockgate check` on the host of a CA that answers CMP: the service, its keys, and the workers."""

from datetime import UTC, datetime, timedelta

import pytest

from lockgate_app.checks import Severity
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from lockgate_app.workers.running import run_once
from lockgate_transport.host.clock import HostClock
from tests.integration.app.cmp_checking import *  # noqa: F403
from tests.integration.app.cmp_checking import SIGNED, Change, Command, found, keystore, said
from tests.integration.app.commands import edited
from tests.support.deployments import created


def keystore_of_another_installation(deployment: Deployment) -> None:
    other = created(deployment.directory / "other", fronts={"cmp"})
    for name in ("cmp.p12", "cmp.password"):
        (other.ca / name).replace(deployment.ca / name)


def keys_made(profile: str) -> Change:
    def change(deployment: Deployment) -> None:
        keystore(deployment, "kga", profile)
        kga = 'kga = { keyStorePath = "kga.p12", keyStorePassword = { file = "cmp.password" } }\n'
        edited(deployment.ca_config, "[cmp]\n", f"[cmp]\n{kga}")

    return change


def test_a_new_service_has_nothing_wrong(pristine_cmp: Deployment) -> None:
    assert found(pristine_cmp, Severity.WRONG) == []
    assert found(pristine_cmp, Severity.WARNING) == []
    good = found(pristine_cmp, Severity.GOOD)
    assert ("CMP", "cmp.p12 is readable for its owner only") in good
    assert ("CMP", "key usage digitalSignature") in good
    assert ("CMP alias cmp", "the CA ManagementCA issues") in good


def test_keys_that_the_ca_makes(own: Deployment, in_process: Command) -> None:
    issue = ("keystore", "issue", "kga", "--ca", "ManagementCA", "--output", own.ca / "kga.p12")
    assert in_process("--config", own.ca_config, *issue).code == 0
    kga = 'kga = { keyStorePath = "kga.p12", keyStorePassword = { file = "kga.password" } }\n'
    edited(own.ca_config, "[cmp]\n", f"[cmp]\n{kga}")
    assert (found(own, Severity.WRONG), found(own, Severity.WARNING)) == ([], [])
    assert ("CMP, keys that the CA makes", "kga.p12 is readable for its owner only") in found(own, Severity.GOOD)


WRONG: list[tuple[Change, str, str]] = [
    (lambda own: (own.ca / "cmp.p12").chmod(0o640), SIGNED, "/cmp.p12 can be read or written by others"),
    (lambda own: (own.ca / "cmp.password").chmod(0o604), SIGNED, "/cmp.password can be read or written by others"),
    (lambda own: (own.ca / "cmp.p12").unlink(), SIGNED, "cmp.p12: No such file or directory"),
    (
        lambda own: (own.ca / "cmp.password").write_text("some guess"),
        SIGNED,
        "wrong password, or no PKCS#12 keystore; [cmp] keyStorePassword gives the password: secret file /",
    ),
    (keystore_of_another_installation, SIGNED, "the certificate was not issued by a CA of this installation"),
    (
        lambda own: keystore(own, "cmp", "ENCRYPTS"),
        SIGNED,
        "the certificate lacks the key usage digitalSignature",
    ),
    (keys_made("WORKER"), "CMP, keys that the CA makes", "its certificate lacks the extended key usage id-kp-cmKGA"),
]


@pytest.mark.parametrize(("change", "subject", "complaint"), WRONG)
def test_what_is_wrong(own: Deployment, change: Change, subject: str, complaint: str) -> None:
    change(own)
    wrong = found(own, Severity.WRONG)
    assert {about for about, _ in wrong} == {subject}
    assert any(complaint in text for _, text in wrong)


def test_a_service_that_no_worker_takes_messages_for(own: Deployment) -> None:
    edited(own.ca_config, "CMPRequest,RenewalRequest", "PKCS10Request")
    assert found(own, Severity.WRONG) == []
    assert said(own, Severity.WARNING, SIGNED, "no active worker's whitelist has CMPRequest: no message is answered")


def test_a_service_without_an_alias(own: Deployment) -> None:
    text = own.ca_config.read_text()
    own.ca_config.write_text(text[: text.index("[cmp.alias.cmp]")])
    assert said(own, Severity.WARNING, "CMP", "there is no [cmp.alias.NAME]: every message is refused")


def test_a_service_that_clients_reach_directly_needs_no_worker(own: Deployment) -> None:
    edited(own.ca_config, "CMPRequest,RenewalRequest", "PKCS10Request")
    edited(own.ca_config, "[cmp.alias.cmp]", "[cmp.direct]\n\n[cmp.alias.cmp]")
    assert found(own, Severity.WARNING) == []


@pytest.mark.parametrize("active", [True, False])
def test_a_worker_that_takes_messages_which_nothing_answers(own: Deployment, active: bool) -> None:
    text = own.ca_config.read_text()
    own.ca_config.write_text(text[: text.index("[cmp]\n")])
    edited(own.ca_config, "period = 10", f"period = 10\nactive = {str(active).lower()}")
    warned = "whitelist: CMPRequest: no table [cmp] says how to answer"
    assert (("worker main", warned) in found(own, Severity.WARNING)) is active


@pytest.mark.parametrize(("days", "warned"), [(730 - 31, False), (730 - 29, True)])
def test_keys_that_end_soon_are_named_by_check_and_worker(
    own: Deployment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, days: int, warned: bool
) -> None:
    later = datetime.now(UTC) + timedelta(days=days)
    monkeypatch.setattr(HostClock, "now", lambda _: later)
    run_once(load_ca(own.ca_config), ["main"])
    named = [text.split(":")[0] for text in caplog.messages if "ends soon" in text]
    assert named == (["worker main", "CMP"] if warned else [])
    wrong = [about for about, text in found(own, Severity.WRONG, later) if "expires soon" in text]
    assert wrong == (["CMP", "worker main"] if warned else [])
