"""Decisions that administrators sign on machines of their own, from a document of which nothing else is believed."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lockgate.errors import CallerError
from lockgate.rights.approval import approval_id
from lockgate_app.approval_documents import read_document, write_document
from lockgate_app.container.ca_host import opened
from lockgate_app.deployment import Deployment
from tests.integration.app.approving import ask, ca, with_administrators
from tests.integration.app.commands import Outcome, lockgate
from tests.integration.app.terminals import lockgate_asking

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def approvers(deployment: Deployment) -> Deployment:
    return with_administrators(deployment, 1)


def document(own: Deployment, approval: str, change: Change = lambda _: None) -> Path:
    """The approval's document, as somebody on its way has changed it, with an id that fits where that is possible."""
    with opened(own.ca_config, "a test") as host:
        content = json.loads(write_document(host.approvals.approval(approval)))
    change(content)
    if content and change is not renamed:
        opened_at = datetime.fromisoformat(content["opened"])
        content["approval"] = approval_id(content["action"].encode(), opened_at)
    path = own.directory / "approval.json"
    path.write_text(json.dumps(content))
    return path


def named_in(path: Path) -> str:
    return str(json.loads(path.read_text()).get("approval", "none"))


def sign(own: Deployment, path: Path, *said: object, approval: str | None = None) -> Outcome:
    """Signed by who knows the approval's id from elsewhere, by default that of the document."""
    approval = named_in(path) if approval is None else approval
    keystore = ("--keystore", own.directory / "ann.p12", "--password-file", own.directory / "password")
    return lockgate("approvals", "sign", approval, path, *keystore, "--out", signature(own), "--yes", *said)


def signature(own: Deployment) -> Path:
    return own.directory / "decision.p7s"


def given(own: Deployment, approval: str) -> Outcome:
    return ca(own, "approvals", "decide", approval, signature(own))


def renamed(content: dict[str, Any]) -> None:
    content["action"] = content["action"].replace("CN=alice", "CN=mallory")


def lying(content: dict[str, Any]) -> None:
    content["facts"] = {"concerns": "harmless"}


def spaced(content: dict[str, Any]) -> None:
    content["action"] = json.dumps(json.loads(content["action"]))


def ended(content: dict[str, Any]) -> None:
    content["opened"], content["expires"] = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"


def shapeless(content: dict[str, Any]) -> None:
    content["action"] = '{"effects":[7]}'


def nested(content: dict[str, Any]) -> None:
    content["action"] = content["action"][:-1] + ',"zzz":' + '{"a":' * 600 + "1" + "}" * 601


def versionless(content: dict[str, Any]) -> None:
    content["version"] = 2


def test_an_administrator_approves_with_nothing_but_the_document_and_a_keystore(
    approvers: Deployment, csr: Path
) -> None:
    approval = ask(approvers, csr)
    signed = sign(approvers, document(approvers, approval, lying), "--approve")
    assert signed.code == 0, signed.err
    assert "you approve" in signed.out
    assert "* subject DN: CN=alice" in signed.out
    assert "harmless" not in signed.out
    assert signature(approvers).stat().st_mode & 0o777 == 0o600
    assert given(approvers, approval).out == f"approval {approval} is approved (1 of 1)\n"
    assert "has decided the same before" in given(approvers, approval).err


def test_nothing_is_signed_before_the_administrator_has_said_yes_to_what_is_shown(
    approvers: Deployment, csr: Path
) -> None:
    approval = ask(approvers, csr)
    keystore = ("--keystore", approvers.directory / "ann.p12", "--password-file", approvers.directory / "password")
    files = (document(approvers, approval), *keystore, "--out", signature(approvers))
    command = ("approvals", "sign", approval, *files, "--approve")
    unasked = lockgate(*command)
    assert (unasked.code, "Sign this? To say so: --yes" in unasked.err) == (2, True)
    refused = lockgate_asking(*command, answers=[("Sign this? [y/N]:", "n")])
    assert refused.code == 2
    assert "* subject DN: CN=alice" in refused.out
    assert not signature(approvers).exists()
    agreed = lockgate_asking(*command, answers=[("Sign this? [y/N]:", "y")])
    assert agreed.code == 0, agreed.err
    assert given(approvers, approval).out == f"approval {approval} is approved (1 of 1)\n"


def test_a_rejection_brings_its_reason(approvers: Deployment, csr: Path) -> None:
    approval = ask(approvers, csr)
    assert "because: mistyped" in sign(approvers, document(approvers, approval), "--reject", "mistyped").out
    assert given(approvers, approval).out == f"approval {approval} is rejected (0 of 1)\n"
    assert json.loads(ca(approvers, "approvals", "show", approval, "--json").out)["reason"] == "mistyped"


def test_a_document_of_another_approval_takes_the_place_of_none(approvers: Deployment, csr: Path) -> None:
    approval, another = ask(approvers, csr), "0" * 32
    path = document(approvers, approval)
    refused = sign(approvers, path, "--approve", approval=another)
    assert (refused.code, refused.out) == (2, "")
    assert f"the document is about the approval {approval}, and not about {another}" in refused.err
    assert sign(approvers, path, "--approve").code == 0
    assert f"the decision is about the approval {approval}, and not about {another}" in given(approvers, another).err
    assert json.loads(ca(approvers, "approvals", "show", approval, "--json").out)["status"] == "pending"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (renamed, "its action is not that of the approval that it names"),
        (spaced, "not in the canonical form"),
        (shapeless, "not one that this version of Lockgate can show"),
        (ended, "can be decided from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z"),
        (nested, "not one that this version of Lockgate can show"),
        (versionless, "no document of an approval of version 1"),
        (dict.clear, "no document of an approval"),
    ],
)
def test_what_cannot_be_shown_or_decided_is_not_signed(
    approvers: Deployment, csr: Path, change: Change, why: str
) -> None:
    refused = sign(approvers, document(approvers, ask(approvers, csr), change), "--approve")
    assert (refused.code, refused.out) == (2, "")
    assert why in refused.err
    assert not (approvers.directory / "decision.p7s").exists()


def test_facts_that_are_nested_deeply_are_refused_in_plain_words() -> None:
    with pytest.raises(CallerError, match="it is nested too deeply"):
        read_document(b'{"facts":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def test_wrong_commands_sign_nothing(approvers: Deployment, csr: Path) -> None:
    path = document(approvers, ask(approvers, csr))
    for said, why in (
        ((), "say --approve, or --reject"),
        (("--approve", "--reject", "no"), "say --approve, or --reject"),
        (("--reject", ""), "1 to 500 printable characters"),
    ):
        assert why in sign(approvers, path, *said).err
    (approvers.directory / "decision.p7s").write_bytes(b"no decision")
    assert "exists already" in sign(approvers, path, "--approve").err
    assert "this is no signed decision" in given(approvers, named_in(path)).err
