"""Certs-only SignedData (RFC 5652, 5.1): certificates stand in the order given."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lockgate_formats.cms.certs_only import certs_only
from tests.support.pki import identities
from tests.support.pki.bundles import bundled

LEAF, ISSUER = identities.ra().der, identities.authority().der


@pytest.mark.parametrize("certificates", [[LEAF, ISSUER], [ISSUER, LEAF]], ids=["leaf first", "issuer first"])
def test_certificates_stand_in_the_order_given(certificates: list[bytes]) -> None:
    read = bundled(certs_only(certificates))
    assert [certificate.public_bytes(Encoding.DER) for certificate in read] == certificates


def test_openssl_reads_it(tmp_path: Path) -> None:
    (tmp_path / "chain.p7b").write_bytes(certs_only([LEAF, ISSUER]))
    command = ["openssl", "pkcs7", "-inform", "DER", "-in", str(tmp_path / "chain.p7b"), "-print_certs", "-noout"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    subjects = [line.partition("=")[2] for line in printed.splitlines() if line.startswith("subject")]
    assert len(subjects) == 2
    assert "ra" in subjects[0].lower()
