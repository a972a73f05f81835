"""Every block of commands in docs/ is run by a test, or left out for a reason (`tests/support/typed_pages.py`)."""

from collections.abc import Iterator

import pytest

from tests.support.typed_pages import BY_THE_LETTER, PAGES, TOUR
from tests.support.walking import BLOCK, DOCS

ROOT = DOCS.parent
NAMES = ["../README.md", *(str(path.relative_to(DOCS)) for path in sorted(DOCS.rglob("*.md")))]


def blocks(name: str) -> Iterator[str]:
    """The blocks of a page that no test follows as a whole."""
    text = (DOCS / name).read_text()
    if name in BY_THE_LETTER:
        text = text[: text.index(TOUR)] if TOUR in text else ""
    yield from (block for _, block in BLOCK.findall(text))


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_typed_or_left_out_for_a_reason(name: str) -> None:
    page = PAGES.get(name)
    named = [*page.typed, *page.left_out] if page else []
    found = list(blocks(name))
    assert [[block.startswith(beginning) for block in found].count(True) for beginning in named] == [1] * len(named)
    assert not [block for block in found if not block.startswith(tuple(named))]


def test_every_page_is_there() -> None:
    assert {*PAGES, *BY_THE_LETTER} <= {*NAMES}


@pytest.mark.parametrize("name", BY_THE_LETTER)
def test_the_test_of_a_page_names_it(name: str) -> None:
    text = (ROOT / BY_THE_LETTER[name]).read_text()
    assert any(f'{quote}{name.removeprefix(folder)}"' in text for quote in ('"', "/") for folder in ("", "reference/"))
