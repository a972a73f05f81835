"""The site of docs/: it can be built without a warning, and read and searched from its folder, without a network."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lockgate.version import __version__
from tests.support.browser import chromium

ROOT = Path(__file__).resolve().parent.parent
LOADED = re.compile(r"""<(?:script|img|iframe)\b[^>]*\bsrc=["']?([^"' >]+)|<link\b[^>]*\bhref=["']?([^"' >]+)""")

LINK = re.compile(r"""<a\b[^>]*\bhref=["']?([^"' >]*)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a page of an older version."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "0.0.9").mkdir()
    (folder / "0.0.9/index.html").write_text("<!doctype html>")
    command = [sys.executable, "scripts/mkdocs/build.py", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder


def test_every_page_loads_files_of_the_site_alone(site: Path) -> None:
    pages = [*(site / __version__).rglob("*.html")]
    assert len(pages) == len([*(ROOT / "docs").rglob("*.md")])
    for page in pages:
        for found in LOADED.finditer(page.read_text()):
            assert not re.match(r"\w+:|//", found[1] or found[2]), f"{page}: {found[0]}"


def test_every_link_leads_to_a_file_of_the_site_or_to_an_address_of_its_own(site: Path) -> None:
    for page in (site / __version__).rglob("*.html"):
        for found in LINK.finditer(page.read_text()):
            target = html.unescape(found[1]).partition("#")[0]
            if not re.match(r"[a-z]+:", target):
                assert not target.startswith("/"), f"{page}: {found[0]}"
                assert (page.parent / target).exists(), f"{page}: {found[0]}"


def test_it_is_searched_and_read_from_the_folder(site: Path) -> None:
    with chromium() as browser:
        context = browser.new_context(offline=True)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{site}/index.html")
        versions = page.get_by_role("listitem").all_inner_texts()
        assert versions == [f"Lockgate {__version__}", "Lockgate 0.0.9"]
        page.get_by_role("link", name=f"Lockgate {__version__}").click()
        field = page.get_by_role("textbox", name="Search")
        field.click()
        page.get_by_text("Type to start searching").wait_for(state="attached")
        field.press_sequentially("synchronous_standby_names")
        page.locator("a", has_text="Database clusters").first.click()
        page.wait_for_url("**/operation.html*#database-clusters")
        assert not [url for url in asked if not url.startswith(("file:", "data:", "about:"))]


def test_a_page_without_a_place_in_the_navigation_is_named(tmp_path: Path) -> None:
    config = (ROOT / "scripts/mkdocs/mkdocs.yml").read_text().replace("      - Threat model: threat-model.md\n", "")
    place = ROOT / "scripts/mkdocs"
    text = re.sub(r"^(docs_dir|site_dir): .*\n", "", config, flags=re.MULTILINE)
    text = text.replace("custom_dir: theme", f"custom_dir: {place}/theme").replace("[hooks.py]", f"[{place}/hooks.py]")
    (tmp_path / "mkdocs.yml").write_text(f"docs_dir: {ROOT}/docs\nsite_dir: {tmp_path}/site\n{text}")
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(tmp_path / "mkdocs.yml")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode != 0
    assert re.search(r"not included in the \"nav\" configuration:\s+- threat-model.md", built.stderr)
