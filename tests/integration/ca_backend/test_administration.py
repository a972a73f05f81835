"""What operators do: CAs, keystores' certificates, roles, revocation, CRLs; judged by openssl, asn1crypto, pkilint."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from lockgate.administration.authorities import CaStatus, Refused
from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.names.dn import parse_dn
from lockgate.reasons import Reason
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from lockgate.rights.signer import CertificateStanding
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.store import tables
from lockgate_persistence.migrating import SchemaState, state
from tests.integration.ca_backend.conftest import USER, Deployment
from tests.support.parts import needed_program
from tests.support.pki.certificate_requests import roca_key, spki
from tests.support.pki.identities import (
    NOT_AFTER,
    NOT_BEFORE,
    Authority,
    ec_key,
    key_usage,
    make_authority,
    name,
    rsa_key,
)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(
        [needed_program("openssl", "openssl"), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pem(path: Path, *certificates: bytes) -> Path:
    loaded = (x509.load_der_x509_certificate(der) for der in certificates)
    path.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in loaded))
    return path


def linted(program: str, der: bytes, path: Path, *arguments: str) -> list[str]:
    """pkilint's findings that are errors or worse."""
    path.write_bytes(der)
    command = [str(Path(sys.executable).with_name(program)), "lint", "-f", "json", *arguments, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)["results"]
    findings = [finding for result in results for finding in result["finding_descriptions"]]
    return [described["code"] for described in findings if described["severity"] in ("ERROR", "FATAL")]


def event_count(deployment: Deployment, event: str) -> int:
    with deployment.engine.begin() as connection:
        events = connection.execute(select(tables.audit.c.event)).scalars().all()
    return events.count(event)


def revoke(deployment: Deployment, certificate: x509.Certificate, reason: RevocationReason) -> None:
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    deployment.administration.revoke(reason, fingerprint=fingerprint)


def revoked(crl: bytes) -> dict[int, str | None]:
    """Serial numbers and reasons, read by asn1crypto."""
    entries = asn1_crl.CertificateList.load(crl)["tbs_cert_list"]["revoked_certificates"]
    return {
        entry["user_certificate"].native: entry.crl_reason_value.native if entry.crl_reason_value else None
        for entry in entries
    }


class TestSetUp:
    def test_the_schema_is_current_and_a_second_time_changes_nothing(self, deployment: Deployment) -> None:
        assert state(deployment.engine, CERTIFICATION_AUTHORITY) is SchemaState.CURRENT
        own = replace(CERTIFICATE_PROFILES["ENDUSER"], validity_days=7)
        deployment.administration.put_profile("ENDUSER", own)
        deployment.administration.initialise()
        certificate = deployment.issue()
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=7, seconds=-1)


class TestCreatingCas:
    @pytest.mark.parametrize("key", ["RSA-2048", "RSA-3072", "P-256", "P-384"])
    def test_roots_and_their_subordinates_verify(self, deployment: Deployment, tmp_path: Path, key: str) -> None:
        root = deployment.administration.create_ca("Root", "CN=Root,O=Example,C=SE", key=key)
        below = deployment.administration.create_ca("Sub", "CN=Sub,O=Example,C=SE", key=key, issuer="Root")
        issued = deployment.attempt(ca_name="Sub")
        assert isinstance(issued, IssuedCertificate)
        leaf = pem(tmp_path / "leaf.pem", issued.certificate)
        trusted, untrusted = pem(tmp_path / "root.pem", root), pem(tmp_path / "sub.pem", below)
        openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", trusted, "-untrusted", untrusted, leaf)
        assert issued.chain == (below, root)

    def test_the_signature_fits_the_cas_key(self, deployment: Deployment) -> None:
        for key, digest in (("RSA-2048", hashes.SHA256), ("P-256", hashes.SHA256), ("P-384", hashes.SHA384)):
            deployment.administration.create_ca(key, f"CN={key}", key=key)
            assert isinstance(deployment.issue(ca_name=key).signature_hash_algorithm, digest)

    def test_a_subordinate_ca_outlives_its_issuer_not(self, deployment: Deployment) -> None:
        short = replace(CERTIFICATE_PROFILES["ROOTCA"], validity_days=30)
        deployment.administration.put_profile("SHORT", short)
        ends = [
            x509.load_der_x509_certificate(created).not_valid_after_utc
            for created in (
                deployment.administration.create_ca("Root", "CN=Root", key="P-256", certificate_profile="SHORT"),
                deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="Root"),
            )
        ]
        assert ends[0] == ends[1]
        assert deployment.issue(ca_name="Sub").not_valid_after_utc == ends[0]

    def test_the_path_length_is_kept(self, deployment: Deployment) -> None:
        deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="ManagementCA")
        with pytest.raises(CallerError, match="path length 0"):
            deployment.administration.create_ca("Below", "CN=Below", key="P-256", issuer="Sub")

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"name": "ManagementCA", "subject_dn": "CN=x"}, "already"),
            ({"name": "New", "subject_dn": "CN=x", "issuer": "None"}, "no CA None"),
            ({"name": "New", "subject_dn": "CN=x", "certificate_profile": "ENDUSER"}, "profile ENDUSER"),
            ({"name": "New", "subject_dn": "CN=x", "certificate_profile": "None"}, "profile None"),
            ({"name": "New", "subject_dn": ""}, "subject"),
            ({"name": "New", "subject_dn": "XX=x"}, "attribute"),
            ({"name": "New", "subject_dn": "C=x"}, "capital letters"),
            ({"name": "New", "subject_dn": "CN=x", "key": "RSA-1024"}, "key type"),
        ],
    )
    def test_what_cannot_be_created(self, deployment: Deployment, arguments: dict[str, str], text: str) -> None:
        with pytest.raises(CallerError, match=text):
            deployment.administration.create_ca(**{"key": "P-256"} | arguments)
        assert [ca.name for ca in deployment.administration.certification_authorities()] == ["ManagementCA"]

    def test_an_issuer_that_is_offline(self, deployment: Deployment) -> None:
        deployment.administration.set_ca_status("ManagementCA", CaStatus.OFFLINE)
        with pytest.raises(Refused) as refused:
            deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer="ManagementCA")
        assert refused.value.rejected.reason is Reason.CA_NOT_ACTIVE

    def test_keys_are_never_plain_in_the_database(self, deployment: Deployment) -> None:
        with deployment.engine.begin() as connection:
            sealed = bytes(connection.execute(select(tables.ca_generation.c.sealedkey)).scalar_one())
        assert b"argon2id" in sealed
        assert b"PRIVATE KEY" not in sealed


class TestImportingCas:
    @pytest.mark.parametrize("key", [rsa_key(1), ec_key(1)], ids=["RSA", "P-256"])
    def test_a_root_signs_after_its_import(self, deployment: Deployment, tmp_path: Path, key: Key) -> None:
        root = make_authority("Imported", key)
        deployment.administration.import_ca("Imported", key, root.der)
        leaf = deployment.issue(spki(ec_key(2)), ca_name="Imported")
        path = pem(tmp_path / "leaf.pem", leaf.public_bytes(Encoding.DER))
        openssl("verify", "-x509_strict", "-CAfile", pem(tmp_path / "root.pem", root.der), path)

    def test_a_root_without_key_usage_may_sign_everything(self, deployment: Deployment) -> None:
        key = ec_key(1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name("Old CA"))
            .issuer_name(name("Old CA"))
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(NOT_BEFORE)
            .not_valid_after(NOT_AFTER)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )
        root = builder.sign(key, hashes.SHA256())
        deployment.administration.import_ca("Old", key, root.public_bytes(Encoding.DER))
        deployment.issue(spki(ec_key(2)), ca_name="Old").verify_directly_issued_by(root)

    def test_a_subordinate_ca_comes_with_its_chain(self, deployment: Deployment) -> None:
        root, key = chain_root(), ec_key(2)
        below = subordinate(root, key)
        deployment.administration.import_ca("Sub", key, below, [root.der])
        (found,) = (ca for ca in deployment.administration.certification_authorities() if ca.name == "Sub")
        assert (found.certificate, found.chain) == (below, (root.der,))

    def test_what_does_not_belong_together(self, deployment: Deployment) -> None:
        root, other, key = chain_root(), make_authority("Other", ec_key(3)), ec_key(2)
        below = subordinate(root, key)
        leaf = root.issue("leaf", key, "digital_signature").der
        attempts: list[tuple[Key, bytes, list[bytes], str]] = [
            (ec_key(4), below, [root.der], "does not belong"),
            (key, below, [], "signed by the next one"),
            (key, below, [other.der], "signed by the next one"),
            (key, below, [root.der, other.der], "signed by the next one"),
            (key, leaf, [root.der], "no CA's"),
            (key, b"no certificate", [root.der], "cannot be read"),
        ]
        for private_key, certificate, chain, text in attempts:
            with pytest.raises(CallerError, match=text):
                deployment.administration.import_ca("Sub", private_key, certificate, chain)

    @pytest.mark.parametrize(("path_length", "fits"), [(None, True), (1, True), (0, False)])
    def test_the_path_length_of_the_chain_is_kept(
        self, deployment: Deployment, path_length: int | None, fits: bool
    ) -> None:
        keys = [ec_key(number) for number in (1, 2, 3)]
        root, middle, lowest = (
            make_builder(subject, issuer, key, limit).sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)
            for subject, issuer, key, signer, limit in (
                ("Root", "Root", keys[0], keys[0], path_length),
                ("Middle", "Root", keys[1], keys[0], None),
                ("Lowest", "Middle", keys[2], keys[1], None),
            )
        )
        if fits:
            deployment.administration.import_ca("Lowest", keys[2], lowest, [middle, root])
            assert deployment.issue(spki(ec_key(4)), ca_name="Lowest").issuer == name("Lowest")
        else:
            with pytest.raises(CallerError, match="path length"):
                deployment.administration.import_ca("Lowest", keys[2], lowest, [middle, root])

    def test_weak_and_known_keys(self, deployment: Deployment) -> None:
        with pytest.raises(Refused, match="broken generator"):
            deployment.administration.import_ca("Roca", roca_key(), make_authority("Roca", roca_key()).der)
        root = make_authority("Imported", ec_key(1))
        deployment.administration.import_ca("Imported", ec_key(1), root.der)
        with pytest.raises(CallerError, match="in use"):
            deployment.administration.import_ca("Again", ec_key(1), root.der)
        with pytest.raises(CallerError, match="already"):
            deployment.administration.import_ca("Imported", ec_key(2), make_authority("Imported", ec_key(2)).der)

    def test_full_and_delta_crls_of_every_key_list_what_was_revoked_before(self, deployment: Deployment) -> None:
        admin, root = deployment.administration, make_authority("Imported", ec_key(1))
        last = root.crl(2**40, 5, 2**160 - 1).public_bytes(Encoding.DER)
        admin.import_ca("Imported", ec_key(1), root.der, crl=last)
        assert admin.latest_crl("Imported") == last
        assert admin.issue_crl_if_due("Imported") is None
        assert revoked(admin.issue_delta_crl("Imported") or b"") == {}
        revoke(deployment, deployment.issue(spki(ec_key(2)), ca_name="Imported"), RevocationReason.SUPERSEDED)
        assert len(revoked(admin.issue_delta_crl("Imported") or b"")) == 1
        admin.prepare_rollover("Imported")
        admin.activate_rollover("Imported")
        for generation in (1, 2):
            crl = admin.issue_crl("Imported", generation=generation)
            assert {5, 2**160 - 1} <= revoked(crl).keys()
            assert len(revoked(crl)) == 3
        number = x509.load_der_x509_crl(crl).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        assert number == 2**40 + 4

    def test_the_last_crl_may_write_the_name_of_the_ca_otherwise(self, deployment: Deployment) -> None:
        last = make_authority(" IMPORTED", ec_key(1)).crl(7).public_bytes(Encoding.DER)
        deployment.administration.import_ca("Imported", ec_key(1), make_authority("Imported", ec_key(1)).der, crl=last)
        assert deployment.administration.latest_crl("Imported") == last

    def test_what_is_not_the_last_crl(self, deployment: Deployment) -> None:
        root = make_authority("Imported", ec_key(1))
        partial = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
        attempts = [
            (make_authority("Imported", ec_key(2)).crl(1), "not signed by the CA"),
            (make_authority("Other", ec_key(1)).crl(1), "not signed by the CA"),
            (root.crl(2, extensions=[x509.DeltaCRLIndicator(1)]), "no full one"),
            (root.crl(1, extensions=[partial]), "no full one"),
            (root.crl(2**63), "number"),
        ]
        for crl, text in attempts:
            with pytest.raises(CallerError, match=text):
                deployment.administration.import_ca("Imported", ec_key(1), root.der, crl=crl.public_bytes(Encoding.DER))
        with pytest.raises(CallerError, match="cannot be read"):
            deployment.administration.import_ca("Imported", ec_key(1), root.der, crl=b"no CRL")
        assert [ca.name for ca in deployment.administration.certification_authorities()] == ["ManagementCA"]


def chain_root() -> Authority:
    key = ec_key(1)
    builder = make_builder("Root", "Root", key, path_length=None)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def make_builder(subject: str, issuer: str, key: Key, path_length: int | None) -> x509.CertificateBuilder:
    valid = make_authority("dates", ec_key(1)).certificate
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.not_valid_before_utc)
        .not_valid_after(valid.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage("key_cert_sign", "crl_sign"), critical=True)
    )


def subordinate(root: Authority, key: Key) -> bytes:
    certificate = make_builder("Sub", "Root", key, 0).sign(root.key, hashes.SHA256())
    return certificate.public_bytes(Encoding.DER)


class TestKeystoreCertificates:
    @pytest.mark.parametrize(("profile", "usage"), [("RA", "1.3.6.1.5.5.7.3.28"), ("WORKER", "1.3.6.1.5.5.7.3.27")])
    def test_ra_and_worker(self, deployment: Deployment, profile: str, usage: str) -> None:
        issued = deployment.administration.issue_keystore_certificate(
            "ra", "CN=ra,O=Example", spki(rsa_key(1)), ca_name="ManagementCA", certificate_profile=profile
        )
        extensions = x509.load_der_x509_certificate(issued.certificate).extensions
        bits = extensions.get_extension_for_class(x509.KeyUsage).value
        assert bits.digital_signature
        assert bits.key_encipherment
        (only,) = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert only.dotted_string == usage

    @pytest.mark.parametrize(
        ("subject", "key", "profile", "reason"),
        [
            ("O=Example", spki(rsa_key(1)), "RA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(ec_key(1)), "RA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(rsa_key(1)), "ENDUSER", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(rsa_key(1)), "SUBCA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(roca_key()), "RA", Reason.WEAK_KEY),
        ],
        ids=["no CN", "EC key", "ENDUSER", "SUBCA", "ROCA"],
    )
    def test_the_same_rules_hold(
        self, deployment: Deployment, subject: str, key: bytes, profile: str, reason: Reason
    ) -> None:
        with pytest.raises(Refused) as refused:
            deployment.administration.issue_keystore_certificate(
                "ra", subject, key, ca_name="ManagementCA", certificate_profile=profile
            )
        assert refused.value.rejected.reason is reason


class TestRoles:
    def test_they_come_back(self, deployment: Deployment) -> None:
        roles = [
            Role("A", frozenset({ADMINISTRATOR, "/ca/ManagementCA"}), frozenset({Member("a" * 64)})),
            Role("B", frozenset(), frozenset({Member("b" * 64), Member("c" * 64)})),
        ]
        for role in roles:
            deployment.administration.put_role(role)
        assert deployment.administration.roles() == roles

    def test_putting_one_again_replaces_it(self, deployment: Deployment) -> None:
        deployment.administration.put_role(Role("A", frozenset({ADMINISTRATOR}), frozenset({Member("a" * 64)})))
        deployment.administration.put_role(Role("A", frozenset()))
        assert deployment.administration.roles() == [Role("A", frozenset())]


class TestEndEntities:
    def test_one_is_put_by_its_profiles(self, deployment: Deployment) -> None:
        deployment.administration.put_end_entity(USER, "open sesame")
        with deployment.ca.transaction(deployment.fence()) as work:
            assert work.end_entities.get("user") == USER
        with pytest.raises(Refused):
            deployment.administration.put_end_entity(
                type(USER)(**{field: getattr(USER, field) for field in USER.__slots__} | {"ca_name": "None"})
            )

    def test_passwords_are_not_stored(self, deployment: Deployment) -> None:
        deployment.administration.put_end_entity(USER, "sesame open")
        with deployment.engine.begin() as connection:
            (row,) = connection.execute(select(tables.end_entity)).all()
        assert "sesame" not in str(row)
        assert row.passwordhash.startswith("$argon2id$")

    def test_a_new_password_gives_all_attempts_back(self, deployment: Deployment) -> None:
        for password in ("first donkey", "second donkey"):
            deployment.administration.put_end_entity(USER, password)
            for _ in range(5):
                with deployment.ca.transaction(deployment.fence()) as work:
                    work.end_entities.check_password("user", "wrong donkey")
        deployment.administration.put_end_entity(USER, "third donkey")
        with deployment.ca.transaction(deployment.fence()) as work:
            assert work.end_entities.check_password("user", "third donkey") is None


class TestRevoking:
    def standing(self, deployment: Deployment, certificate: x509.Certificate) -> CertificateStanding:
        from tests.contract.test_registry import trusted

        der = certificate.public_bytes(Encoding.DER)
        issued = IssuedCertificate(der, (), certificate.fingerprint(hashes.SHA256()).hex(), certificate.serial_number)
        with deployment.ca.transaction(deployment.fence()) as work:
            return work.certificates.standing(trusted(issued))

    def test_a_revoked_certificate_stays_so(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED
        for reason in (
            RevocationReason.REMOVE_FROM_CRL,
            RevocationReason.CERTIFICATE_HOLD,
            RevocationReason.SUPERSEDED,
        ):
            with pytest.raises(CallerError):
                revoke(deployment, certificate, reason)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED

    def test_a_certificate_on_hold_is_reactivated_or_revoked(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        with pytest.raises(CallerError, match="not on hold"):
            revoke(deployment, certificate, RevocationReason.REMOVE_FROM_CRL)
        revoke(deployment, certificate, RevocationReason.CERTIFICATE_HOLD)
        assert self.standing(deployment, certificate) is CertificateStanding.ON_HOLD
        revoke(deployment, certificate, RevocationReason.REMOVE_FROM_CRL)
        assert self.standing(deployment, certificate) is CertificateStanding.GOOD
        revoke(deployment, certificate, RevocationReason.CERTIFICATE_HOLD)
        revoke(deployment, certificate, RevocationReason.PRIVILEGE_WITHDRAWN)
        assert self.standing(deployment, certificate) is CertificateStanding.REVOKED
        assert event_count(deployment, "certificate.revoked") == 4

    def test_unknown_certificates(self, deployment: Deployment) -> None:
        for named in ({"fingerprint": "0" * 64}, {"ca_name": "ManagementCA", "serial_number": 1}, {"serial_number": 1}):
            with pytest.raises(CallerError):
                deployment.administration.revoke(RevocationReason.UNSPECIFIED, **named)


class TestCrls:
    def test_it_lists_what_is_revoked_and_why(self, deployment: Deployment) -> None:
        reasons = [each for each in RevocationReason if each is not RevocationReason.REMOVE_FROM_CRL]
        certificates = [deployment.issue(spki(ec_key(20 + each))) for each in reasons]
        good = deployment.issue()
        for certificate, reason in zip(certificates, reasons, strict=True):
            revoke(deployment, certificate, reason)
        found = revoked(deployment.administration.issue_crl("ManagementCA"))
        assert good.serial_number not in found
        assert found == {
            certificate.serial_number: None if reason is RevocationReason.UNSPECIFIED else reason.name.lower()
            for certificate, reason in zip(certificates, reasons, strict=True)
        }

    def test_openssl_takes_it(self, deployment: Deployment, tmp_path: Path) -> None:
        good, bad = deployment.issue(spki(ec_key(2))), deployment.issue(spki(ec_key(3)))
        revoke(deployment, bad, RevocationReason.KEY_COMPROMISE)
        crl = tmp_path / "ca.crl"
        crl.write_bytes(deployment.administration.issue_crl("ManagementCA"))
        (root,) = deployment.administration.certification_authorities()
        trusted = pem(tmp_path / "root.pem", root.certificate)
        text = openssl("crl", "-inform", "DER", "-in", crl, "-CAfile", trusted, "-noout", "-text", "-verify")
        assert "Key Compromise" in text
        both = tmp_path / "both.pem"
        both.write_text(trusted.read_text() + openssl("crl", "-inform", "DER", "-in", crl))
        arguments = ("verify", "-x509_strict", "-crl_check", "-CAfile", both)
        openssl(*arguments, pem(tmp_path / "good.pem", good.public_bytes(Encoding.DER)))
        with pytest.raises(AssertionError, match="revoked"):
            openssl(*arguments, pem(tmp_path / "bad.pem", bad.public_bytes(Encoding.DER)))

    def test_numbers_rise_and_the_latest_is_kept(self, deployment: Deployment) -> None:
        assert deployment.administration.latest_crl("ManagementCA") is None
        crls = [deployment.administration.issue_crl("ManagementCA", timedelta(hours=hours)) for hours in (1, 2, 3)]
        parsed = [x509.load_der_x509_crl(crl) for crl in crls]
        numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in parsed]
        assert numbers == [1, 2, 3]
        lifetimes = [crl.next_update_utc - crl.last_update_utc for crl in parsed if crl.next_update_utc]
        assert lifetimes == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=3)]
        assert deployment.administration.latest_crl("ManagementCA") == crls[-1]
        assert event_count(deployment, "crl.issued") == 3

    def test_an_ended_certificate_leaves_after_one_more_crl(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        table = tables.certificate
        with deployment.engine.begin() as connection:
            connection.execute(table.update().where(table.c.username == "user").values(notafter=1000))
        entries = [revoked(deployment.administration.issue_crl("ManagementCA")) for _ in range(2)]
        assert [certificate.serial_number in entry for entry in entries] == [True, False]

    def test_a_ca_that_is_unknown_or_offline(self, deployment: Deployment) -> None:
        with pytest.raises(CallerError, match="no CA None"):
            deployment.administration.issue_crl("None")
        deployment.administration.set_ca_status("ManagementCA", CaStatus.OFFLINE)
        with pytest.raises(Refused):
            deployment.administration.issue_crl("ManagementCA")


class TestLint:
    """pkilint finds no error against RFC 5280."""

    @pytest.mark.parametrize("key", ["RSA-2048", "P-384"])
    def test_certificates(self, deployment: Deployment, tmp_path: Path, key: str) -> None:
        root = deployment.administration.create_ca("Root", "CN=Root,O=Example,C=SE", key=key)
        below = deployment.administration.create_ca("Sub", "CN=Sub,O=Example,C=SE", key=key, issuer="Root")
        worker = deployment.administration.issue_keystore_certificate(
            "worker", "CN=worker", spki(rsa_key(1)), ca_name="Sub", certificate_profile="WORKER"
        )
        leaves = [
            deployment.issue(spki(rsa_key(2)), ca_name="Sub"),
            deployment.issue(ca_name="Sub"),
            deployment.issue(ca_name="Sub", subject_dn=parse_dn("")),
        ]
        certificates = [root, below, worker.certificate, *(leaf.public_bytes(Encoding.DER) for leaf in leaves)]
        for der in certificates:
            assert asn1_x509.Certificate.load(der, strict=True).dump(force=True) == der
            assert linted("lint_pkix_cert", der, tmp_path / "certificate.der") == []

    def test_crls(self, deployment: Deployment, tmp_path: Path) -> None:
        revoke(deployment, deployment.issue(), RevocationReason.KEY_COMPROMISE)
        for _ in range(2):
            crl = deployment.administration.issue_crl("ManagementCA")
            assert linted("lint_crl", crl, tmp_path / "crl.der", "-t", "CRL", "-p", "PKIX") == []
