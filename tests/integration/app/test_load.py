"""`lockgate load` against a running worker: every kind and protection, failures counted, ended early."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lockgate_app.deployment import Deployment
from tests.integration.app.commands import LOCKGATE, PATIENCE, Outcome, edited, lockgate, running, until

LOADS = [
    ("CERT", "UNSECURED"),
    ("CERT", "SIGNED"),
    ("CERT", "ENCRYPTED"),
    ("CERT", "SIGNEDENCRYPTED"),
    ("KEYSTORE", "ENCRYPTED"),
    ("KEYSTORE", "SIGNEDENCRYPTED"),
]


def load(deployment: Deployment, *arguments: object) -> Outcome:
    return lockgate("--config", deployment.ra_config, "load", "--per-minute", 6000, *arguments)


def at_once(*runs: Callable[[], Outcome]) -> list[Outcome]:
    """Let the loads run beside each other: they share the worker's polls."""
    with ThreadPoolExecutor(len(runs)) as threads:
        return [future.result() for future in [threads.submit(run) for run in runs]]


def summary(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome.out)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def lenient(
    request: pytest.FixtureRequest, fresh_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Deployment]:
    """A deployment whose worker runs and asks for nothing."""
    made = tmp_path / "deployment"
    urls = ["--message-db", fresh_database(request.param), "--ca-db", fresh_database(request.param)]
    assert lockgate("init", made, *urls).code == 0
    deployment = Deployment(made)
    edited(deployment.ca_config, "period = 10", "period = 5")
    for key in ("signature", "encryption"):
        edited(deployment.ca_config, f"{key}.required = true", f"{key}.required = false")
    with running(deployment):
        yield deployment


def test_every_kind_and_protection(lenient: Deployment) -> None:
    common = ("--ras", 2, "--count", 3, "--json")
    done = at_once(
        *(lambda kind=kind: load(lenient, "--kind", kind[0], "--security", kind[1], *common) for kind in LOADS)
    )
    for outcome in done:
        assert outcome.code == 0, outcome.out + outcome.err
        found = summary(outcome)
        assert (found["sent"], found["succeeded"], found["failures"]) == (3, 3, {})
        assert 0 < found["p50"] <= found["p95"] <= found["p99"] <= found["seconds"]
        assert found["per_minute"] == pytest.approx(3 * 60 / found["seconds"], rel=0.01)
    assert list((lenient.ra / "outbox").iterdir()) == []


def test_failures_are_told_and_counted_by_reason(deployment: Deployment) -> None:
    edited(deployment.ca_config, "period = 10", "period = 5")
    with running(deployment):
        bare, denied, good = at_once(
            lambda: load(deployment, "--security", "UNSECURED", "--count", 2),
            lambda: load(deployment, "--end-entity-profile", "SERVICE", "--count", 3, "--json"),
            lambda: load(deployment, "--count", 1, "--username-prefix", "device", "--subject-dn", "CN={username},O=X"),
        )
    assert (bare.code, denied.code, good.code) == (1, 1, 0)
    assert bare.out.count("failed (encryption_required): This worker accepts encrypted submessages only.") == 2
    assert "0 succeeded, 2 failed, 0 a minute" in bare.out
    assert "encryption required 2" in bare.out
    assert summary(denied)["failures"] == {"not_authorized": 3}
    assert summary(denied)["p50"] is None
    first = good.out.splitlines()[0]
    assert first.startswith("device-")
    assert "s  ok  [1 succeeded, 0 failed," in first


def test_without_answers_in_time_all_have_failed(deployment: Deployment) -> None:
    done = load(deployment, "--count", 2, "--wait", 1, "--json")
    assert done.code == 1
    assert summary(done)["failures"] == {"no_answer": 2}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_summary(deployment: Deployment, number: signal.Signals) -> None:
    command = [LOCKGATE, "--config", str(deployment.ra_config), "load", "--json", "--per-minute", "6000", "--ras", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        outbox = deployment.ra / "outbox"
        until(lambda: outbox.is_dir() and len(list(outbox.iterdir())) >= 5)  # each RA has one under way
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "")
    found = json.loads(out)
    assert found["sent"] == found["given_up"] >= 3
    assert list(outbox.iterdir()) == []


def test_no_keystore_is_asked_for_in_clear(deployment: Deployment) -> None:
    done = load(deployment, "--kind", "KEYSTORE", "--security", "SIGNED", "--count", 1)
    assert (done.code, done.out) == (2, "")
    assert "must be encrypted: use ENCRYPTED" in done.err


def test_without_a_key_nothing_can_be_signed(deployment: Deployment) -> None:
    edited(deployment.ra_config, 'keystore_path = "ra.p12"\n', "")
    edited(deployment.ra_config, 'keystore_password = { file = "ra.password" }\n', "")
    done = load(deployment, "--security", "SIGNED")
    assert (done.code, done.out) == (2, "")
    assert "key" in done.err
