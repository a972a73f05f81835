"""`lockgate notices`: operators are told of approvals and of certificates that end soon, once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import update

from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.notices import telling
from lockgate_app.serving.notices import notice_service
from lockgate_app.settings import load_ca
from lockgate_app.workers.stops import EventRest
from lockgate_ca_backend.store import tables
from tests.integration.app.administering import answered, done, refused
from tests.integration.app.commands import lockgate, request, until, work

AUTHORIZATION = "Bearer 7f3qKx-vogelscheuche"
SOMEWHERE = "[notices.webhook]\nurl = 'https://hooks.example.org'\n"
PROGRAM = """#!/bin/sh
cat >> "$1/told"
exit "$(cat "$1/code" 2>/dev/null || echo 0)"
"""


@pytest.fixture
def told(deployment: Deployment) -> Path:
    """What the program was given; the deployment is configured to start it."""
    place = deployment.directory / "program"
    place.mkdir(mode=0o755)
    (place / "tell").write_text(PROGRAM)
    (place / "tell").chmod(0o755)
    configure(deployment, f"[notices.command]\nprogram = '{place / 'tell'}'\narguments = ['{place}']\n")
    return place / "told"


def configure(deployment: Deployment, table: str) -> None:
    deployment.ca_config.write_text(f"{deployment.ca_config.read_text()}\n{table}")


def notices(told: Path) -> list[dict[str, Any]]:
    """All that arrived."""
    messages = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []
    assert all(message["version"] == 1 for message in messages)
    return [notice for message in messages for notice in message["notices"]]


def checked(deployment: Deployment) -> list[dict[str, str]]:
    outcome = lockgate("--config", deployment.ca_config, "check", "--json")
    return list(json.loads(outcome.out)["findings"])


def end(deployment: Deployment, username: str, days: float, *, life: float = 365) -> None:
    """Let the certificates of an end entity end in so many days, after a life of so many."""
    container, table = CaContainer(zone=load_ca(deployment.ca_config)), tables.certificate
    at = datetime.now(UTC) + timedelta(days=days)
    begin, last = (int(moment.timestamp() * 1000) for moment in (at - timedelta(days=life), at))
    with container.engine().begin() as connection:
        statement = update(table).where(table.c.username == username)
        connection.execute(statement.values(notbefore=begin, notafter=last))
    container.engine().dispose()


def test_an_approval_that_waits_is_told_once(deployment: Deployment, told: Path, csr: Path) -> None:
    done(deployment, "approvals", "require", "ManagementCA", "issue=1")
    assert request(deployment, csr, "alice", "--wait", 0).code == 3
    work(deployment)
    assert answered(deployment, "notices", "send") == {"told": 1}
    (notice,) = notices(told)
    (waiting,) = answered(deployment, "approvals", "list")["approvals"]
    assert notice == {"kind": "approval_waits", "approval": waiting}
    assert answered(deployment, "notices", "send") == {"told": 0}
    assert len(notices(told)) == 1


def test_a_certificate_is_told_of_at_each_step_until_it_is_renewed(deployment: Deployment, told: Path) -> None:
    done(deployment, "end-entity", "edit", "ra", "--email", "ra@example.org")
    for days, steps in ((31, []), (29, [30]), (28, [30]), (6, [30, 7]), (0.5, [30, 7, 1])):
        end(deployment, "ra", days)
        done(deployment, "notices", "send")
        assert [notice["days"] for notice in notices(told)] == steps
    assert {(notice["certificate"]["username"], notice["certificate"]["email"]) for notice in notices(told)} == {
        ("ra", "ra@example.org")
    }


def test_a_renewed_certificate_is_not_told_of(deployment: Deployment, told: Path, csr: Path) -> None:
    for days in (20, None):
        assert request(deployment, csr, "alice", "--wait", 0).code == 3
        work(deployment)
        if days is not None:
            end(deployment, "alice", days)
    assert answered(deployment, "notices", "send") == {"told": 0}
    assert notices(told) == []


def test_what_a_program_does_not_take_is_told_again(deployment: Deployment, told: Path) -> None:
    end(deployment, "ra", 3)
    (told.parent / "code").write_text("75")
    assert "it has done nothing" in refused(deployment, "notices", "send")
    (told.parent / "code").unlink()
    assert answered(deployment, "notices", "send") == {"told": 1}
    assert len(notices(told)) == 2


REFUSING = """#!/bin/sh
message=$(cat)
case "$message" in *mallory*) exit 1 ;; esac
echo "$message" >> "$1/told"
"""


def test_one_that_is_refused_keeps_no_other_from_being_told(deployment: Deployment, told: Path) -> None:
    (told.parent / "tell").write_text(REFUSING)
    done(deployment, "end-entity", "edit", "ra", "--email", "mallory@example.org")
    for username in ("ra", "worker"):
        end(deployment, username, 3)
    assert "the program has failed (exit code 1)" in refused(deployment, "notices", "send")
    assert [notice["certificate"]["username"] for notice in notices(told)] == ["worker"]
    assert answered(deployment, "notices", "send") == {"told": 0}  # it waits for its next turn


def test_a_long_message_is_sent_in_parts(deployment: Deployment, told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MAX_MESSAGE", 500)
    for username in ("ra", "worker"):
        end(deployment, username, 3)
    with telling.telling(load_ca(deployment.ca_config)) as teller:
        assert teller.look() == 2
    assert len(told.read_text().splitlines()) == 2


def test_a_certificate_of_a_short_life_is_not_told_of_from_its_beginning(deployment: Deployment, told: Path) -> None:
    end(deployment, "ra", 6.9, life=7)
    assert answered(deployment, "notices", "send") == {"told": 0}
    end(deployment, "ra", 0.5, life=7)
    assert answered(deployment, "notices", "send") == {"told": 1}
    assert [notice["days"] for notice in notices(told)] == [1]


def test_check_looks_at_the_program(deployment: Deployment, told: Path) -> None:
    assert "`notices send` or `serve` starts" in "".join(found["finding"] for found in checked(deployment))
    (told.parent / "tell").chmod(0o777)
    (finding,) = (found for found in checked(deployment) if found["subject"] == "notices")
    assert finding["verdict"] == "wrong"
    assert "others may write there" in finding["finding"]


def test_serve_tells_by_itself_and_ends_when_asked(deployment: Deployment, told: Path) -> None:
    end(deployment, "ra", 3)
    rest = EventRest()
    with notice_service(load_ca(deployment.ca_config), rest) as service:
        running = Thread(target=service.run)
        running.start()
        until(lambda: bool(notices(told)))
        rest.stop()
        running.join()
    assert [notice["days"] for notice in notices(told)] == [7]


@contextmanager
def webhook(status: int) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that answers with that status; what it got."""
    got: list[tuple[str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Authorization"], octets))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/lockgate", got
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "says"), [(204, ""), (503, "HTTP status 503"), (302, "HTTP status 302"), (401, "HTTP status 401")]
)
def test_a_webhook_takes_messages_or_does_not(deployment: Deployment, status: int, says: str) -> None:
    with webhook(status) as (url, got):
        configure(deployment, f"[notices.webhook]\nurl = '{url}'\nauthorization = '{AUTHORIZATION}'\n")
        if not says:
            done(deployment, "notices", "trial")
        else:
            assert says in refused(deployment, "notices", "trial")
    ((authorization, message),) = got
    assert authorization == AUTHORIZATION
    assert [notice["kind"] for notice in json.loads(message)["notices"]] == ["trial"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "there is no table [notices]"),
        ("[notices]\n", "give a table command, or a table webhook"),
        ("[notices.command]\nprogram = '/nonexistent/tell'\n", "program: /nonexistent/tell: No such file"),
        ("[notices.webhook]\nurl = 'ftp://hooks.example.org'\n", "this is no URL of a webhook"),
        (
            "[notices.webhook]\nurl = 'http://hooks.example.org/'\nauthorization = 'Bearer quittenbaum'\n",
            "authorization: whoever is on the way reads it",
        ),
        (f'{SOMEWHERE}authorization = "Bearer quitten\\nbaum"\n', "printable ASCII characters only"),
        (f"[notices]\nexpiring = [0]\n{SOMEWHERE}", "notices.expiring.0: must be at least 1"),
    ],
)
def test_what_cannot_be_used_is_said(deployment: Deployment, table: str, says: str) -> None:
    configure(deployment, table)
    assert says in refused(deployment, "notices", "send")
