"""`lockgate check` on the host of a CA that answers CMP."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.administration.authorities import CaStatus
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate_app.checks import Severity, examine
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp import cmp_keystore
from lockgate_app.deployment import Deployment, create
from lockgate_app.keys import new_key
from lockgate_app.settings import load, load_ca
from lockgate_app.workers.running import run_once
from lockgate_keys.pkcs12 import write_pkcs12
from lockgate_transport.host.clock import HostClock
from tests.integration.app.commands import Outcome, copied, edited

Command = Callable[..., Outcome]
Found = list[tuple[str, str]]
ALIAS = 'mode = "client"\n'
SIGNED, DECIDED = "CMP", "CMP alias cmp"


@pytest.fixture(scope="module")
def pristine_cmp(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose CA answers CMP, with a second CA; no test changes it."""
    made = create(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"cmp"})
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


def configured(old: str, new: str) -> Callable[[Deployment], object]:
    return lambda deployment: edited(deployment.ca_config, old, new)


def alias(line: str) -> Callable[[Deployment], object]:
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


def keystore_of_another_installation(deployment: Deployment) -> None:
    other = create(deployment.directory / "other", fronts={"cmp"})
    for name in ("cmp.p12", "cmp.password"):
        (other.ca / name).replace(deployment.ca / name)


def keys_made(profile: str) -> Callable[[Deployment], object]:
    def change(deployment: Deployment) -> None:
        keystore(deployment, "kga", profile)
        kga = 'kga = { keyStorePath = "kga.p12", keyStorePassword = { file = "cmp.password" } }\n'
        edited(deployment.ca_config, "[cmp]\n", f"[cmp]\n{kga}")

    return change


def switched_off(deployment: Deployment, name: str) -> None:
    """The CA signs nothing."""
    container = CaContainer(zone=load_ca(deployment.ca_config))
    container.administration().set_ca_status(name, CaStatus.OFFLINE)
    container.engine().dispose()


NARROW_BY_NAME = """
[cmp.alias.cmp.profiles.narrow]
certificateProfile = "ENDUSER"
entityProfile = "NARROW"
"""
"""NARROW allows neither the alias's CA nor ENDUSER."""


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


WRONG: list[tuple[Callable[[Deployment], object], str, str]] = [
    (lambda own: (own.ca / "cmp.p12").chmod(0o640), SIGNED, "/cmp.p12 can be read or written by others"),
    (lambda own: (own.ca / "cmp.password").chmod(0o604), SIGNED, "/cmp.password can be read or written by others"),
    (lambda own: (own.ca / "cmp.p12").unlink(), SIGNED, "cmp.p12: No such file or directory"),
    (
        lambda own: (own.ca / "cmp.password").write_text("some guess"),
        SIGNED,
        "wrong password, or no PKCS#12 keystore",
    ),
    (keystore_of_another_installation, SIGNED, "the certificate was not issued by a CA of this installation"),
    (
        lambda own: keystore(own, "cmp", "ENCRYPTS"),
        SIGNED,
        "the certificate lacks the key usage digitalSignature",
    ),
    (keys_made("WORKER"), "CMP, keys that the CA makes", "its certificate lacks the extended key usage id-kp-cmKGA"),
    (configured('defaultCA = "ManagementCA"', 'defaultCA = "NoCA"'), DECIDED, "there is no CA NoCA"),
    (
        configured('certificateProfile = "ENDUSER"', 'certificateProfile = "NONE"'),
        DECIDED,
        "certificateProfile: there is no certificate profile NONE",
    ),
    (
        configured('entityProfile = "EMPTY"', 'entityProfile = "NONE"'),
        DECIDED,
        "entityProfile: there is no end entity profile NONE",
    ),
    (
        lambda own: own.ca_config.write_text(own.ca_config.read_text() + NARROW_BY_NAME),
        f"{DECIDED}, profile narrow",
        "the end entity profile NARROW does not allow ENDUSER",
    ),
    (
        lambda own: own.ca_config.write_text(own.ca_config.read_text() + NARROW_BY_NAME),
        f"{DECIDED}, profile narrow",
        "the end entity profile NARROW does not allow the CA ManagementCA",
    ),
    (alias('vendor_cas = ["absent.pem"]'), DECIDED, "absent.pem: cannot be read: No such file or directory"),
    (alias('secrets = { desk = { env = "LOCKGATE_UNSET" } }'), DECIDED, "LOCKGATE_UNSET: the secret is empty"),
]


@pytest.mark.parametrize(("change", "subject", "complaint"), WRONG)
def test_what_is_wrong(own: Deployment, change: Callable[[Deployment], object], subject: str, complaint: str) -> None:
    change(own)
    wrong = found(own, Severity.WRONG)
    assert {about for about, _ in wrong} == {subject}
    assert any(complaint in text for _, text in wrong)


def test_a_ca_that_is_offline(own: Deployment) -> None:
    edited(own.ca_config, 'defaultCA = "ManagementCA"', 'defaultCA = "DeviceCA"')
    keystore(own, "cmp", "SIGNS", "DeviceCA")
    assert (found(own, Severity.WRONG), found(own, Severity.WARNING)) == ([], [])
    switched_off(own, "DeviceCA")
    assert said(own, Severity.WRONG, DECIDED, "defaultCA: the CA DeviceCA is offline: it issues nothing")


WARNINGS: list[tuple[Callable[[Deployment], object], str, str]] = [
    (
        configured('defaultCA = "ManagementCA"', 'defaultCA = "DeviceCA"'),
        DECIDED,
        "another CA than DeviceCA has issued the certificate that signs answers: clients that trust DeviceCA alone",
    ),
    (
        alias("one_time_passwords = false\ncertificates = false"),
        DECIDED,
        "mode client, with certificates and one_time_passwords both off: nobody gets a certificate",
    ),
    (
        alias('secrets = { desk = "fifteen letters" }'),
        DECIDED,
        "the secret of desk is shorter than 16 octets: a recorded message lets anybody guess it",
    ),
    (
        alias("one_time_passwords = false\ncertificates = false\nreg_token_password = true"),
        DECIDED,
        "reg_token_password or subject_password: passwords stand in clear in messages",
    ),
    (
        alias('subject_password = "UID"'),
        DECIDED,
        "reg_token_password or subject_password: passwords stand in clear in messages",
    ),
    (alias("hmac_sha1 = true"), DECIDED, "hmac_sha1 = true: MACs with SHA-1 are accepted"),
    (
        alias(f'ra_certificates = ["{"0" * 64}"]'),
        DECIDED,
        f"ra_certificates: {'0' * 64}: no such certificate was issued here",
    ),
    (
        configured("CMPRequest,RenewalRequest", "PKCS10Request"),
        SIGNED,
        "no active worker's whitelist has CMPRequest: no message is answered",
    ),
]


@pytest.mark.parametrize(("change", "subject", "complaint"), WARNINGS)
def test_what_is_warned_of(
    own: Deployment, change: Callable[[Deployment], object], subject: str, complaint: str
) -> None:
    change(own)
    assert found(own, Severity.WRONG) == []
    assert said(own, Severity.WARNING, subject, complaint)


@pytest.mark.parametrize(
    "line",
    [
        "one_time_passwords = false",
        "certificates = false",
        'secrets = { desk = "sixteen letters." }',
    ],
)
def test_what_is_not_warned_of(own: Deployment, line: str) -> None:
    alias(line)(own)
    assert (found(own, Severity.WRONG), found(own, Severity.WARNING)) == ([], [])


@pytest.mark.parametrize(
    ("mode", "line", "warned"),
    [
        ("ra", "", "mode ra, with certificates and one_time_passwords both off, and without secrets, ra_certificates"),
        ("ra", 'secrets = { desk = "sixteen letters." }', ""),
        ("ra", "ra_by_purpose = true", ""),
        ("ra", 'vendor_cas = ["ManagementCA.pem"]', ""),
        ("client", 'vendor_cas = ["ManagementCA.pem"]', ""),
        ("client", "ra_by_purpose = true", "mode client, with certificates and one_time_passwords both off: nobody"),
    ],
)
def test_an_alias_that_nobody_gets_a_certificate_from(own: Deployment, mode: str, line: str, warned: str) -> None:
    both_off = "one_time_passwords = false\ncertificates = false\n"
    edited(own.ca_config, ALIAS, f'mode = "{mode}"\n{both_off}{line}\n')
    assert found(own, Severity.WRONG) == []
    if warned:
        assert said(own, Severity.WARNING, DECIDED, warned)
    else:
        assert found(own, Severity.WARNING) == []


def test_a_service_without_an_alias(own: Deployment) -> None:
    text = own.ca_config.read_text()
    own.ca_config.write_text(text[: text.index("[cmp.alias.cmp]")])
    assert said(own, Severity.WARNING, "CMP", "there is no [cmp.alias.NAME]: every message is refused")


def test_a_certificate_of_an_ra_counts_until_it_is_revoked(own: Deployment, in_process: Command) -> None:
    certificate = cmp_keystore_certificate(own)
    fingerprint = hashlib.sha256(certificate).hexdigest()
    alias(f'ra_certificates = ["{fingerprint}"]')(own)
    assert found(own, Severity.WARNING) == []
    assert in_process("--config", own.ca_config, "certificate", "revoke", fingerprint).code == 0
    assert said(own, Severity.WARNING, DECIDED, f"ra_certificates: {fingerprint}: the certificate is revoked")


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


def cmp_keystore_certificate(deployment: Deployment) -> bytes:
    """DER: of the key that signs answers."""
    table = load_ca(deployment.ca_config).cmp
    assert table is not None
    return cmp_keystore(table).certificate
