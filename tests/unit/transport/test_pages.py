"""What all pages share, in a real browser: text from elsewhere is shown and never acts; forms come from own pages."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest
from playwright.sync_api import Browser

from lockgate_transport.pages.protection import HEADERS
from lockgate_transport.pages.rendering import STYLE_PATH
from lockgate_transport.pages.text import lines, visible
from tests.support.browser import chromium, shortcomings
from tests.support.sample_pages import SamplePages
from tests.support.wire.serving import serving

HOSTILE = "<script>document.title='run'</script><b>\u202e txt\u2028\x07\u3164\U000e0041\" onload=x '&amp;"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def samples() -> SamplePages:
    return SamplePages(HOSTILE)


def post(port: int, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("POST", "/", body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_text_from_elsewhere_is_shown_and_never_acts(browser: Browser, samples: SamplePages) -> None:
    with serving(samples.server()) as port:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        assert page.title() == f"Sample {visible(HOSTILE)} - Samples"
        assert page.locator("dd").first.inner_text() == visible(HOSTILE)
        assert page.locator("main b, main script").count() == 0
        assert "<U+202E>" in page.locator("td").first.inner_text()
        page.close()


def test_the_pages_serve_everybody(browser: Browser, samples: SamplePages) -> None:
    with serving(samples.server()) as port:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        assert shortcomings(page) == []
        page.close()


def test_a_form_is_filled_and_sent_by_the_keyboard(
    browser: Browser, samples: SamplePages, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("upload") / "request.der"
    file.write_bytes(b"\x30\x00\xff")
    with serving(samples.server()) as port:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("#file").set_input_files(file)
        page.locator("#word").focus()
        page.keyboard.type("hello")
        page.keyboard.press("Enter")
        assert page.get_by_role("alert").inner_text() == "Nothing is wrong."
        page.close()
    assert samples.got == [("hello", b"\x30\x00\xff")]


def test_a_form_of_another_site_is_refused(browser: Browser, samples: SamplePages) -> None:
    with serving(samples.server()) as port:
        page = browser.new_page()
        field = f'<input name="form_token" value="{samples.token()}"><button>Win</button>'
        form = f'<form method="post" action="http://127.0.0.1:{port}/">{field}</form>'
        page.route("http://other.example/**", lambda route: route.fulfill(content_type="text/html", body=form))
        page.goto("http://other.example/")
        page.get_by_role("button").click()
        assert "not sent by a page of this server" in page.get_by_role("alert").inner_text()
        page.close()
    assert samples.got == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://other.example"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data"}, 400),
    ],
)
def test_what_a_browser_says_of_a_form(changes: Mapping[str, str], status: int, samples: SamplePages) -> None:
    with serving(samples.server()) as port:
        own = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": FORM}
        assert post(port, f"word=one&form_token={samples.token()}".encode(), own | dict(changes))[0] == status
    assert len(samples.got) == (status == 200)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("word=one", 403),
        ("word=one&form_token=" + "0" * 64, 403),
        ("word=one&form_token=%C3%A4", 403),
        ("word=" + "a" * 21 + "&form_token={token}", 400),
        ("word=a&word=b&form_token={token}", 400),
        ("&".join("a=b" for _ in range(31)), 400),
        ("word=" + "a" * 300_000, 413),
    ],
)
def test_forms_that_are_refused(body: str, status: int, samples: SamplePages) -> None:
    with serving(samples.server()) as port:
        own = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": FORM}
        assert post(port, body.format(token=samples.token()).encode(), own)[0] == status
    assert samples.got == []


@pytest.mark.parametrize("path", ["/", "/nothing", STYLE_PATH])
def test_every_answer_is_protected(path: str, samples: SamplePages) -> None:
    with serving(samples.server()) as port, closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", path)
        answered = connection.getresponse().headers
    for name in HEADERS.keys() - {"Cache-Control"}:
        assert answered[name] == HEADERS[name]
    assert answered["Cache-Control"].startswith("public" if path == STYLE_PATH else "no-store")


def test_lines_keep_their_breaks() -> None:
    assert lines("a<b\n\u202ec") == "a&lt;b\n&lt;U+202E&gt;c"
