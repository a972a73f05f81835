"""The documents about conformance are true: they are written from the tables, and every proof exists."""

import pytest

from tests.conformance.table import HERE, ROOT, Requirement, document, missing, requirements

NAMES = sorted(path.stem for path in HERE.glob("*.toml"))
ROWS = [row for name in NAMES for row in requirements(name)]


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_what_the_table_says(name: str) -> None:
    written = (ROOT / "docs" / f"{name}-conformance.md").read_text()
    assert written == document(name), "python -m tests.conformance --write"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text[:60])
def test_each_requirement_is_proved_or_left_out_for_a_reason(row: Requirement) -> None:
    assert bool(row.proofs) != bool(row.left_out)
    assert not list(missing(row.proofs))


@pytest.mark.parametrize(
    "proof", ["cmp.feature: Nothing of this kind", "tests/test_line.py::test_nothing_of_this_kind", "a sentence"]
)
def test_a_proof_that_does_not_exist_is_found(proof: str) -> None:
    assert list(missing([proof])) == [proof]
