"""`[ca.issuers.NAME]`: the remote issuers, each of its kind."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from lockgate_app.settings.issuer_by_cmp import CmpIssuerTable
from lockgate_app.settings.issuer_by_command import CommandIssuerTable
from lockgate_app.settings.values import Name, Table


class PackagedIssuerTable(Table):
    """A remote issuer whose adapter a package of the operator brings. NAME must not be a worker's.

    Attributes:
        kind: the name of the package's entry point (docs/issuers.md).
        options: the adapter's own settings; its documentation lists them.
    """

    kind: Name
    options: Mapping[str, object] = Field(default_factory=dict, repr=False)


KIND = "kind="
"""What a tag of these tables begins with: a place in an error that is none in the file."""
BUILT_IN = ("cmp", "command")
"""The kinds that no package has to bring."""


def _tag(table: object) -> str:
    """Which table it is by its kind."""
    kind = table.get("kind") if isinstance(table, Mapping) else getattr(table, "kind", None)
    return f"{KIND}{kind}" if kind in BUILT_IN else f"{KIND}packaged"


IssuerTable = Annotated[
    Annotated[CmpIssuerTable, Tag(f"{KIND}cmp")]
    | Annotated[CommandIssuerTable, Tag(f"{KIND}command")]
    | Annotated[PackagedIssuerTable, Tag(f"{KIND}packaged")],
    Discriminator(_tag),
]
"""A remote issuer: a CA outside this installation that signs for one of its CAs."""
