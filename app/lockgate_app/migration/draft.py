"""What has been read so far, on its way to the settings of both hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import URL

from lockgate_app.migration.properties import Property

RA_SOURCE = ""
"""The data source that an RA host's own file describes; its name is found later."""
CHALLENGE_FILE = "scep-challenge.password"


@dataclass(slots=True)
class SourceDraft:
    """A data source.

    Attributes:
        url: None as long as none is known that can be used.
        password: None where the file has to be written by hand.
        needs_password: whether the user has one.
    """

    url: URL | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    needs_password: bool = False


@dataclass(slots=True)
class Draft:
    """The settings of both hosts as far as they are known.

    Attributes:
        counted: the properties that count, by their key; of a worker's, none.
        sources: data sources by name.
        workers: settings by the worker's name.
        active: whether the service was on.
        scep: settings of the RA host's SCEP server; None without one.
        cmp: settings of its CMP proxy; None without one.
        ca_mapping: names of CAs by their subject.
        described: by the place of a key, the data source that it describes.
        challenge: the SCEP server's challenge password, for a file of its own.
    """

    counted: Mapping[str, Property] = field(default_factory=dict)
    sources: dict[str, SourceDraft] = field(default_factory=dict)
    workers: dict[str, dict[str, object]] = field(default_factory=dict)
    active: bool = True
    scep: dict[str, object] | None = None
    cmp: dict[str, object] | None = None
    ca_mapping: dict[str, str] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    challenge: str | None = field(default=None, repr=False)

    def source(self, name: str) -> SourceDraft:
        """The data source `name`, a new one where there is none."""
        return self.sources.setdefault(name, SourceDraft())

    def scep_settings(self) -> dict[str, object]:
        """Those of the SCEP server, which there is from now on."""
        if self.scep is None:
            self.scep = {}
        return self.scep

    def cmp_settings(self) -> dict[str, object]:
        """Those of the CMP proxy, which there is from now on."""
        if self.cmp is None:
            self.cmp = {}
        return self.cmp

    def said(self, *keys: str) -> str | None:
        """The value of the first of `keys` that there is, without blanks around it."""
        return next((self.counted[key].value.strip() for key in keys if key in self.counted), None)
