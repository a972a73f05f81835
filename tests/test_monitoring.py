"""What `deploy/monitoring/` holds fits the product: promtool accepts and tests the rules; their metrics are there."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from lockgate.administration.observations import NewEntries, Recorded
from lockgate.audit import Event
from lockgate_app.container.timing import Step
from lockgate_app.health.facts import (
    AnswerFacts,
    AuthorityFacts,
    CaFacts,
    HostFacts,
    IssuerFacts,
    KeystoreFacts,
    ProcessFacts,
    QueueFacts,
    WorkerFacts,
)
from lockgate_app.health.metrics import HostCollector, Recordings, exposition
from tests.support.parts import needed_program

ROOT = Path(__file__).resolve().parent.parent
MONITORING = ROOT / "deploy" / "monitoring"
RULES, TESTS = MONITORING / "alerts.yaml", MONITORING / "alerts.test.yaml"
MEASURED = {
    "lockgate_enrolment_refusals_total": {"server", "reason"},
    **{f"lockgate_step_seconds_{part}": {"step", "worker", "le"} for part in ("bucket", "sum", "count")},
}
"""These come from the host's processes; tests/integration/app/test_health.py reads them from a real one."""
OF_PROMETHEUS = {"up": {"job", "instance"}}
_SELECTOR = re.compile(r"\b(lockgate_\w+|up)\b(?:\{([^}]*)\})?")
_LABELS = re.compile(r"\bby \(([^)]*)\)")


def loaded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text())
    return found


def alerts() -> list[dict[str, Any]]:
    return [rule for group in loaded(RULES)["groups"] for rule in group["rules"]]


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def named_metrics() -> set[str]:
    """Every metric that a rule or the dashboard asks for, but those of Prometheus itself."""
    return {name for query in queries() for name, _ in _SELECTOR.findall(query)} - OF_PROMETHEUS.keys()


@pytest.fixture(scope="module")
def metrics() -> dict[str, set[str]]:
    """The labels of every metric of a CA node, by the metric's name."""
    ca = CaFacts(
        octets=1, journal_entries=1, authorities=(AuthorityFacts("CA", True, 1, 1, 1),),
        workers=(WorkerFacts("main", "ra1", True, 1),), issuers=(IssuerFacts("backend", 1, 1, 1),),
        ocsp_answers=(AnswerFacts("ra1", 1, 1, 1),),
    )  # fmt: skip
    facts = HostFacts({"ra1": QueueFacts(1, 1, 1, 1, 1, 1)}, (KeystoreFacts("worker", 1),), True, ca)
    collector = HostCollector(lambda: facts, lambda: ProcessFacts({"worker main": True}), Recordings())
    text = exposition(collector, None)().decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found | MEASURED | OF_PROMETHEUS


@pytest.mark.parametrize("command", [("check", "rules", RULES), ("test", "rules", TESTS)], ids=lambda one: one[0])
def test_prometheus_accepts_the_rules_and_they_fire_when_they_should(command: tuple[str, str, Path]) -> None:
    promtool = needed_program("promtool", "prometheus")
    done = subprocess.run([promtool, *map(str, command)], capture_output=True, text=True, check=False, cwd=MONITORING)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_to_fire_and_to_be_silent() -> None:
    names = {rule["alert"] for rule in alerts()}
    silent, firing = loaded(TESTS)["tests"]
    assert {case["alertname"] for case in silent["alert_rule_test"] if "exp_alerts" not in case} == names
    assert {case["alertname"] for case in firing["alert_rule_test"] if case["exp_alerts"]} == names


def test_every_metric_and_label_in_rules_and_dashboard_is_there(metrics: dict[str, set[str]]) -> None:
    for query in queries():
        selected = _SELECTOR.findall(query)
        assert selected, query
        labels = {"instance"}.union(*(metrics[name] for name, _ in selected))  # a KeyError: no such metric
        used = {part.split("=")[0].strip(" !~") for _, matchers in selected for part in matchers.split(",") if part}
        used |= {label.strip() for group in _LABELS.findall(query) for label in group.split(",")}
        assert used <= labels, query


def test_values_that_rules_and_dashboard_name_are_there(metrics: dict[str, set[str]]) -> None:
    known = {"event": set(map(str, Event)), "status": {"waiting", "in_process", "set_aside", "under_way", "in_doubt"}}
    for query in queries():
        for label, values in known.items():
            for named in re.findall(rf'{label}=~?"([^"]*)"', query):
                assert set(named.split("|")) <= values


def test_no_metric_of_a_host_has_a_label_that_clients_choose(metrics: dict[str, set[str]]) -> None:
    labels = set().union(*(metrics[name] for name in metrics.keys() - OF_PROMETHEUS.keys()))
    assert labels == {
        "ca", "data_source", "database", "event", "issuer", "keystore", "le", "process", "reason", "server", "status",
        "step", "worker",
    }  # fmt: skip


def test_every_metric_is_documented(metrics: dict[str, set[str]]) -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text()
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in metrics.keys() - OF_PROMETHEUS.keys()}
    assert {name for name in names if f"`{name}`" not in text} == set()
    assert {step.value for step in Step if f"`{step}`" not in text} == set()


def test_every_alert_is_documented() -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text()
    assert {rule["alert"] for rule in alerts() if f"`{rule['alert']}`" not in text} == set()


def test_a_reason_that_is_not_known_is_counted_as_another() -> None:
    recordings = Recordings()
    recordings.count(NewEntries((Recorded(Event.REQUEST_REFUSED, "chosen outside"),)))
    recordings.count(NewEntries((Recorded(None, "chosen outside"),)))
    assert recordings.refusals["other"] == 1
    assert "chosen outside" not in recordings.refusals
