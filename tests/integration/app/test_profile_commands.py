"""`lockgate profile`."""

import re
import shlex
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import administer, answered, done, refused
from tests.integration.app.commands import request, work
from tests.support.walking import DOCS, steps


class TestProfiles:
    @pytest.mark.parametrize("suffix", ["yaml", "toml"])
    def test_what_is_exported_is_imported_unchanged(self, pristine: Deployment, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"profiles.{suffix}"
        assert "10 profiles" in done(pristine, "profile", "export", "--output", path)
        assert path.read_text() == done(pristine, "profile", "export", "--format", suffix)
        changes = answered(pristine, "profile", "import", path)["profiles"]
        assert {change["change"] for change in changes} == {"unchanged"}
        assert len(changes) == 10

    def test_a_profile_is_changed_by_its_file(self, deployment: Deployment, tmp_path: Path, csr: Path) -> None:
        path = tmp_path / "enduser.yaml"
        path.write_text(done(deployment, "profile", "export", "ENDUSER").replace("_days: 730", "_days: 7"))
        assert "says something else" in refused(deployment, "profile", "import", path)
        assert "replaced" in done(deployment, "profile", "import", path, "--replace")
        assert answered(deployment, "profile", "show", "certificate", "ENDUSER")["validity_days"] == 7
        request(deployment, csr, "alice", "--wait", 0, "--message-id", "m")
        work(deployment)
        (found,) = answered(deployment, "certificate", "search", "--username", "alice")["certificates"]
        assert x509.load_pem_x509_certificate(
            done(deployment, "certificate", "show", found["fingerprint"], "--pem").encode()
        )
        shown = answered(deployment, "certificate", "show", found["fingerprint"])
        start, end = (datetime.fromisoformat(shown[bound]) for bound in ("valid_from", "valid_until"))
        assert end - start == timedelta(days=7, seconds=-1)

    def test_the_page_shows_what_the_commands_print(
        self, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = (DOCS / "administration.md").read_text()
        (file,) = re.findall(r"^```yaml\n(certificate_profiles:.*?)^```$", page, re.MULTILINE | re.DOTALL)
        monkeypatch.chdir(tmp_path)
        Path("devices.yaml").write_text(file)
        for step in steps(DOCS / "administration.md", "## Profiles")[:6]:
            program, *arguments = shlex.split(step.command)
            if program == "lockgate":
                outcome = administer(deployment, *arguments)
                assert step.shown is not None
                assert step.fits(outcome.out + outcome.err), outcome
            else:
                subprocess.run([program, *arguments], check=True)
        assert "username_pattern" in done(deployment, "profile", "export", "DEVICES")

    def test_errors_name_the_line_and_nothing_is_imported(self, deployment: Deployment, tmp_path: Path) -> None:
        path = tmp_path / "profiles.toml"
        path.write_text("[certificate_profiles.A]\nvalidity_days = 1\n[certificate_profiles.B]\nvalidity_days = 0\n")
        expected = f"lockgate: {path}, line 4: certificate_profiles.B.validity_days: expected int >= 1\n"
        assert refused(deployment, "profile", "import", path) == expected
        assert "no certificate profile A" in refused(deployment, "profile", "show", "certificate", "A")

    def test_one_that_names_nothing_is_warned_of_and_can_be_deleted(
        self, deployment: Deployment, tmp_path: Path
    ) -> None:
        path = tmp_path / "p.yml"
        path.write_text("end_entity_profiles:\n  NEW:\n    certificate_profiles: [LATER]\n")
        outcome = administer(deployment, "profile", "import", path)
        assert outcome.code == 0
        assert "warning: end entity profile NEW names the certificate profile LATER" in outcome.err
        assert "removed" in done(deployment, "profile", "delete", "end-entity", "NEW")
        assert "in use" in refused(deployment, "profile", "delete", "certificate", "ENDUSER")
        assert "NEW" not in done(deployment, "profile", "list")
        assert "no profile NEW" in refused(deployment, "profile", "export", "NEW")
