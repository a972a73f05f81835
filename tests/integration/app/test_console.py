"""The console in a real browser: what an administrator sees and decides, by pointer, keyboard or screen reader."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lockgate.queue.message import NewMessage
from lockgate_app.container.databases import SourceContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import CaZone, load_ca
from tests.integration.app.approving import ask, ca, with_administrators
from tests.integration.app.commands import copied, lockgate
from tests.support.browser import chromium, keep_screenshot, shortcomings
from tests.support.console import Visitor, console, new_link

HOSTILE = "<img src=x onerror=document.title=1>\u202egnp\x07\u200b\u05d0"
WIDTH, HEIGHT = 800, 520
PICTURES = Path(__file__).parents[3] / "docs" / "pictures"


@dataclass(frozen=True)
class Desk:
    """A CA node with a console, an approval that waits, and a message that a stranger has put."""

    own: Deployment
    zone: CaZone
    visitor: Visitor
    browser: Browser
    approval: str

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.visitor.port}{path}"


@pytest.fixture(scope="module")
def desk(pristine: Deployment, csr: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    own = with_administrators(copied(pristine, tmp_path_factory.mktemp("console") / "deployment"), 1)
    own.ca_config.write_text(own.ca_config.read_text() + "\n[console]\n")
    approval, zone = ask(own, csr), load_ca(own.ca_config)
    source = SourceContainer(source=zone.data_sources["RAMessage1DS"], name="RAMessage1DS")
    source.store().put(NewMessage(HOSTILE, b"no message"))
    source.engine().dispose()
    with console(zone) as visitor, chromium() as browser:
        yield Desk(own, zone, visitor, browser, approval)


@pytest.fixture
def context(desk: Desk) -> Iterator[BrowserContext]:
    """A browser that has entered."""
    context = desk.browser.new_context()
    page = context.new_page()
    page.goto(desk.url(f"/enter?link={new_link(desk.zone)}"))
    page.get_by_role("link", name="Go on to the console").click()
    assert page.url == desk.url("/")
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def kept(page: Page, name: str, top: str) -> None:
    """A picture for docs/console.md, where the environment asks for new ones."""
    if os.environ.get("LOCKGATE_PICTURES"):
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.get_by_text(top).first.evaluate("found => found.scrollIntoView()")
        keep_screenshot(page, PICTURES / f"{name}.png", WIDTH, HEIGHT)


@pytest.mark.parametrize("path", ["/", "/approvals", "/approvals/{approval}", "/certificates", "/audit", "/messages"])
def test_the_pages_serve_everybody(desk: Desk, page: Page, path: str) -> None:
    page.goto(desk.url(path.format(approval=desk.approval)))
    assert shortcomings(page) == []


def test_what_a_stranger_has_named_is_shown_and_never_acts(desk: Desk, page: Page) -> None:
    page.goto(desk.url("/messages?status=waiting"))
    shown = page.locator("td", has_text="onerror").first.inner_text()
    assert shown == "<img src=x onerror=document.title=1><U+202E>gnp<U+0007><U+200B>\u05d0"
    assert page.locator("main img").count() == 0
    assert page.title() == "Messages - Lockgate console"


def test_every_page_is_reached_from_every_other(desk: Desk, page: Page) -> None:
    page.goto(desk.url("/"))
    for name in ("Approvals", "Messages", "Workers and leases", "Certificates", "Audit log", "CRLs", "Expiring"):
        page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto(desk.url("/expiring?days=3650"))
    page.locator("main td a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Certificate")
    expect(page.locator("main")).to_contain_text("ManagementCA")


def test_a_search_finds_what_it_is_asked_for_and_says_what_it_cannot_read(desk: Desk, page: Page) -> None:
    page.goto(desk.url("/audit"))
    page.get_by_label("Event").select_option("console.entered")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main td", has_text="the user of a one-time link").first).to_be_visible()
    assert page.locator("main td", has_text="role.changed").count() == 0
    page.goto(desk.url("/audit?since=yesterday"))
    expect(page.get_by_role("alert")).to_contain_text("'yesterday' is no day")


def test_an_administrator_decides_by_the_keyboard_alone(desk: Desk, context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto(desk.url("/approvals"))
    kept(page, "console-approvals", "Lockgate console")
    page.get_by_role("link", name=desk.approval).focus()
    page.keyboard.press("Enter")
    row = page.get_by_role("row", name="subject DN").first
    expect(row).to_contain_text("differs: CN=alice")
    kept(page, "console-approval", "What will be done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the document").focus()
        page.keyboard.press("Enter")
    decision = signed(desk, download.value.path(), tmp_path)
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Signed decision").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(decision)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The approval is approved (1 of 1).")
    assert json.loads(ca(desk.own, "approvals", "show", desk.approval, "--json").out)["status"] == "approved"
    again(page, desk, decision)


def signed(desk: Desk, document: Path, directory: Path) -> Path:
    """The decision that ann has signed on her own machine."""
    path = directory / "decision.p7s"
    keystore = ("--keystore", desk.own.directory / "ann.p12", "--password-file", desk.own.directory / "password")
    outcome = lockgate("approvals", "sign", desk.approval, document, *keystore, "--approve", "--yes", "--out", path)
    assert outcome.code == 0, outcome.err
    return path


def again(page: Page, desk: Desk, decision: Path) -> None:
    """A page that is sent once more decides nothing more."""
    page.goto(desk.url(f"/approvals/{desk.approval}"))
    page.get_by_label("Signed decision").set_input_files(decision)
    page.get_by_role("button", name="Send the decision").click()
    expect(page.get_by_role("alert")).to_contain_text("has decided the same before")


def test_a_form_of_another_site_decides_nothing(desk: Desk, context: BrowserContext) -> None:
    page = context.new_page()
    form = f'<form method="post" action="{desk.url("/leave")}"><button>Win</button></form>'
    page.route("http://other.example/**", lambda route: route.fulfill(content_type="text/html", body=form))
    page.goto("http://other.example/")
    page.get_by_role("button").click()
    assert page.get_by_role("alert").count() == 1
    page.goto(desk.url("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_who_logs_out_reads_nothing_more(desk: Desk, page: Page) -> None:
    page.goto(desk.url("/"))
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left the console")
    page.goto(desk.url("/approvals"))
    expect(page.get_by_role("alert")).to_contain_text("lockgate console link")
