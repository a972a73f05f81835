"""`[crls]`: CRLs that `lockgate serve` issues where they are due."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lockgate.administration.authorities import CRL_LIFETIME, CRL_OVERLAP, DELTA_CRL_LIFETIME, DELTA_CRL_OVERLAP
from lockgate_app.settings.values import FilePath, Table

_HOUR = timedelta(hours=1)
CRL_URL = r"(https?|ldaps?)://[\x21-\x7e]{1,500}"
"""A regular expression: where a CRL can be fetched."""


class CrlTimes(Table):
    """How long the CRLs of a kind last.

    Attributes:
        days: from now to a CRL's Next Update.
        overlap: hours before the last one's end at which the next one is due; a full one is due after a revocation,
            too, where there are no delta CRLs.
    """

    days: int = Field(default=CRL_LIFETIME.days, ge=1, le=365)
    overlap: int = Field(default=CRL_OVERLAP // _HOUR, ge=0, le=8760)

    @model_validator(mode="after")
    def _ends_after_it_is_due(self) -> Self:
        if self.due_before >= self.lifetime:
            raise ValueError("overlap is not shorter than days: a CRL would be due as soon as it is issued")
        return self

    @property
    def lifetime(self) -> timedelta:
        """From now to the Next Update."""
        return timedelta(days=self.days)

    @property
    def due_before(self) -> timedelta:
        """`overlap` as a time."""
        return self.overlap * _HOUR


class DeltaCrls(CrlTimes):
    """Delta CRLs (RFC 5280, 5.2.4). They alone tell revocations at once then: a full CRL is due `overlap` hours before
    the end of the last one, and no more after a revocation. For a full one each day: `days = 2`, `overlap = 24` in
    `[crls]`.
    """

    days: int = Field(default=DELTA_CRL_LIFETIME.days, ge=1, le=365)
    overlap: int = Field(default=DELTA_CRL_OVERLAP // _HOUR, ge=0, le=8760)


class CrlsTable(CrlTimes):
    """CRLs of every active CA, issued by `lockgate serve` (docs/administration.md#cas-and-crls).

    Attributes:
        directory: where they are written, as `ca crl` does; the folder must be there.
        every: seconds between two looks at what is due.
        pem: write PEM instead of DER.
        delta: delta CRLs, too.
        freshest: URLs of the delta CRLs, which the full ones name (RFC 5280, 5.2.6); `{generation}` as in profiles.
    """

    directory: FilePath
    every: int = Field(default=300, ge=10, le=86_400)
    pem: bool = False
    delta: DeltaCrls | None = None
    freshest: tuple[Annotated[str, StringConstraints(pattern=f"^{CRL_URL}$")], ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        if self.freshest and self.delta is None:
            raise ValueError("freshest names delta CRLs: give a table delta, too")
        return self
