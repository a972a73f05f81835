"""`lockgate check` on the host of a CA that answers CMP: what each alias says."""

import hashlib

import pytest

from lockgate.administration.authorities import CaStatus
from lockgate_app.checks import Severity
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.cmp import cmp_keystore
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.cmp_checking import *  # noqa: F403
from tests.integration.app.cmp_checking import ALIAS, DECIDED, Change, Command, alias, configured, found, keystore, said
from tests.integration.app.commands import edited


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


WRONG: list[tuple[Change, str, str]] = [
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
def test_what_is_wrong(own: Deployment, change: Change, subject: str, complaint: str) -> None:
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


WARNINGS: list[tuple[Change, str, str]] = [
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
]


@pytest.mark.parametrize(("change", "subject", "complaint"), WARNINGS)
def test_what_is_warned_of(own: Deployment, change: Change, subject: str, complaint: str) -> None:
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


def test_a_certificate_of_an_ra_counts_until_it_is_revoked(own: Deployment, in_process: Command) -> None:
    certificate = cmp_keystore_certificate(own)
    fingerprint = hashlib.sha256(certificate).hexdigest()
    alias(f'ra_certificates = ["{fingerprint}"]')(own)
    assert found(own, Severity.WARNING) == []
    assert in_process("--config", own.ca_config, "certificate", "revoke", fingerprint).code == 0
    assert said(own, Severity.WARNING, DECIDED, f"ra_certificates: {fingerprint}: the certificate is revoked")


def test_the_certificate_of_a_worker_is_no_ras(own: Deployment) -> None:
    container = CaContainer(zone=load_ca(own.ca_config))
    container.coordinator().introduce("main", ["0" * 64])
    container.engine().dispose()
    alias(f'ra_certificates = ["{"0" * 64}"]')(own)
    workers = f"ra_certificates: {'0' * 64}: it is a worker's, which authenticates nobody"
    assert said(own, Severity.WARNING, DECIDED, workers)


def cmp_keystore_certificate(deployment: Deployment) -> bytes:
    """DER: of the key that signs answers."""
    table = load_ca(deployment.ca_config).cmp
    assert table is not None
    return cmp_keystore(table).certificate
