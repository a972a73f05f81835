"""The draft's message databases as the settings `[data_sources.NAME]` of both hosts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lockgate_app.migration.draft import RA_SOURCE, Draft, SourceDraft
from lockgate_app.migration.jdbc import read_jdbc
from lockgate_app.migration.outcomes import Fate, Outcome
from lockgate_app.settings.workers import DEFAULT_DATA_SOURCE

_DEFAULT_PLACE = "jdbc:mysql://127.0.0.1/messages"
_DEFAULT_USER = "ejbca"


@dataclass(frozen=True, slots=True)
class HostFiles:
    """What one host gets.

    Attributes:
        folder: `ca` or `ra`.
        settings: of its `lockgate.toml`.
        secrets: contents of further files, by name.
        needed: files that the settings name and that are not made here: how to make each.
    """

    folder: str
    settings: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    needed: dict[str, str] = field(default_factory=dict)


class DataSources:
    """Finds each data source's name and settings.

    Args:
        made: those of the deployment that `lockgate init` has made, by host and name; they are used in the place of the
            old system's.

    Attributes:
        names: what stands for data sources that are the same database as another one.
        replaced: those of the draft that a deployment's has replaced.
        outcomes: what is to be said of them.
    """

    def __init__(self, draft: Draft, made: Mapping[str, Mapping[str, Any]]) -> None:
        self._sources = draft.sources
        self._made = made
        self.names: dict[str, str] = {}
        self.replaced: set[str] = set()
        self.outcomes: list[Outcome] = []

    def of_ca(self, host: HostFiles) -> Mapping[str, Any]:
        """Those of the CA host, each database once."""
        return {
            name: self._one(host, name, source)
            for name, source in self._sources.items()
            if name != RA_SOURCE and not self._known_already(name, source)
        }

    def of_ra(self, host: HostFiles) -> Mapping[str, Any]:
        """That of the RA host, by the name that the CA's worker has for it."""
        name, source = self._of_ra()
        return {name: self._one(host, name, source)}

    def _one(self, host: HostFiles, name: str, source: SourceDraft) -> Mapping[str, Any]:
        if made := self._made.get(host.folder, {}).get(name):
            self.replaced |= {key for key, each in self._sources.items() if each is source}
            return dict(made)
        if source.url is not None:
            text = "the old system's message database: name an empty one; both cannot work on one (docs/migration.md)"
            self._say(f"[data_sources.{name}] url", Fate.TO_DO, text)
        return self._table(host, name, source)

    def _say(self, key: str, fate: Fate, text: str) -> None:
        self.outcomes.append(Outcome("", key, fate, text))

    def _known_already(self, name: str, source: SourceDraft) -> bool:
        for other, named in self._sources.items():
            if other == name:
                return False
            if other != RA_SOURCE and source.url is not None and named.url == source.url:
                self.names[name] = other
                text = f"the same database as {other}, which replaces it"
                self._say(f"[data_sources.{name}]", Fate.UNNEEDED, text)
                return True
        return False

    def _table(self, host: HostFiles, name: str, source: SourceDraft) -> Mapping[str, Any]:
        if source.url is None:
            text = "no usable address is known: write url (and password) of the message database; now it is a new file"
            self._say(f"[data_sources.{name}]", Fate.TO_DO, text)
            return {"url": f"sqlite:///{name}.db"}
        url = source.url if source.user is None else source.url.set(username=source.user)
        table: dict[str, Any] = {"url": url.render_as_string(hide_password=False)}
        if source.needs_password:
            file = f"{name}.password"
            table["password"] = {"file": file}
            if source.password is None:
                host.needed[file] = "write the database user's password into it, with mode 0600"
            else:
                host.secrets[file] = source.password
        return table

    def _of_ra(self) -> tuple[str, SourceDraft]:
        own = self._sources.get(RA_SOURCE)
        others = {name: source for name, source in self._sources.items() if name not in {RA_SOURCE, *self.names}}
        if own is None and others:
            name, source = next(iter(others.items()))
            text = f"{name} with the address that the CA's host has for it: compare url"
            self._say("[ra] persistenceunit", Fate.TAKEN, text)
            return name, source
        if own is None:
            own = SourceDraft(read_jdbc(_DEFAULT_PLACE).url, _DEFAULT_USER, needs_password=True)
            self._say("[data_sources]", Fate.TO_DO, "no file has an address: compare url, now the original's default")
        same = [name for name, source in others.items() if source.url == own.url and own.url is not None]
        if not same and len(others) > 1:
            text = "which of the CA's data sources is it? Write its name here, and at [data_sources.NAME]"
            self._say("[ra] persistenceunit", Fate.TO_DO, text)
        return next(iter((*same, *others)), DEFAULT_DATA_SOURCE), own
