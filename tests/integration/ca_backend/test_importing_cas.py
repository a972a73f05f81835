"""CAs that operators import, with their chains and their last CRLs."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate.administration.authorities import RefusedByCa
from lockgate.administration.keys import KeyName
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from tests.integration.ca_backend.conftest import Deployment, revoke
from tests.support.pki.ca_chains import chain_root, make_builder, subordinate
from tests.support.pki.certificate_requests import roca_key, spki
from tests.support.pki.identities import (
    NOT_AFTER,
    NOT_BEFORE,
    Key,
    ec_key,
    make_authority,
    name,
    rsa_key,
)
from tests.support.pki.judges import openssl, pem, revoked


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
        with pytest.raises(RefusedByCa, match="broken generator"):
            deployment.administration.import_ca("Roca", roca_key(), make_authority("Roca", roca_key()).der)
        root = make_authority("Imported", ec_key(1))
        deployment.administration.import_ca("Imported", ec_key(1), root.der)
        with pytest.raises(CallerError, match="in use"):
            deployment.administration.import_ca("Again", ec_key(1), root.der)
        deployment.administration.condemn_key(KeyName(public_key=spki(ec_key(3))))
        with pytest.raises(CallerError, match="was reported as compromised"):
            deployment.administration.import_ca("Leaked", ec_key(3), make_authority("Leaked", ec_key(3)).der)
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
