"""The conflicts that a migration of the CA's database left to the administrators."""

from collections.abc import Iterator, Sequence

from lockgate.administration.listings import Unsettled, UnsettledKind
from lockgate_app.checks.finding import Finding, warning


def check_unsettled(unsettled: Sequence[Unsettled]) -> Iterator[Finding]:
    """End entities that could be mistaken for one another, and members that roles have lost."""
    return (_finding(found) for found in unsettled)


def _finding(found: Unsettled) -> Finding:
    if found.kind is UnsettledKind.USERNAME:
        text = f"its username could be mistaken for that of the end entity {found.text!a}"
        return warning(f"end entity {found.name!a}", text)
    text = f"no certificate with {found.text} is stored: that member was dropped; any change of the role settles this"
    return warning(f"role {found.name}", text)
