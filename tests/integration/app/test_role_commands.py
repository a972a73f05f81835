"""`lockgate role`."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import DESK, administer, answered, done, refused
from tests.integration.app.commands import lockgate, request, work
from tests.support.pki.identities import make_authority, rsa_key


class TestRoles:
    def test_members_come_and_go(self, deployment: Deployment) -> None:
        worker = deployment.ra / "worker.pem"
        certificate = x509.load_pem_x509_certificate(worker.read_bytes())
        fingerprint, serial = certificate.fingerprint(hashes.SHA256()).hex(), f"{certificate.serial_number:x}"
        by_serial = ("--issuer", "O=Lockgate,CN=ManagementCA", "--serial", serial)
        made = answered(deployment, "role", "add", "Desk", *DESK, "--rule", "/action/create", "--certificate", worker)
        assert (made["members"], made["warnings"]) == ([{"fingerprint": fingerprint}], [])
        # The issuer's name is the other way round.
        said = refused(deployment, "role", "add-member", "Desk", *by_serial)
        assert f"no certificate with the serial number {serial} was issued here" in said, (
            "the name is the other way round"
        )
        (ra,) = answered(deployment, "role", "show", "RA")["members"]
        ra = answered(deployment, "certificate", "show", ra["fingerprint"])
        numbered = ("--issuer", "CN=ManagementCA, O=Lockgate", "--serial", ra["serial_number"])
        both = answered(deployment, "role", "add-member", "Desk", *numbered)
        members = [{"fingerprint": member} for member in sorted((fingerprint, ra["fingerprint"]))]
        assert (both["members"], both["warnings"]) == (members, [])
        left = answered(deployment, "role", "remove-member", "Desk", "--fingerprint", fingerprint.upper())
        assert len(left["members"]) == 1
        assert "no such member" in refused(deployment, "role", "remove-member", "Desk", "--certificate", worker)
        assert answered(deployment, "role", "remove-member", "Desk", *numbered)["members"] == []
        assert "name the members by" in refused(deployment, "role", "add-member", "Desk")
        assert "together" in refused(deployment, "role", "add-member", "Desk", "--serial", "1")

    def test_several_members_at_once(self, deployment: Deployment) -> None:
        path = deployment.ra / "other.pem"
        path.write_bytes(make_authority("Another CA", rsa_key(1)).certificate.public_bytes(Encoding.PEM))
        files = ("--certificate", deployment.ra / "worker.pem", "--certificate", path)
        prints = ("--fingerprint", "a" * 64, "--fingerprint", "b" * 64)
        assert len(answered(deployment, "role", "add", "Desk", *DESK, *files)["members"]) == 2
        assert len(answered(deployment, "role", "add-member", "Desk", *prints)["members"]) == 4
        assert answered(deployment, "role", "remove-member", "Desk", *files, *prints)["members"] == []

    def test_rules_are_checked_and_wide_ones_warned_of(self, deployment: Deployment) -> None:
        assert "names no CA" in refused(deployment, "role", "add", "Desk", "--rule", "/ca/Managment")
        assert "no such access rule" in refused(deployment, "role", "add", "Desk", "--rule", "ca/ManagementCA")
        done(deployment, "role", "add", "Desk", *DESK)
        edited = administer(
            deployment, "role", "edit", "Desk", "--add-rule", "/action/*", "--add-rule", "/endentityprofile/SERVICE",
            "--remove-rule", "/endentityprofile/EMPTY",
        )  # fmt: skip
        assert "warning: /action/* grants every action" in edited.err
        assert "certificates of RAs, workers or CAs issued: KGA, RA, WORKER" in edited.err
        assert answered(deployment, "role", "show", "Desk")["rules"] == [
            "/action/*", "/administrator", "/ca/ManagementCA", "/endentityprofile/SERVICE",
        ]  # fmt: skip
        done(deployment, "role", "edit", "Desk", "--add-rule", "/cmp/factory", "--add-rule", "/cmp/*")
        assert "names no CA" in refused(deployment, "role", "edit", "Desk", "--add-rule", "/cmp/fac tory")
        assert "has no rule /" in refused(deployment, "role", "edit", "Desk", "--remove-rule", "/")
        assert "removed" in done(deployment, "role", "remove", "Desk")
        assert [role["name"] for role in answered(deployment, "role", "list")["roles"]] == ["RA"]

    def test_a_role_that_is_gone_grants_nothing(self, deployment: Deployment, csr: Path) -> None:
        done(deployment, "role", "remove", "RA")
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        outcome = lockgate("--config", deployment.ra_config, "request", "resume", "m")
        assert outcome.code == 1
        assert "not_administrator" in outcome.err or "not_authorized" in outcome.err
