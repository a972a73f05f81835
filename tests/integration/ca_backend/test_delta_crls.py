"""Delta CRLs (RFC 5280, 5.2.4): what they list, when they are due, and that openssl combines them with their base."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import CaStatus, NoBaseCrl, RefusedByCa
from lockgate.certification.revocation import RevocationReason
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.store import tables
from tests.integration.ca_backend.conftest import Deployment, revoke
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key
from tests.support.pki.judges import linted, openssl, pem

CA = "ManagementCA"
HOLD, RELEASE = RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL
SUPERSEDED = RevocationReason.SUPERSEDED


def entries(crl: bytes | None) -> dict[int, str | None]:
    """Serial numbers and reasons, read by asn1crypto."""
    assert crl is not None
    found = asn1_crl.CertificateList.load(crl, strict=True)["tbs_cert_list"]["revoked_certificates"]
    return {
        entry["user_certificate"].native: entry.crl_reason_value.native if entry.crl_reason_value else None
        for entry in found
    }


def delta(deployment: Deployment) -> dict[int, str | None]:
    return entries(deployment.administration.issue_delta_crl(CA))


def is_due(deployment: Deployment) -> bool:
    return deployment.administration.issue_delta_crl(CA, overlap=timedelta(hours=1)) is not None


def end(deployment: Deployment, certificate: x509.Certificate, at: int) -> None:
    """Let the certificate's validity end at `at`, in milliseconds."""
    table = tables.certificate
    with deployment.engine.begin() as connection:
        fitting = table.c.serial == f"{certificate.serial_number:040x}"
        connection.execute(table.update().where(fitting).values(notafter=at))


def now(deployment: Deployment) -> int:
    with deployment.ca.transaction(deployment.fence()) as work:
        return work.store.milliseconds


def test_it_names_its_base_and_shares_the_numbers(deployment: Deployment) -> None:
    crls = [
        deployment.administration.issue_crl(CA),
        deployment.administration.issue_delta_crl(CA),
        deployment.administration.issue_delta_crl(CA),
        deployment.administration.issue_crl(CA),
        deployment.administration.issue_delta_crl(CA),
    ]
    numbers: list[int] = []
    bases: list[int | None] = []
    for der in crls:
        assert der is not None
        extensions = x509.load_der_x509_crl(der).extensions
        numbers.append(extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
        found = [extension for extension in extensions if extension.oid == x509.DeltaCRLIndicator.oid]
        assert all(extension.critical for extension in found)
        bases += [
            extension.value.crl_number for extension in found if isinstance(extension.value, x509.DeltaCRLIndicator)
        ] or [None]
    assert numbers == [1, 2, 3, 4, 5]
    assert bases == [None, 1, 1, None, 4]
    assert deployment.administration.latest_crl(CA) == crls[3]
    assert deployment.administration.latest_crl(CA, delta=True) == crls[4]


def test_it_lists_what_changed_since_the_base_and_nothing_else(deployment: Deployment) -> None:
    old, held, freed, new, good = (deployment.issue(spki(ec_key(number))) for number in range(1, 6))
    for certificate, reason in ((old, SUPERSEDED), (held, HOLD), (freed, HOLD)):
        revoke(deployment, certificate, reason)
    deployment.administration.issue_crl(CA)
    assert delta(deployment) == {}
    revoke(deployment, held, RevocationReason.KEY_COMPROMISE)
    revoke(deployment, freed, RELEASE)
    revoke(deployment, new, RevocationReason.UNSPECIFIED)
    found = delta(deployment)
    assert found == {
        held.serial_number: "key_compromise",
        freed.serial_number: "remove_from_crl",
        new.serial_number: None,
    }
    assert good.serial_number not in found


def test_a_hold_that_came_and_went_since_the_base_is_removed_as_long_as_that_base_holds(deployment: Deployment) -> None:
    certificate = deployment.issue()
    deployment.administration.issue_crl(CA)
    revoke(deployment, certificate, HOLD)
    assert delta(deployment) == {certificate.serial_number: "certificate_hold"}
    revoke(deployment, certificate, RELEASE)
    for _ in range(2):
        assert delta(deployment) == {certificate.serial_number: "remove_from_crl"}
    deployment.administration.issue_crl(CA)
    assert delta(deployment) == {}


def test_a_hold_that_no_crl_has_named_leaves_no_trace(deployment: Deployment) -> None:
    certificate = deployment.issue()
    deployment.administration.issue_crl(CA)
    revoke(deployment, certificate, HOLD)
    revoke(deployment, certificate, RELEASE)
    assert delta(deployment) == {}


def test_what_ended_is_removed_if_the_base_lists_it_and_stays_if_only_delta_crls_do(deployment: Deployment) -> None:
    """RFC 5280, 5.2.4: a revocation stays on delta CRLs until a full one has named it."""
    on_base, since = deployment.issue(spki(ec_key(1))), deployment.issue(spki(ec_key(2)))
    revoke(deployment, on_base, SUPERSEDED)
    deployment.administration.issue_crl(CA)
    revoke(deployment, since, SUPERSEDED)
    moment = now(deployment)
    with deployment.engine.begin() as connection:  # as if the base had been issued two seconds ago
        connection.execute(tables.crl.update().values(thisupdate=moment - 2000))
    for certificate in (on_base, since):
        end(deployment, certificate, moment - 1000)
    expected = {since.serial_number: "superseded"}
    assert delta(deployment) == expected | {on_base.serial_number: "remove_from_crl"}
    assert since.serial_number in entries(deployment.administration.issue_crl(CA))


def test_it_is_due_after_each_full_one_and_with_every_change(deployment: Deployment) -> None:
    certificate = deployment.issue()
    deployment.administration.issue_crl(CA)
    assert is_due(deployment)
    assert not is_due(deployment)
    for reason in (HOLD, RELEASE, HOLD, RevocationReason.PRIVILEGE_WITHDRAWN):
        revoke(deployment, certificate, reason)
        assert is_due(deployment)
        assert not is_due(deployment)
    deployment.administration.issue_crl(CA)
    assert is_due(deployment)
    assert not is_due(deployment)
    administration = deployment.administration
    assert administration.issue_delta_crl(CA, timedelta(hours=2), timedelta(days=1)) is not None
    assert administration.issue_delta_crl(CA, timedelta(hours=2), timedelta(hours=1)) is None
    assert administration.issue_delta_crl(CA, timedelta(hours=2), timedelta(hours=2)) is not None


def test_without_a_base_or_a_ca_that_signs_there_is_none(deployment: Deployment) -> None:
    with pytest.raises(NoBaseCrl, match="no full CRL"):
        deployment.administration.issue_delta_crl(CA)
    deployment.administration.issue_crl(CA)
    deployment.administration.set_ca_status(CA, CaStatus.OFFLINE)
    with pytest.raises(RefusedByCa):
        deployment.administration.issue_delta_crl(CA)


def test_openssl_combines_it_with_its_base(deployment: Deployment, tmp_path: Path) -> None:
    pointed = replace(
        CERTIFICATE_PROFILES["ENDUSER"],
        crl_distribution_points=("http://example.org/a.crl",),
        freshest_crl=("http://example.org/a-delta.crl",),
    )
    deployment.administration.put_profile("ENDUSER", pointed)
    freed, bad, good = (deployment.issue(spki(ec_key(number))) for number in (1, 2, 3))
    revoke(deployment, freed, HOLD)
    base = deployment.administration.issue_crl(CA, freshest=["http://example.org/a{generation}-delta.crl"])
    revoke(deployment, freed, RELEASE)
    revoke(deployment, bad, SUPERSEDED)
    addition = deployment.administration.issue_delta_crl(CA)
    assert addition is not None
    (root,) = deployment.administration.certification_authorities()
    arguments: list[str | Path] = ["verify", "-x509_strict", "-crl_check", "-extended_crl"]
    arguments += ["-CAfile", pem(tmp_path / "root.pem", root.certificate)]
    for name, der in (("base", base), ("delta", addition)):
        path = tmp_path / f"{name}.pem"
        path.write_bytes(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))
        arguments += ["-CRLfile", path] if name == "base" else ["-CRLfile", path, "-use_deltas"]
    paths = {
        certificate.serial_number: pem(
            tmp_path / f"{certificate.serial_number}.pem", certificate.public_bytes(Encoding.DER)
        )
        for certificate in (freed, bad, good)
    }
    for certificate in (freed, good):
        openssl(*arguments, paths[certificate.serial_number])
    with pytest.raises(AssertionError, match="revoked"):
        openssl(*arguments, paths[bad.serial_number])
    with pytest.raises(AssertionError, match="revoked"):
        openssl(*(argument for argument in arguments if argument != "-use_deltas"), paths[freed.serial_number])
    for der in (base, addition):
        assert linted("lint_crl", der, tmp_path / "crl.der", "-t", "CRL", "-p", "PKIX") == []
    leaf = good.public_bytes(Encoding.DER)
    assert linted("lint_pkix_cert", leaf, tmp_path / "leaf.der") == []
