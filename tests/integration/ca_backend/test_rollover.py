"""CA rollover, judged by openssl and pkilint: chains, cross certificates, CRLs; and the migration to generations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from lockgate.administration.authorities import CaStatus, GenerationListing, RefusedByCa
from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError, ConfigurationError
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.facilities import Facilities
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import upgrade
from tests.contract.registries import SECRET
from tests.integration.ca_backend.conftest import Deployment, revoke
from tests.support.databases.schema import step_back
from tests.support.pki.ca_chains import chain_root, subordinate
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, make_authority
from tests.support.pki.judges import linted, openssl, pem

CA = "ManagementCA"


def roll(deployment: Deployment, name: str = CA, **how: object) -> bytes:
    deployment.administration.prepare_rollover(name, **how)  # type: ignore[arg-type]
    return deployment.administration.activate_rollover(name)


def generation(deployment: Deployment, number: int, name: str = CA) -> GenerationListing:
    (found,) = (outline for outline in Inspection(deployment.engine).generations(name) if outline.number == number)
    return found


def verified(directory: Path, leaf: x509.Certificate, root: bytes, *untrusted: bytes) -> None:
    arguments: list[str | Path] = ["verify", "-x509_strict", "-check_ss_sig"]
    arguments += ["-CAfile", pem(directory / "root.pem", root)]
    if untrusted:
        arguments += ["-untrusted", pem(directory / "untrusted.pem", *untrusted)]
    openssl(*arguments, pem(directory / "leaf.pem", leaf.public_bytes(Encoding.DER)))


class TestRoots:
    @pytest.mark.parametrize("key", ["RSA-2048", "P-384"])
    def test_both_generations_verify_and_the_cross_certificates_join_them(
        self, deployment: Deployment, tmp_path: Path, key: str
    ) -> None:
        old_root = generation(deployment, 1).certificate
        old = deployment.issue(spki(ec_key(1)))
        new_root = roll(deployment, key=key)
        new = deployment.issue(spki(ec_key(2)))
        names = {x509.load_der_x509_certificate(der).subject.public_bytes() for der in (old_root, new_root)}
        assert len(names) == 1
        crossed = generation(deployment, 2)
        assert crossed.old_with_new is not None
        assert crossed.new_with_old is not None
        verified(tmp_path, old, old_root)
        verified(tmp_path, new, new_root)
        verified(tmp_path, old, new_root, crossed.old_with_new)
        verified(tmp_path, new, old_root, crossed.new_with_old)
        for der in (new_root, crossed.old_with_new, crossed.new_with_old, new.public_bytes(Encoding.DER)):
            assert linted("lint_pkix_cert", der, tmp_path / "certificate.der") == []

    def test_an_imported_roots_certificates_verify_by_the_cross_certificate_too(
        self, deployment: Deployment, tmp_path: Path
    ) -> None:
        """Its key identifier was made by another rule than Lockgate's, or is missing."""
        root = make_authority("Imported", ec_key(11))
        deployment.administration.import_ca("Imported", ec_key(11), root.der)
        old = deployment.issue(ca_name="Imported")
        new_root = roll(deployment, "Imported")
        crossed = generation(deployment, 2, "Imported")
        assert crossed.old_with_new is not None
        verified(tmp_path, old, root.der)
        verified(tmp_path, old, new_root, crossed.old_with_new)

    def test_a_third_generation_follows_the_second(self, deployment: Deployment, tmp_path: Path) -> None:
        leaves = [deployment.issue(spki(ec_key(1)))]
        for number in (2, 3):
            roll(deployment)
            leaves.append(deployment.issue(spki(ec_key(number))))
        for number, leaf in enumerate(leaves, 1):
            verified(tmp_path, leaf, generation(deployment, number).certificate)
        assert deployment.administration.crl_generations(CA) == [3, 2, 1]
        assert [outline.state for outline in Inspection(deployment.engine).generations(CA)] == [
            *("current", "previous", "previous")
        ]

    def test_crls_of_all_generations_are_numbered_together_and_complete(
        self, deployment: Deployment, tmp_path: Path
    ) -> None:
        old = deployment.issue(spki(ec_key(1)))
        roll(deployment)
        new = deployment.issue(spki(ec_key(2)))
        for certificate in (old, new):
            revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        administration, numbers = deployment.administration, []
        for number in administration.crl_generations(CA):
            for der in (
                administration.issue_crl(CA, generation=number),
                administration.issue_delta_crl(CA, generation=number),
            ):
                assert der is not None
                path = tmp_path / "ca.crl"
                path.write_bytes(der)
                issuer = pem(tmp_path / "issuer.pem", generation(deployment, number).certificate)
                openssl("crl", "-inform", "DER", "-in", path, "-CAfile", issuer, "-noout", "-verify")
                assert linted("lint_crl", der, path, "-t", "CRL", "-p", "PKIX") == []
                crl = x509.load_der_x509_crl(der)
                numbers.append(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
                both = {old.serial_number, new.serial_number}
                delta = any(extension.oid == x509.DeltaCRLIndicator.oid for extension in crl.extensions)
                assert {entry.serial_number for entry in crl} == (set() if delta else both)
        assert numbers == [1, 2, 3, 4]
        listing = Inspection(deployment.engine).authority(CA)
        assert (listing.crl_number, listing.generation) == (1, 2), "the current generation's full one"
        assert administration.latest_crl(CA) == Inspection(deployment.engine).latest_crl(CA)

    def test_each_generations_crl_is_due_by_itself(self, deployment: Deployment) -> None:
        old = deployment.issue()
        administration = deployment.administration
        assert administration.issue_crl_if_due(CA) is not None
        roll(deployment)
        assert administration.issue_crl_if_due(CA) is not None
        assert administration.issue_crl_if_due(CA, generation=1) is None
        revoke(deployment, old, RevocationReason.SUPERSEDED)
        for number in administration.crl_generations(CA):
            assert administration.issue_crl_if_due(CA, generation=number) is not None
            assert administration.issue_crl_if_due(CA, generation=number) is None

    def test_the_keys_of_all_generations_are_the_cas_own(self, deployment: Deployment) -> None:
        first = generation(deployment, 1)
        following = deployment.administration.prepare_rollover(CA)
        for der in (first.certificate, following):
            refused = deployment.attempt(spki_of(der), username=CA)
            assert isinstance(refused, Rejected)
            assert (refused.reason, refused.detail) == (Reason.WEAK_KEY, "The key is a CA's own.")
        deployment.administration.activate_rollover(CA)
        assert isinstance(deployment.attempt(spki_of(first.certificate), username=CA), Rejected)

    def test_the_generation_stands_in_the_urls(self, deployment: Deployment) -> None:
        pointed = replace(
            CERTIFICATE_PROFILES["ENDUSER"], crl_distribution_points=("http://a.example/a{generation}.crl",)
        )
        deployment.administration.put_profile("ENDUSER", pointed)
        assert [url(deployment.issue()), roll(deployment), url(deployment.issue())][::2] == [
            "http://a.example/a.crl",
            "http://a.example/a-2.crl",
        ]


def spki_of(certificate: bytes) -> bytes:
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def url(certificate: x509.Certificate) -> object:
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    return point.full_name[0].value


class TestSubordinates:
    def test_the_issuer_signs_the_next_certificate_and_chains_are_the_generations_own(
        self, deployment: Deployment, tmp_path: Path
    ) -> None:
        deployment.administration.create_ca("Sub", "CN=Sub,O=Example", key="P-256", issuer=CA)
        first_root, first = generation(deployment, 1).certificate, generation(deployment, 1, "Sub").certificate
        old = deployment.attempt(spki(ec_key(1)), ca_name="Sub")
        second_root, second = roll(deployment), roll(deployment, "Sub")
        new = deployment.attempt(spki(ec_key(2)), ca_name="Sub")
        for issued, root, below in ((old, first_root, first), (new, second_root, second)):
            assert isinstance(issued, IssuedCertificate)
            assert issued.chain == (below, root)
            verified(tmp_path, x509.load_der_x509_certificate(issued.certificate), root, below)
        listing = generation(deployment, 2, "Sub")
        assert (listing.chain, listing.old_with_new, listing.new_with_old) == ((second_root,), None, None)
        assert linted("lint_pkix_cert", second, tmp_path / "certificate.der") == []

    def test_one_whose_issuer_is_elsewhere_gets_no_next_certificate_here(self, deployment: Deployment) -> None:
        root, key = chain_root(), ec_key(2)
        deployment.administration.import_ca("Sub", key, subordinate(root, key), [root.der])
        with pytest.raises(CallerError, match="is not here"):
            deployment.administration.prepare_rollover("Sub")

    def test_an_issuer_that_is_switched_off_signs_none(self, deployment: Deployment) -> None:
        deployment.administration.create_ca("Sub", "CN=Sub", key="P-256", issuer=CA)
        deployment.administration.set_ca_status(CA, CaStatus.OFFLINE)
        with pytest.raises(RefusedByCa):
            deployment.administration.prepare_rollover("Sub")


class TestWishes:
    @pytest.mark.parametrize("key", ["RSA-2048", "P-384"])
    def test_the_next_key_is_like_the_current_one(self, deployment: Deployment, key: str) -> None:
        deployment.administration.create_ca("Other", "CN=Other", key=key)
        deployment.administration.prepare_rollover("Other")
        with deployment.administration._work() as work:
            assert work.store.authorities.issuer("Other", 2).signer.specification == key

    def test_what_does_not_fit(self, deployment: Deployment) -> None:
        administration, yesterday = deployment.administration, datetime.now(UTC) - timedelta(days=1)
        with pytest.raises(CallerError, match="no CA None"):
            administration.prepare_rollover("None")
        with pytest.raises(CallerError, match="in the past"):
            administration.prepare_rollover(CA, starts=yesterday)
        with pytest.raises(ConfigurationError, match="key type"):
            administration.prepare_rollover(CA, key="RSA-1024")
        with pytest.raises(CallerError, match="profile ENDUSER"):
            administration.prepare_rollover(CA, certificate_profile="ENDUSER")
        for act in (administration.activate_rollover, administration.cancel_rollover):
            with pytest.raises(CallerError, match="no CA None"):
                act("None")
        administration.create_ca("Sub", "CN=Sub", key="P-256", issuer=CA)
        with pytest.raises(CallerError, match="not valid at the start"):
            administration.prepare_rollover("Sub", starts=datetime.now(UTC) + timedelta(days=36500))
        assert Inspection(deployment.engine).next_generation(CA) is None
        with pytest.raises(CallerError, match="no CA None"):
            Inspection(deployment.engine).next_generation("None")

    def test_a_chosen_start(self, deployment: Deployment) -> None:
        start = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
        made = x509.load_der_x509_certificate(deployment.administration.prepare_rollover(CA, starts=start))
        assert made.not_valid_before_utc == start
        found = Inspection(deployment.engine).next_generation(CA)
        assert found is not None
        assert found.certificate == made.public_bytes(Encoding.DER)
        assert found.certificate not in Inspection(deployment.engine).issuer_certificates(CA)

    def test_a_cancelled_number_is_taken_again(self, deployment: Deployment) -> None:
        deployment.administration.prepare_rollover(CA)
        deployment.administration.cancel_rollover(CA)
        made = roll(deployment)
        assert generation(deployment, 2).certificate == made

    def test_another_process_signs_with_the_next_key_at_once(self, deployment: Deployment) -> None:
        other = Deployment(deployment.engine)
        other.issue(spki(ec_key(1)))
        made = x509.load_der_x509_certificate(roll(deployment))
        other.issue(spki(ec_key(2))).verify_directly_issued_by(made)


def test_a_ca_from_before_generations_becomes_the_first_one(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=database_url, pool_min=1, prefill=False))
    administration = Administration(engine, Facilities.under(SECRET))
    administration.initialise()
    made = administration.create_ca("Old", "CN=Old", key="P-256")
    administration.issue_crl("Old")
    step_back(engine, CERTIFICATION_AUTHORITY, "0003")
    with engine.connect() as connection:
        assert bytes(connection.execute(text("select certificate from certification_authority")).scalar_one()) == made
    upgrade(engine, CERTIFICATION_AUTHORITY)
    (found,) = Inspection(engine).generations("Old")
    assert (found.number, found.state, found.certificate) == (1, "current", made)
    fresh = Administration(engine, Facilities.under(SECRET))
    assert fresh.issue_crl_if_due("Old") is None
    fresh.prepare_rollover("Old")
    fresh.activate_rollover("Old")
    assert fresh.crl_generations("Old") == [2, 1]
    engine.dispose()
