"""The draft as the contents of both hosts' `lockgate.toml`."""

import re
import secrets
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from lockgate.enrolment.challenges import NONE
from lockgate.errors import ConfigurationError
from lockgate.rights.whitelist import accepts, parse_whitelist
from lockgate_app.deployment import CA_DEFAULT, CA_NAME, Deployment
from lockgate_app.fronts import FRONTS, Front
from lockgate_app.keys import new_password
from lockgate_app.migration.data_sources import DataSources, HostFiles
from lockgate_app.migration.draft import CHALLENGE_FILE, RA_SOURCE, Draft
from lockgate_app.migration.outcomes import Fate, Outcome
from lockgate_app.settings.http import DEFAULT_PORT
from lockgate_app.settings.workers import DEFAULT_DATA_SOURCE, DEFAULT_RA_ISSUER

_STRICT = ("encryption.required", "signature.required")
_SCEP_DEFAULTS = {"certificateProfile": "ENDUSER", "entityProfile": "EMPTY", "defaultCA": CA_NAME}


class Documents:
    """Makes both hosts' settings of a draft.

    Args:
        deployment: that `lockgate init` has made, whose settings are used except workers.

    Raises:
        ConfigurationError: its configuration cannot be read.
    """

    def __init__(self, draft: Draft, deployment: Deployment | None) -> None:
        self._draft = draft
        self._outcomes: list[Outcome] = []
        self._ca_base = self._without_one() if deployment is None else _base(deployment.ca_config, "ca")
        self._ra_base = {} if deployment is None else _base(deployment.ra_config, "ra")
        made = {"ca": self._ca_base, "ra": self._ra_base}
        self._sources = DataSources(draft, {host: base.get("data_sources", {}) for host, base in made.items()})

    @property
    def replaced(self) -> Collection[str]:
        """The draft's data sources that the deployment's have replaced."""
        return self._sources.replaced

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What is to be said of settings that no file has."""
        return [*self._outcomes, *self._sources.outcomes]

    def hosts(self) -> Sequence[HostFiles]:
        """Those that the files say something about, the CA's first."""
        draft = self._draft
        of_ca = draft.workers or set(draft.sources) - {RA_SOURCE}
        of_ra = draft.scep is not None or draft.cmp is not None or RA_SOURCE in draft.sources
        return [*([self._ca()] if of_ca else []), *([self._ra()] if of_ra else [])]

    def _say(self, key: str, fate: Fate, text: str) -> None:
        self._outcomes.append(Outcome("", key, fate, text))

    def _ca(self) -> HostFiles:
        host = HostFiles("ca", {key: value for key, value in self._ca_base.items() if key != "workers"})
        host.needed["key-encryption.secret"] = "lockgate init makes it"
        if not self._ra_base:
            text = "name the CA's own database and secrets, and instance: those that lockgate init has made"
            self._say("[ca]", Fate.TO_DO, text)
        for worker in self._draft.workers.values():
            self._draft.source(str(worker.setdefault("persistenceunit", DEFAULT_DATA_SOURCE)))
        host.settings["data_sources"] = self._sources.of_ca(host)
        host.settings["workers"] = {
            name: self._worker(host, number, name, settings)
            for number, (name, settings) in enumerate(self._draft.workers.items())
        }
        if not self._draft.workers:
            self._say("[workers.NAME]", Fate.TO_DO, "no file has a worker's properties: write a table for each worker")
        return host

    def _without_one(self) -> Mapping[str, Any]:
        """What stands for the settings of a deployment that there is not."""
        table = {"key_encryption_secret": {"file": "key-encryption.secret"}, "database": {"url": CA_DEFAULT}}
        return {"instance": f"lockgate-{secrets.token_hex(8)}", "ca": table}

    def _worker(self, host: HostFiles, number: int, name: str, said: Mapping[str, object]) -> Mapping[str, Any]:
        source = str(said["persistenceunit"])
        issuer = said.get("raissuer", DEFAULT_RA_ISSUER)
        stem = f"worker-{name}" if number else "worker"
        for key in _STRICT:
            if key not in said:
                self._say(f"[workers.{name}] {key}", Fate.TAKEN, "the original's default, false; set it to true")
        how = f'lockgate init, or keystore issue worker --ca "{issuer}" --output {stem}.p12'
        host.needed.update({f"{stem}.p12": how, f"{stem}.password": how})
        return {
            "persistenceunit": self._sources.names.get(source, source),
            **{key: said.get(key, False) for key in _STRICT},
            "keystore.path": f"{stem}.p12",
            "keystore.pwd": {"file": f"{stem}.password"},
            "raissuer": issuer,
            "whitelist": said.get("whitelist", ""),
            "active": self._draft.active,
        }

    def _ra(self) -> HostFiles:
        issuer = next((str(said["raissuer"]) for said in self._draft.workers.values() if "raissuer" in said), CA_NAME)
        host = HostFiles("ra", {"instance": self._ca_base["instance"]})
        host.settings["data_sources"] = self._sources.of_ra(host)
        ((name, _),) = host.settings["data_sources"].items()
        host.settings["ra"] = {
            "persistenceunit": name,
            "keystore_path": "ra.p12",
            "keystore_password": {"file": "ra.password"},
            "worker_certificates": ["worker.pem"],
            "ca_certificates": [_pem(issuer)],
            "outbox": "outbox",
        }
        how = f'lockgate init, or on the CA host keystore issue ra --ca "{issuer}" --role RA --output ra.p12'
        host.needed.update({"ra.p12": how, "ra.password": how, "worker.pem": "lockgate init; from worker.p12"})
        host.needed[_pem(issuer)] = f'on the CA host: ca show "{issuer}" --pem'
        if self._draft.scep is not None:
            host.settings["scep"] = self._scep(host, self._draft.scep)
        if self._draft.cmp is not None:
            host.settings["cmp"] = self._cmp(self._draft.cmp)
        self._compare_whitelists(name, [front for key, front in FRONTS.items() if key in host.settings])
        return host

    def _compare_whitelists(self, source: str, fronts: Sequence[Front]) -> None:
        """Whether the workers on that data source take what the servers of the RA host ask for."""
        needed = dict.fromkeys(kind for front in fronts for kind in front.request_types)
        for name, said in self._draft.workers.items():
            whitelist = parse_whitelist(str(said.get("whitelist", "")))
            lacking = [kind for kind in needed if not accepts(whitelist, kind)]
            polled = str(said["persistenceunit"])
            if lacking and self._sources.names.get(polled, polled) == source:
                text = f"lacks {', '.join(lacking)}, which the RA host's servers ask for: add them"
                self._say(f"[workers.{name}] whitelist", Fate.TO_DO, text)

    def _scep(self, host: HostFiles, said: Mapping[str, object]) -> Mapping[str, Any]:
        for key, default in _SCEP_DEFAULTS.items():
            if not said.get(key):
                self._say(f"[scep] {key}", Fate.TO_DO, f"no file has it: {default} is written; compare")
        table = _SCEP_DEFAULTS | {key: value for key, value in said.items() if value or key not in _SCEP_DEFAULTS}
        authority = str(table["defaultCA"])
        how = f'on the CA host: scep-ra keystore --ca "{authority}" --output scep.p12'
        host.needed.update({"scep.p12": how, "scep.password": how})
        host.needed[_pem(authority)] = f'on the CA host: ca show "{authority}" --pem --chain'
        host.secrets["scep.secret"] = new_password()
        if self._draft.challenge is not None:
            host.secrets[CHALLENGE_FILE] = self._draft.challenge
        elif table.get("authPwd", NONE) != NONE:
            host.needed[CHALLENGE_FILE] = "write the new challenge password into it, with mode 0600"
        return {
            "keyStorePath": "scep.p12",
            "keyStorePassword": {"file": "scep.password"},
            "createOrEditUser": False,
            **table,
            **({"caMapping": self._draft.ca_mapping} if self._draft.ca_mapping else {}),
            "ca_certificates": [_pem(authority)],
            "secret": {"file": "scep.secret"},
            "port": DEFAULT_PORT,
        }

    def _cmp(self, said: Mapping[str, object]) -> Mapping[str, Any]:
        text = "on the CA host write [cmp] and a [cmp.alias.NAME] for each CMP alias; here, list their names in aliases"
        self._say("[cmp]", Fate.TO_DO, text)
        return {"port": DEFAULT_PORT + (self._draft.scep is not None), **self._ra_base.get("cmp", {}), **said}


def _pem(authority: str) -> str:
    """The file with the certificate of the CA of that name."""
    return f"{re.sub(r'[^A-Za-z0-9._-]', '_', authority)[:64] or 'CA'}.pem"


def _base(path: Path, zone: str) -> Mapping[str, Any]:
    """The settings that `lockgate init` has written."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = {}
    if not found.keys() >= {zone, "instance"}:
        raise ConfigurationError(f"{path}: cannot be read as the configuration that lockgate init has made")
    return found
