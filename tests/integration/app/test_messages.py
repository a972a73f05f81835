"""`lockgate messages` and `lockgate db purge`: what was set aside, looked at and tried again; what is old, deleted."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from lockgate_app.container.databases import database_engine
from lockgate_app.container.ra import connect
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.commands import Outcome, edited
from tests.integration.app.test_worker import order, with_second_line

DAY = 86_400_000


@dataclass(frozen=True)
class Operator:
    """Commands on the CA host of a deployment."""

    deployment: Deployment
    command: Callable[..., Outcome]

    def ended(self, *arguments: object) -> Outcome:
        return self.command("--config", self.deployment.ca_config, *arguments)

    def told(self, *arguments: object) -> str:
        done = self.ended(*arguments)
        assert done.code == 0, done.err
        return done.out

    def said(self, *arguments: object) -> Any:
        return json.loads(self.told(*arguments, "--json"))

    def refused(self, *arguments: object) -> str:
        done = self.ended(*arguments)
        assert (done.code, done.out) == (2, "")
        (line,) = done.err.splitlines()
        return line

    def work(self) -> str:
        return self.told("worker", "--once")


@pytest.fixture
def operator(deployment: Deployment, in_process: Callable[..., Outcome]) -> Operator:
    return Operator(deployment, in_process)


def send(deployment: Deployment, csr: Path, *names: str) -> None:
    """One message for each end entity, called like it."""
    with connect(deployment.ra_config) as ra:
        for name in names:
            ra.send([order(csr, name)], message_id=name)


def run(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def in_messages(deployment: Deployment, statement: str, **values: object) -> None:
    run(
        database_engine(next(iter(load_ca(deployment.ca_config).data_sources.values())), "RAMessage1DS"),
        statement,
        **values,
    )


def in_ca(deployment: Deployment, statement: str, **values: object) -> None:
    run(database_engine(load_ca(deployment.ca_config).ca.database, None), statement, **values)


def test_a_poison_message_is_looked_at_and_tried_again(deployment: Deployment, csr: Path, operator: Operator) -> None:
    edited(deployment.ca_config, "period = 10", "period = 10\nmax_attempts = 3")
    with connect(deployment.ra_config) as ra:
        pending = ra.send([order(csr, "alice")], message_id="poison")
    in_messages(deployment, "update message set attempts = 3")
    assert operator.work().startswith("1 message settled")

    listed = operator.said("messages", "list")
    assert listed["next"] is None
    (outline,) = listed["messages"]
    assert (outline["id"], outline["attempts"]) == ("poison", 3)
    assert outline["reason"].startswith("too_many_attempts: ")
    assert "too_many_attempts" in operator.told("messages", "list")
    shown = operator.said("messages", "show", "poison")
    assert (shown["status"], shown["due"], shown["verdicts"]) == ("set-aside", None, [])

    assert operator.told("messages", "retry", "poison") == "1 message waiting again\n"
    assert "is waiting, not set aside" in operator.refused("messages", "retry", "poison")
    assert operator.work().startswith("1 message settled")
    shown = operator.said("messages", "show", "poison")
    assert (shown["status"], shown["attempts"], shown["reason"]) == ("processed", 0, None)
    (verdict,) = shown["verdicts"]
    assert (verdict["part"], verdict["verdict"]) == (1, "success")
    with connect(deployment.ra_config) as ra:
        assert ra.wait(pending, timedelta())[0].success


def test_all_of_one_reason_are_tried_again_and_no_others(deployment: Deployment, csr: Path, operator: Operator) -> None:
    send(deployment, csr, "id0", "id1", "id2")
    reason = "case messageid when 'id1' then 'too_large: x' else 'too_many_attempts: y' end"
    in_messages(deployment, f"update message set status = 4, duetime = {2**62}, reason = {reason}")
    done = operator.said("messages", "retry", "--reason", "too_many_attempts")
    assert done == {"retried": 2, "more": False}
    assert [message["id"] for message in operator.said("messages", "list")["messages"]] == ["id1"]
    assert [message["id"] for message in operator.said("messages", "list", "--status", "waiting")["messages"]] == [
        "id0",
        "id2",
    ]


def test_lists_come_in_pages(deployment: Deployment, csr: Path, operator: Operator) -> None:
    send(deployment, csr, "id0", "id1", "id2")
    first = operator.said("messages", "list", "--status", "waiting", "--limit", 2)
    assert [message["id"] for message in first["messages"]] == ["id0", "id1"]
    rest = operator.said("messages", "list", "--status", "waiting", "--after", first["next"])
    assert ([message["id"] for message in rest["messages"]], rest["next"]) == (["id2"], None)
    for key in ("3-1", f"{2**63}", "x"):
        assert "is no key" in operator.refused("messages", "list", "--after", key)


def test_a_hostile_row_is_shown_without_harm(deployment: Deployment, operator: Operator) -> None:
    in_messages(
        deployment,
        "insert into message (messageid, type, status, createtime, modifytime, generation, attempts, requestdigest,"
        " duetime, reason, message) values (:id, 1, 4, :far, :far, 1, 1, '', :far, :reason, '')",
        id="[red]\x1b[2J", reason="[bold]\x1b]0;x\x07" + "z" * 900, far=2**62,
    )  # fmt: skip
    shown = operator.told("messages", "list")
    assert "[red]?[2J" in shown
    assert "[bold]?]0;x?zzz" in shown
    assert f"no time: {2**62}" in shown


def test_old_messages_are_deleted_and_only_those(deployment: Deployment, csr: Path, operator: Operator) -> None:
    send(deployment, csr, "alice", "bob")
    operator.work()
    in_messages(deployment, "update message set modifytime = modifytime - :age", age=31 * DAY)
    send(deployment, csr, "carol")
    operator.work()
    assert operator.told("messages", "purge", "--older-than", "32") == "0 messages deleted\n"
    assert operator.said("messages", "purge", "--older-than", "30") == {"status": "processed", "deleted": 2}
    assert len(operator.said("messages", "list", "--status", "processed")["messages"]) == 1
    for status in ("waiting", "in-process"):
        line = operator.refused("messages", "purge", "--older-than", "1", "--status", status)
        assert "only messages that were settled are purged" in line
    assert operator.ended("messages", "purge", "--older-than", "0").code == 2


def test_old_verdicts_are_deleted_and_only_those(deployment: Deployment, csr: Path, operator: Operator) -> None:
    for name in ("alice", "bob"):
        send(deployment, csr, name)
        operator.work()
    in_ca(deployment, "update journal set keepuntil = keepuntil - :age where sequence = 1", age=40 * DAY)
    assert set(operator.said("db", "purge", "--older-than", "45").values()) == {0}
    assert operator.told("db", "purge").startswith("1 verdict, 0 operations, 0 approvals, ")
    exported = operator.told("audit", "export")
    (entry,) = (json.loads(line) for line in exported.splitlines() if '"records.purged"' in line)
    assert (entry["target"], entry["details"]) == ("verdicts", {"count": "1"})
    operator.told("audit", "verify")


def test_the_data_source_is_named_if_there_are_two(deployment: Deployment, csr: Path, operator: Operator) -> None:
    second = with_second_line(deployment)
    with connect(second) as ra:
        ra.send([order(csr, "alice")], message_id="elsewhere")
    assert "--data-source is needed; there are: RAMessage1DS, Second" in operator.refused("messages", "list")
    assert "there is no data source X" in operator.refused("messages", "list", "--data-source", "X")
    assert "elsewhere" in operator.told("messages", "list", "--data-source", "Second", "--status", "waiting")
    assert operator.told("messages", "list", "--data-source", "RAMessage1DS") == "no messages\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("show", "none"), "there is no message 'none' of type 1"),
        (("retry", "none", "--type", "2"), "there is no message 'none' of type 2"),
        (("retry",), "name the messages by their ids, or all of one --reason"),
        (("retry", "none", "--reason", "too_large"), "name the messages by their ids, or all of one --reason"),
    ],
)
def test_what_cannot_be_done_is_said(operator: Operator, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in operator.refused("messages", *arguments)
