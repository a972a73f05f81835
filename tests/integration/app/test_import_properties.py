"""`lockgate import-properties`, as operators run it beside a new deployment."""

import json
import shutil
from pathlib import Path

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import lockgate
from tests.support.external_ra import FILES


def test_imported_settings_are_those_that_check_reads(deployment: Deployment, tmp_path: Path) -> None:
    worker = tmp_path / "main.properties"
    worker.write_text("externalra-caservice.signature.required=true\nexternalra-caservice.encryption.required=true\n")
    imported = tmp_path / "imported"
    done = lockgate("import-properties", worker, "--output", imported, "--deployment", deployment.directory, "--json")
    told = json.loads(done.out)
    assert (done.code, told["to_do"]) == (0, 0), told
    shutil.copy(imported / "ca/lockgate.toml", deployment.ca_config)
    checked = lockgate("--config", deployment.ca_config, "check")
    assert checked.code == 0, checked.out


def test_the_report_for_people_and_the_exit_codes(tmp_path: Path) -> None:
    done = lockgate("import-properties", *FILES, "--output", tmp_path / "out")
    assert done.code == 1
    assert "to do: " in done.out
    assert "foo123 is a default password" in done.out
    assert "zW4" not in done.out
    again = lockgate("import-properties", *FILES, "--output", tmp_path / "out")
    assert (again.code, "exists already" in again.err) == (2, True)
