"""`lockgate audit` through the installed command."""

import json

from sqlalchemy import create_engine, text

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import lockgate


def test_the_log_is_verified_and_exported(deployment: Deployment) -> None:
    config = deployment.ca_config
    verified = lockgate("--config", config, "audit", "verify")
    assert verified.code == 0, verified.err
    assert "The log is as it was written." in verified.out
    output = deployment.directory / "audit.jsonl"
    assert lockgate("--config", config, "audit", "export", "--output", output).code == 0
    entries = [json.loads(line) for line in output.read_text().splitlines()]
    heads = json.loads(lockgate("--config", config, "audit", "verify", "--json").out)["heads"]
    assert heads["administration"] == {"number": len(entries), "seal": entries[-1]["seal"]}
    assert {"ca.created", "role.changed", "certificate.issued"} <= {entry["event"] for entry in entries}
    again = lockgate("--config", config, "audit", "export", "--output", output)
    assert again.code == 2
    assert "exists already, and stays as it is; name another file" in again.err


def test_tampering_is_named_and_told_by_the_exit_code(deployment: Deployment) -> None:
    engine = create_engine(f"sqlite:///{deployment.ca}/ca.db")
    with engine.begin() as connection:
        connection.execute(text("delete from audit where number = 2"))
    engine.dispose()
    verified = lockgate("--config", deployment.ca_config, "audit", "verify")
    assert verified.code == 1
    assert "administration, entry 2: the entry is missing" in verified.out
    assert "The log was tampered with." in verified.out
