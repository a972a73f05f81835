"""Diagrams in the documents that are made of tables in the code. `python -m tests.support.diagrams` writes them."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from lockgate.enrolment.transactions import TRANSITIONS, State

DOCUMENT = Path(__file__).parents[2] / "docs/enrolment.md"
BEGIN = "```mermaid\nstateDiagram-v2\n"
END = "```\n"


def transaction_diagram() -> str:
    """The states of enrolment transactions and what leads from one to another, in Mermaid's language."""
    return BEGIN + "".join(f"    {line}\n" for line in _lines()) + END


def _lines() -> Iterator[str]:
    for (source, target), arrows in groupby(TRANSITIONS.items(), key=lambda arrow: (arrow[0][0], arrow[1])):
        yield f"{source or '[*]'} --> {target}: {'; '.join(event for (_, event), _ in arrows)}"
    yield f"{State.REPLACED} --> [*]"


def with_diagram(text: str) -> str:
    """The document `text` with its diagram as it must be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + transaction_diagram() + after


if __name__ == "__main__":
    DOCUMENT.write_text(with_diagram(DOCUMENT.read_text()))
