"""The console of a host as `lockgate serve` runs it, and its pages where there is much to show, or nothing to read."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lockgate.administration.pages import Page, every
from lockgate.queue.message import NewMessage
from lockgate.rights.approval import ApprovalRequest, ApprovalStatus
from lockgate_app.container.ca_host import CaHost, opened
from lockgate_app.container.databases import SourceContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load_ca
from tests.integration.app.approving import ask, ca, with_administrators
from tests.integration.app.commands import edited, until, work
from tests.integration.app.serving import TAKEN, serving
from tests.protocol.site import free_port
from tests.support.console import Visitor, console, new_link

MANY = 1000
PAGES = ("/", "/approvals?status=rejected", "/messages", "/workers", "/certificates", "/audit", "/crls", "/expiring")
NEXT = re.compile('href="([?][^"]*)" rel="next"')
ID = re.compile('href="/approvals/([0-9a-f]{32})"')


@pytest.fixture
def node(deployment: Deployment) -> Deployment:
    own = with_administrators(deployment, 1)
    own.ca_config.write_text(own.ca_config.read_text() + f'\n[console]\nlisten = "127.0.0.1:{free_port()}"\n')
    return own


def link(own: Deployment) -> str:
    """The path and query of a link that the command has made."""
    address = urlsplit(json.loads(ca(own, "console", "link", "--json").out)["link"])
    assert address.port == load_ca(own.ca_config).console.port  # type: ignore[union-attr]
    return f"{address.path}?{address.query}"


def test_the_host_serves_the_console_and_the_command_opens_it(node: Deployment, tmp_path: Path) -> None:
    table = load_ca(node.ca_config).console
    assert table is not None
    with serving(node.ca_config, tmp_path) as host:
        visitor = Visitor(table.port)
        assert visitor.get("/").status == 401
        entered = visitor.get(link(node))
        inside = replace(visitor, cookie=entered.cookie)
        assert (entered.status, inside.get("/workers").status) == (200, 200)
        edited(node.ca_config, "[console]\n", "[approvals]\nvalidity = 7200\n\n[console]\n")
        host.reload(TAKEN)
        until(lambda: inside.get("/").status == 401)  # sessions end with their process
        assert host.events("refused")
        assert host.events("listening")


def test_a_thousand_approvals_are_shown_page_by_page(node: Deployment, csr: Path) -> None:
    first = ask(node, csr)
    with opened(node.ca_config, "a test") as host:
        open_many(host, host.approvals.approval(first).approval)
    zone = load_ca(node.ca_config)
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        shown: list[str] = []
        address: str | None = "/approvals"
        while address is not None:
            page = visitor.get(address)
            assert page.status == 200
            assert 1 <= len(ID.findall(page.body)) <= 50
            shown += ID.findall(page.body)
            found = NEXT.search(page.body)
            address = found and "/approvals" + found.group(1).replace("&amp;", "&")
    assert len(shown) == len(set(shown)) == MANY
    assert shown[-1] == first, "the newest first"


def open_many(host: CaHost, like: ApprovalRequest, many: int = MANY) -> None:
    """So many approvals that all of them, with that one, are `many`."""
    with host.container.registry().direct("a test") as work:
        for number in range(many - 1):
            action = like.action.replace(b"alice", f"user{number:04}".encode())
            work.approvals.open(replace(like, action=action, opened=work.now(), requester=f"{number:064x}"))


def test_many_approvals_of_another_status_do_not_keep_a_page_waiting(
    node: Deployment, csr: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these has a decision that does not count, so that only judging it tells its status."""
    monkeypatch.setattr("lockgate_ca_backend.administration.approvals.JUDGED", 5)
    first = ask(node, csr)
    with opened(node.ca_config, "a test") as host:
        open_many(host, host.approvals.approval(first).approval, 8)
        with host.container.registry().direct("a test") as work:
            for view in every(partial(host.approvals.approvals, None)):
                work.store.approvals.decide(view.approval.id, b"no decision")
        part = host.approvals.approvals(ApprovalStatus.REJECTED)
        assert (len(part.items), part.more) == (0, 3)
        rest = host.approvals.approvals(ApprovalStatus.REJECTED, Page(50, part.next))
        assert (len(rest.items), rest.more, rest.next) == (0, 0, None)


def test_pages_do_not_wait_for_who_writes(node: Deployment, csr: Path) -> None:
    approval, zone = ask(node, csr), load_ca(node.ca_config)
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        with opened(node.ca_config, "a test") as host, host.container.registry().direct("a test"):
            answers = [visitor.get(path) for path in (*PAGES, f"/approvals/{approval}")]
    assert {answer.status for answer in answers} == {200}


def test_no_condition_in_an_address_is_a_defect(node: Deployment) -> None:
    zone = load_ca(node.ca_config)
    conditions = ("after", "status", "serial", "ra", "event", "since", "days", "data_source")
    values = ("x", "-1", "9" * 20, "0" * 300, "%27", "%C3%A9", "%FF")
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        for path in ("/approvals", "/messages", "/certificates", "/audit", "/expiring"):
            answers = [visitor.get(f"{path}?{name}={value}") for name in conditions for value in values]
            assert {answer.status for answer in answers} <= {200, 400}
        assert {visitor.get(f"{path}/%00").status for path in ("/approvals", "/certificates")} == {404}


def test_a_database_that_cannot_be_read_hides_nothing_of_the_others(node: Deployment) -> None:
    node.ca_config.write_text(node.ca_config.read_text() + '\n[data_sources.Second]\nurl = "sqlite:///absent.db"\n')
    zone = load_ca(node.ca_config)
    source = SourceContainer(source=zone.data_sources["RAMessage1DS"], name="RAMessage1DS")
    for number in range(51):
        source.store().put(NewMessage(f"message-{number:02}", b"one"))
    source.engine().dispose()
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        assert visitor.get("/messages").body.count(">any</option>") == 1, "of the data source alone"
        page = visitor.get("/messages?status=waiting")
        assert page.status == 200
        assert "data source Second" in page.text
        assert "message-00" in page.text
        found = NEXT.search(page.body)
        assert found is not None
        following = visitor.get("/messages" + found.group(1).replace("&amp;", "&"))
        assert ("message-50" in following.text, "message-00" in following.text) == (True, False)
        assert visitor.get("/messages?data_source=None").status == 400


def test_messages_that_were_set_aside_are_shown_with_the_reason(node: Deployment) -> None:
    zone = load_ca(node.ca_config)
    source = SourceContainer(source=zone.data_sources["RAMessage1DS"], name="RAMessage1DS")
    source.store().put(NewMessage("of-a-stranger", b"no message"))
    source.engine().dispose()
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        assert "data source RAMessage1DS: none with Status: set-aside" in visitor.get("/messages").text
        work(node)
        page = visitor.get("/messages").text
        assert "of-a-stranger" in page
        assert "malformed_message: The message is no sequence of submessages." in page
        assert "data source RAMessage1DS: none with Status: waiting" in visitor.get("/messages?status=waiting").text


def test_a_list_without_rows_names_the_conditions(node: Deployment) -> None:
    zone = load_ca(node.ca_config)
    with console(zone) as visitor:
        visitor.enter(new_link(zone))
        assert "approvals: none with Status: pending" in visitor.get("/approvals").text
        found = visitor.get("/certificates?username=nobody&status=revoked").text
        assert "certificates: none with Username: nobody, Status: revoked" in found
        assert "leases: none" in visitor.get("/workers").text
        assert "none with" not in visitor.get("/workers").text
