"""A real browser: Chromium without a window, and the rules of axe for those who cannot see or use a pointer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.parts import needed_program

ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",  # a context's own setting does not cover a download on a new connection
)
NARROW = 320
"""Pixels (WCAG 2.2, 1.4.10)."""
SIZES = ((1200, 800), (NARROW, 640))
SCHEMES = ("light", "dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@contextmanager
def chromium(**options: Any) -> Iterator[Browser]:
    """A browser with no history. `options` are playwright's."""
    program = needed_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), **options)
        try:
            yield browser
        finally:
            browser.close()


def shortcomings(page: Page) -> Sequence[str]:
    """What axe finds on the page, wide and narrow, light and dark; and whether it is wider than a narrow screen."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            violations = Axe().run(page, options=RULES).response["violations"]
            found += [f"{width} {scheme}: {each['id']}: {each['nodes'][0]['html']}" for each in violations]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width}: the page scrolls sideways")
    return found


def keep_screenshot(page: Page, path: Path, width: int = 1000, height: int = 700) -> None:
    """A picture for the documents, where it is asked for: so many pixels, light."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="light")
    page.screenshot(path=path)
