"""`lockgate certificate` and `lockgate key`."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import answered, done, refused
from tests.integration.app.commands import request, work


class TestCertificates:
    def test_the_ra_certificate_behind_one(self, deployment: Deployment, csr: Path) -> None:
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        (found,) = answered(deployment, "certificate", "search", "--requested-by", ra["fingerprint"])["certificates"]
        shown = answered(deployment, "certificate", "show", found["fingerprint"])
        assert (shown["username"], shown["ra_certificate"]) == ("alice", ra["fingerprint"])
        assert (shown["ra_username"], shown["ra_status"]) == ("ra", "good")
        assert shown["requested_by"].startswith("CN=ra-")
        by_serial = answered(
            deployment, "certificate", "show", "--ca", "ManagementCA", "--serial", shown["serial_number"]
        )
        assert by_serial == shown
        page = answered(deployment, "certificate", "list", "--limit", 1)
        assert [certificate["username"] for certificate in page["certificates"]] == ["alice"]
        assert len(answered(deployment, "certificate", "list", "--after", page["next"])["certificates"]) == 3

    def test_on_hold_back_and_revoked_for_good(self, deployment: Deployment, tmp_path: Path) -> None:
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        named, crl = ra["fingerprint"], tmp_path / "ca.crl"
        done(deployment, "certificate", "revoke", named, "--reason", "certificate-hold", "--crl", crl)
        (entry,) = x509.load_der_x509_crl(crl.read_bytes())
        assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value == "certificateHold"
        assert answered(deployment, "role", "show", "RA")["warnings"] == [
            f"certificate {named}: the certificate is on hold"
        ]
        assert answered(deployment, "certificate", "reactivate", named)["status"] == "good"
        assert "not on hold" in refused(deployment, "certificate", "reactivate", named)
        assert answered(deployment, "certificate", "revoke", named)["status"] == "revoked"
        assert "revoked already" in refused(deployment, "certificate", "revoke", named)
        found = answered(deployment, "certificate", "search", "--status", "revoked")["certificates"]
        assert [row["fingerprint"] for row in found] == [named]
        assert answered(deployment, "certificate", "show", named)["reason"] == "unspecified"

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (("show",), "by its fingerprint, or by --ca with --serial"),
            (("show", "--ca", "ManagementCA"), "by its fingerprint, or by --ca with --serial"),
            (("show", "0" * 64), "there is no such certificate"),
            (("show", "zz"), "no hexadecimal number"),
            (("revoke", "0" * 64, "--reason", "remove-from-crl"), "certificate reactivate"),
            (("revoke", "0" * 64, "--reason", "lost"), "none of unspecified"),
            (("list", "--after", "x"), "no page goes on there"),
        ],
    )
    def test_what_is_refused(self, pristine: Deployment, arguments: tuple[str, ...], text: str) -> None:
        assert text in " ".join(refused(pristine, "certificate", *arguments).replace("│", "").split())


class TestKeys:
    def test_condemned_and_good_again(self, deployment: Deployment) -> None:
        (ra,) = answered(deployment, "certificate", "search", "--username", "ra")["certificates"]
        public_key = deployment.directory / "ra.pub"
        shown = done(deployment, "certificate", "show", ra["fingerprint"], "--pem")
        key = x509.load_pem_x509_certificate(shown.encode()).public_key()
        public_key.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        assert answered(deployment, "key", "list") == {"keys": []}
        condemned = answered(deployment, "key", "condemn", "--certificate", ra["fingerprint"])
        assert condemned["fate"] == "condemned"
        assert answered(deployment, "key", "list") == {
            "keys": [{"key": condemned["key"], "fate": "condemned", "reporters": []}]
        }
        assert "condemned already" in refused(deployment, "key", "condemn", condemned["key"])
        assert answered(deployment, "key", "clear", "--public-key", public_key) == {
            "key": condemned["key"],
            "fate": "good",
        }
        assert answered(deployment, "key", "list") == {"keys": []}

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (("clear", "0" * 64), "neither condemned nor in doubt"),
            (("condemn",), "name the key in one way"),
            (("condemn", "0" * 64, "--certificate", "0" * 64), "name the key in one way"),
            (("condemn", "--certificate", "0" * 64), "there is no such certificate"),
            (("condemn", "--public-key", "no file"), "cannot be read"),
            (("condemn", "zz"), "no hexadecimal number"),
        ],
    )
    def test_what_is_refused(self, pristine: Deployment, arguments: tuple[str, ...], text: str) -> None:
        assert text in " ".join(refused(pristine, "key", *arguments).replace("│", "").split())
