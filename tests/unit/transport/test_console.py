"""The console's links and sessions by their clocks, and what its pages are made of."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lockgate.administration.console import Administrators, Approvals, Filter, ListView, Sheet, Table
from lockgate.errors import CallerError, ConfigurationError, Unavailable
from lockgate.reasons import Reason, Rejected
from lockgate_transport.console.cells import shown
from lockgate_transport.console.entrance import LinkEntrance
from lockgate_transport.console.links import LINK_VALIDITY, LinkFile
from lockgate_transport.console.sessions import IDLE_SECONDS, LONGEST_SECONDS, Sessions
from lockgate_transport.console.web import ConsoleParts, ConsoleWeb
from lockgate_transport.http.serving import Listening
from lockgate_transport.pages.protection import HEADERS
from tests.support.console import Visitor
from tests.support.wire.serving import serving


@dataclass
class Clock:
    """Time that passes when a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def utc(self) -> datetime:
        return datetime(2026, 11, 30, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def links(tmp_path: Path, clock: Clock) -> LinkFile:
    return LinkFile(tmp_path / "console-link", clock.utc)


def test_a_link_lives_five_minutes(links: LinkFile, clock: Clock) -> None:
    token = links.make()
    clock.seconds = (LINK_VALIDITY - timedelta(seconds=1)).total_seconds()
    assert links.spend(token)
    token = links.make()
    clock.seconds += LINK_VALIDITY.total_seconds()
    assert not links.spend(token)


def test_a_wrong_token_spends_no_link(links: LinkFile) -> None:
    token = links.make()
    assert not any(map(links.spend, ("", token[:-1], f"{token}x", "\udc80")))
    assert links.spend(token)
    assert not links.spend(token)


def test_the_file_of_a_link_holds_no_token_and_is_for_its_user_alone(links: LinkFile, tmp_path: Path) -> None:
    token = links.make()
    file = tmp_path / "console-link"
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_that_others_can_have_written_does_not_count(links: LinkFile, tmp_path: Path) -> None:
    token = links.make()
    os.chmod(tmp_path / "console-link", 0o620)  # noqa: PTH101
    assert not links.spend(token)


def test_a_link_of_another_user_is_neither_made_nor_taken(
    links: LinkFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, me = links.make(), os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(ConfigurationError, match="run this as the user that runs the console"):
        links.make()
    with capture_logs() as logged:
        assert not links.spend(token)
    assert [(line["event"], line["file"]) for line in logged] == [("link ignored", str(tmp_path / "console-link"))]


def test_no_pipe_and_no_other_file_is_read_as_a_link(links: LinkFile, tmp_path: Path) -> None:
    token, path = links.make(), tmp_path / "console-link"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert not links.spend(token)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert not links.spend(token)


def test_a_link_is_taken_away_before_it_counts(
    links: LinkFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new link comes between the look and the taking."""
    token, path, rename = links.make(), tmp_path / "console-link", Path.rename

    def late(source: Path, target: Path) -> Path:
        monkeypatch.undo()
        links.make()
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", late)
    assert not links.spend(token)
    assert not path.exists()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sha256": 1, "ends": 2}', "\x00"])
def test_a_file_that_is_no_link_opens_nothing(links: LinkFile, tmp_path: Path, content: str) -> None:
    (tmp_path / "console-link").write_text(content)
    assert not links.spend("any")


def test_a_session_ends_when_nobody_uses_it(clock: Clock) -> None:
    sessions = Sessions(clock)
    session = sessions.begin("ann")
    clock.seconds = IDLE_SECONDS - 1
    assert sessions.find(session.id) == session
    clock.seconds += IDLE_SECONDS
    assert sessions.find(session.id) is None
    clock.seconds -= IDLE_SECONDS
    assert sessions.find(session.id) is None


def test_a_session_ends_after_eight_hours_at_the_latest(clock: Clock) -> None:
    sessions = Sessions(clock)
    session = sessions.begin("ann")
    while clock.seconds < LONGEST_SECONDS:
        assert sessions.find(session.id) == session
        clock.seconds += IDLE_SECONDS / 2
    assert sessions.find(session.id) is None


def test_a_certificate_has_one_session_and_so_have_links(clock: Clock) -> None:
    sessions = Sessions(clock)
    ann, first = sessions.begin("ann", "a" * 64), sessions.begin("first")
    second = sessions.begin("second")
    sessions.end(first)
    assert (sessions.find(first.id), sessions.find(second.id)) == (None, second)
    assert (sessions.of("a" * 64), sessions.find(ann.id), sessions.of("b" * 64)) == (ann, None, None)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (True, "yes"),
        (["a<b", "\u202e"], "a&lt;b<br>&lt;U+202E&gt;"),
        ({"reason_code": "x", "n": [1, 2]}, "reason code x, n 1, 2"),
    ],
)
def test_values_are_shown_as_text(value: object, said: str) -> None:
    assert shown(value) == said


def test_where_a_value_leads_is_no_more_than_the_value() -> None:
    assert shown("../a?b", "/x/") == '<a href="/x/..%2Fa%3Fb">../a?b</a>'


class Nobody(Administrators):
    """Nobody enters by a certificate."""

    def judge(self, certificate: bytes) -> Rejected:
        return Rejected(Reason.SIGNER_UNTRUSTED)

    def record(self, who: str, way: str) -> None:
        return None

    def record_left(self, who: str) -> None:
        return None


class NoApprovals(Approvals):
    """There is none."""

    def sheet(self, approval: str) -> Sheet:
        raise CallerError(f"there is no approval {approval}")

    def document(self, approval: str) -> bytes:
        raise CallerError(f"there is no approval {approval}")

    def decide(self, approval: str, decision: bytes) -> str:
        raise CallerError(f"there is no approval {approval}")

    def announce(self) -> None:
        return None


def broken(_: object) -> Sequence[Table]:
    raise Unavailable("the database does not answer")


@pytest.fixture
def web(links: LinkFile, clock: Clock) -> ConsoleWeb:
    def echo(asked: object) -> Sequence[Table]:
        return [Table("asked", [{"for": repr(asked)}], {"word": "b&c", "after": "7"}, 3)]

    lists = (
        ListView("/", "Words", echo, (Filter("word", "Word", default="a"), Filter("kind", "Kind", ("x", "y")))),
        ListView("/broken", "Broken", broken),
    )
    return ConsoleWeb(ConsoleParts(lists, (), NoApprovals(), LinkEntrance(Nobody(), links, clock)), secure=False)


def test_every_answer_has_a_policy(web: ConsoleWeb, links: LinkFile) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        answers = [visitor.get("/"), visitor.get("/nothing"), visitor.enter(links.make()), visitor.get("/")]
        answers += [visitor.get("/broken"), visitor.get("/approvals/7"), visitor.get("/approvals/7/document")]
    assert [answer.status for answer in answers] == [401, 404, 200, 200, 503, 404, 404]
    assert all(answer.headers[name.lower()] == HEADERS[name] for answer in answers for name in HEADERS)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", "{'word': 'a'}"),
        ("?word=&kind=x", "{'kind': 'x'}"),
        ("?word=%20b%20&after=5&other=1", "{'word': 'b', 'after': '5'}"),
    ],
)
def test_a_list_is_asked_for_what_its_address_says(web: ConsoleWeb, links: LinkFile, query: str, asked: str) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        visitor.enter(links.make())
        page = visitor.get(f"/{query}")
    assert asked in page.text
    assert 'href="?word=b%26c&amp;after=7" rel="next"' in page.body


@pytest.mark.parametrize("query", ["?word=%00", "?after=%E2%80%AE", f"?word={'a' * 301}"])
def test_a_condition_that_cannot_be_seen_is_refused(web: ConsoleWeb, links: LinkFile, query: str) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        visitor.enter(links.make())
        assert visitor.get(f"/{query}").status == 400


def test_a_link_that_is_looked_at_or_followed_elsewhere_is_not_lost(web: ConsoleWeb, links: LinkFile) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor, token = Visitor(port), links.make()
        assert (visitor.head(f"/enter?link={token}").status, visitor.cookie) == (200, "")
        followed = visitor.get(f"/enter?link={token}", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
        assert (followed.status, 'href="/"' in followed.body) == (200, True)
        visitor.cookie = followed.cookie
        assert visitor.get("/", Sec_Fetch_Site="same-origin").status == 200


@pytest.mark.parametrize("path", ["/", "/enter?link=x", "/broken/"])
def test_a_name_that_somebody_lets_point_to_this_host_opens_nothing(
    web: ConsoleWeb, links: LinkFile, path: str
) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        visitor.enter(links.make())
        for host in ("other.example", "127.0.0.1.other.example", "[::", "other.example@127.0.0.1:x", ""):
            answer = visitor.get(path, Host=host)
            assert (answer.status in (400, 403, 404), answer.headers.get("location")) == (True, None)
        for host in ("localhost", f"127.0.0.1:{port}", "[::1]:7"):
            assert visitor.get("/", Host=host).status == 200


def test_a_cookie_is_read_as_it_was_sent(web: ConsoleWeb, links: LinkFile) -> None:
    """Whoever undoes the quotes of a cookie needs minutes for a long one, on some Pythons."""
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        visitor.enter(links.make())
        name, _, session = visitor.cookie.partition("=")
        for cookie, status in ((f"a=b; {name}={session}; c", 200), (f'{name}="{session}"', 401), ("a" * 100_000, 401)):
            visitor.cookie = cookie
            assert visitor.get("/").status == status


def test_who_waits_too_long_enters_anew(web: ConsoleWeb, links: LinkFile, clock: Clock) -> None:
    with serving(web.server(Listening("127.0.0.1", 0))) as port:
        visitor = Visitor(port)
        visitor.enter(links.make())
        assert visitor.get("/").status == 200
        clock.seconds = IDLE_SECONDS + 1
        assert visitor.get("/").status == 401
