"""`[crls]`: CRLs that `lockgate serve` issues where they are due."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from lockgate.administration.authorities import CRL_LIFETIME, CRL_OVERLAP
from lockgate_app.settings.values import FilePath, Table

_HOUR = timedelta(hours=1)


class CrlsTable(Table):
    """Full CRLs of every active CA.

    Attributes:
        directory: where they are written; it must be there.
        every: seconds between two looks at what is due.
        days: from now to a CRL's Next Update.
        overlap: hours before the last one's end at which the next one is due.
        pem: write PEM instead of DER.
    """

    directory: FilePath
    every: int = Field(default=300, ge=10, le=86_400)
    days: int = Field(default=CRL_LIFETIME.days, ge=1, le=365)
    overlap: int = Field(default=CRL_OVERLAP // _HOUR, ge=0, le=8760)
    pem: bool = False

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
