"""What the console answers around its entrance and its decisions, where something else does not answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lockgate.administration.console import Administrators, Approvals, ListView, Sheet
from lockgate.errors import Unavailable
from lockgate.reasons import Reason, Rejected
from lockgate_transport.console.entrance import LinkEntrance
from lockgate_transport.console.links import LinkFile
from lockgate_transport.console.web import ConsoleParts, ConsoleWeb
from lockgate_transport.http.serving import Listening
from tests.support.console import Visitor
from tests.support.wire.serving import PATIENCE, serving

APPROVAL = "0" * 32


@dataclass
class Notes(Administrators):
    """The audit log.

    Attributes:
        full: whether it cannot be written.
    """

    full: bool = False

    def judge(self, certificate: bytes) -> Rejected:
        return Rejected(Reason.SIGNER_UNTRUSTED)

    def record(self, who: str, way: str) -> None:
        self.record_left(who)

    def record_left(self, who: str) -> None:
        if self.full:
            raise Unavailable("the database has no room left")


@dataclass
class Waiting(Approvals):
    """One approval.

    Attributes:
        named: what was asked for.
        answered: that the answer to a decision has come.
        announced: whether that was so when workers were told.
    """

    named: list[str] = field(default_factory=list)
    answered: threading.Event = field(default_factory=threading.Event)
    announced: list[bool] = field(default_factory=list)

    def sheet(self, approval: str) -> Sheet:
        self.named.append(approval)
        return Sheet({}, {}, (), open=False)

    def document(self, approval: str) -> bytes:
        self.named.append(approval)
        return b"{}"

    def decide(self, approval: str, decision: bytes) -> str:
        self.named.append(approval)
        return "The approval is approved."

    def announce(self) -> None:
        self.announced.append(self.answered.wait(PATIENCE))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def links(tmp_path: Path) -> LinkFile:
    return LinkFile(tmp_path / "console-link")


@contextmanager
def served(notes: Notes, waiting: Waiting, links: LinkFile) -> Iterator[Visitor]:
    """The console, and somebody who has not entered."""
    lists = (ListView("/", "Nothing", lambda _: ()),)
    web = ConsoleWeb(ConsoleParts(lists, (), waiting, LinkEntrance(notes, links)), secure=False)
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        yield Visitor(port)


def test_who_cannot_be_noted_makes_another_link(notes: Notes, waiting: Waiting, links: LinkFile) -> None:
    with served(notes, waiting, links) as visitor:
        notes.full = True
        refused = visitor.enter(links.make())
    assert (refused.status, visitor.cookie) == (503, "")
    assert "The link is spent: run `lockgate console link` again in a minute." in refused.text


def test_who_leaves_without_a_note_has_left(notes: Notes, waiting: Waiting, links: LinkFile) -> None:
    with served(notes, waiting, links) as visitor:
        visitor.enter(links.make())
        token, notes.full = visitor.get("/").token, True
        left = visitor.post("/leave", b"", token)
        assert (left.status, "The session has ended." in left.text) == (503, True)
        assert visitor.get("/").status == 401


@pytest.mark.parametrize("name", ["%00", "%0A", "%E2%80%AE", "%EF%BF%BD", "a" * 65, "..", "0-0", "%C3%A9"])
def test_a_name_that_nothing_has_is_looked_for_nowhere(
    notes: Notes, waiting: Waiting, links: LinkFile, name: str
) -> None:
    with served(notes, waiting, links) as visitor:
        visitor.enter(links.make())
        token = visitor.get("/").token
        answers = [visitor.get(f"/approvals/{name}"), visitor.get(f"/approvals/{name}/document")]
        answers.append(visitor.post(f"/approvals/{name}", b"a decision", token))
    assert ({answer.status for answer in answers}, waiting.named) == ({404}, [])


def test_no_message_database_keeps_the_answer_to_a_decision_waiting(
    notes: Notes, waiting: Waiting, links: LinkFile
) -> None:
    with served(notes, waiting, links) as visitor:
        visitor.enter(links.make())
        decided = visitor.post(f"/approvals/{APPROVAL}", b"a decision", visitor.get("/").token)
        waiting.answered.set()
    assert (decided.status, "The approval is approved." in decided.text) == (200, True)
    assert waiting.announced == [True]
