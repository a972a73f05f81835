"""docs/migration.md shows what becomes of each key as the importer's table says it.

`python -m tests.test_migration_table` writes that part of the page anew.
"""

from pathlib import Path

from lockgate_app.migration.rules import table

PAGE = Path(__file__).resolve().parent.parent / "docs/migration.md"
START, END = "<!-- table of keys -->\n", "<!-- end of the table -->"


def as_it_must_be() -> str:
    before, _, rest = PAGE.read_text().partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def test_the_page_shows_the_importers_table() -> None:
    assert PAGE.read_text() == as_it_must_be()


if __name__ == "__main__":
    PAGE.write_text(as_it_must_be())
