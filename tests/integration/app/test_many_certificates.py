"""`lockgate certificate revoke-all` and `lockgate audit show`: many at a time, by what they have in common."""

from pathlib import Path

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import answered, done, refused
from tests.integration.app.commands import lockgate, request, work


@pytest.fixture
def certified(deployment: Deployment, csr: Path) -> Deployment:
    """Alice and bob have certificates that the RA has asked for."""
    for name in ("alice", "bob"):
        request(deployment, csr, name, "--wait", 0, "--message-id", name)
    work(deployment)
    return deployment


def standings(deployment: Deployment) -> dict[str, str]:
    rows = answered(deployment, "certificate", "list")["certificates"]
    return {row["username"]: row["status"] for row in rows if row["username"] in ("alice", "bob", "ra")}


def test_all_that_an_ra_has_asked_for(certified: Deployment) -> None:
    (ra,) = answered(certified, "certificate", "search", "--username", "ra")["certificates"]
    meant = ("certificate", "revoke-all", "--requested-by", ra["fingerprint"], "--reason", "superseded")
    shown = answered(certified, *meant, "--dry-run")["certificates"]
    assert sorted(row["username"] for row in shown) == ["alice", "bob"]
    assert standings(certified) == {"alice": "good", "bob": "good", "ra": "good"}
    assert answered(certified, *meant) == {"revoked": 2, "asked_for": 0, "refused": 0, "revoked_before": 0}
    assert standings(certified) == {"alice": "revoked", "bob": "revoked", "ra": "good"}
    assert answered(certified, *meant) == {"revoked": 0, "asked_for": 0, "refused": 0, "revoked_before": 2}
    entries = answered(certified, "audit", "show", "--event", "certificate.revoked", "--limit", 1)
    assert [entry["event"] for entry in entries["entries"]] == ["certificate.revoked"]
    further = answered(certified, "audit", "show", "--event", "certificate.revoked", "--after", entries["next"])
    assert len(further["entries"]) == 1
    assert answered(certified, "audit", "show", "--until", "2020-01-01")["entries"] == []
    assert answered(certified, "audit", "show", "--since", "2020-01-01", "--who", "nobody*")["entries"] == []


def test_by_time_and_by_name(certified: Deployment) -> None:
    meant = ("certificate", "revoke-all", "--reason", "superseded", "--username", "a*")
    assert answered(certified, *meant, "--begins-before", "2020-01-01")["revoked"] == 0
    assert answered(certified, *meant, "--begins-since", "2020-01-01T10:00")["revoked"] == 1
    assert standings(certified) == {"alice": "revoked", "bob": "good", "ra": "good"}


def test_those_that_a_file_names(certified: Deployment, tmp_path: Path) -> None:
    (alice,) = answered(certified, "certificate", "search", "--username", "alice")["certificates"]
    file = tmp_path / "lost.txt"
    meant = ("certificate", "revoke-all", "--reason", "key-compromise", "--file", file)
    file.write_text(f"{alice['fingerprint']}  # alice\n4711\n{'0' * 64}\n")
    told = refused(certified, *meant).splitlines()
    assert [line.removeprefix(f"lockgate: {file}, ") for line in told] == [
        "line 2: a SHA-256 fingerprint has 64 hexadecimal digits",
        "line 3: there is no such certificate",
    ]
    assert standings(certified)["alice"] == "good"
    file.write_text(f"\ufeff{alice['fingerprint'].upper()}\n# lost today\n\n{alice['fingerprint']}\n")
    assert "1 revoked, 0 asked for, 0 refused, 0 had been revoked before" in done(certified, *meant)
    assert standings(certified)["alice"] == "revoked"


def test_a_search_takes_no_certificate_of_a_ca_along(certified: Deployment, tmp_path: Path) -> None:
    wide = ("certificate", "revoke-all", "--reason", "superseded", "--begins-since", "2020-01-01")
    outcome = lockgate("--config", certified.ca_config, *wide)
    assert outcome.err == (
        "lockgate: warning: certificates of CAs that fit and stay as they are: 1; name them by --file\n"
    )
    (root,) = answered(certified, "certificate", "search", "--username", "ManagementCA")["certificates"]
    assert root["status"] == "good"
    file = tmp_path / "root.txt"
    file.write_text(root["fingerprint"])
    assert answered(certified, *wide[:4], "--file", file)["revoked"] == 1


def test_something_must_be_said_and_not_both(certified: Deployment, tmp_path: Path) -> None:
    meant = ("certificate", "revoke-all", "--reason", "superseded")
    assert "by --file, or by the other options" in refused(certified, *meant)
    assert "by --file, or by the other options" in refused(certified, *meant, "--file", tmp_path / "x", "--ca", "CA")
    assert "x: cannot be read" in refused(certified, *meant, "--file", tmp_path / "x")
    assert "certificate reactivate" in refused(
        certified, "certificate", "revoke-all", "--reason", "remove-from-crl", "--ca", "ManagementCA"
    )
