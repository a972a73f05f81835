"""docs/reference/ says what the program itself says: each table of settings with every key, and each command.

`python -m tests.test_reference` writes the pages anew.
"""

from pathlib import Path

import pytest

from tests.support.reference import commands, settings

REFERENCE = Path(__file__).resolve().parent.parent / "docs/reference"
PAGES = {"commands.md": commands.page, "settings.md": settings.page}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_program_says(name: str) -> None:
    assert (REFERENCE / name).read_text() == PAGES[name]()


def test_every_command_shows_an_example() -> None:
    sections = commands.page().split("\n## ")[2:]
    shown = [part for section in sections for part in section.split("\n### ")]
    assert not [part.partition("\n")[0] for part in shown if "| default |" in part and "```sh\nlockgate " not in part]


def test_what_people_use_is_not_described_by_devices() -> None:
    """Servers share settings, and so their descriptions."""
    page = settings.page()
    web = page[page.index("## RA host: `[web]`") :].partition("\n## ")[0]
    assert "| `tls_certificate` |" in web
    assert "device" not in web


if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
