"""`[ca.issuers.NAME]` with `kind = "cmp"`: a CA that speaks CMP (RFC 9810)."""

from typing import Literal

from lockgate_app.settings.values import Table


class CmpIssuerOptions(Table):
    """How the CA is reached.

    Attributes:
        url: of its CMP service.
    """

    url: str


class CmpIssuerTable(Table):
    """A remote issuer that speaks CMP."""

    kind: Literal["cmp"]
    options: CmpIssuerOptions
