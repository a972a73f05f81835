"""`lockgate import-properties`: the properties files of the original become both hosts' settings."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from lockgate.errors import ConfigurationError
from lockgate_app.deployment import Deployment
from lockgate_app.migration.data_sources import HostFiles
from lockgate_app.migration.documents import Documents
from lockgate_app.migration.draft import Draft
from lockgate_app.migration.effects import OF_DATA_SOURCES, Found
from lockgate_app.migration.outcomes import Fate, Outcome
from lockgate_app.migration.properties import Property, read_properties
from lockgate_app.migration.rules import WORKER, rule_of
from lockgate_app.migration.toml_text import toml_text
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.settings.zones import CaZone, RaZone

MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done.

    Attributes:
        files: that were written.
    """

    outcomes: Sequence[Outcome]
    files: Sequence[Path]

    @property
    def to_do(self) -> int:
        """How many of the outcomes need a person."""
        return sum(outcome.fate is Fate.TO_DO for outcome in self.outcomes)


def migrate(files: Sequence[Path], output: Path, deployment: Deployment | None = None) -> Migration:
    """Write `output`/ca/lockgate.toml, `output`/ra/lockgate.toml or both, and passwords beside them.

    Args:
        files: properties files. One with keys of a worker is one worker's, and gives it its name.
        deployment: that `lockgate init` has made; its settings and files are used, except workers.

    Raises:
        ConfigurationError: a file cannot be read, nothing in them is known, a value cannot be a setting, or a file that
            is to be written is there already. No file has been written then.
    """
    draft = Draft()
    outcomes = list(_read(draft, files))
    documents = Documents(draft, deployment)
    hosts = documents.hosts()
    outcomes = [_without_replaced(draft, each, documents.replaced) for each in outcomes]
    outcomes += documents.outcomes
    if not hosts:
        raise ConfigurationError("no key of these files is one of the External RA's")
    for host in hosts:
        outcomes += _missing(host, deployment)
        _validate(host, output)
    return Migration(outcomes, _write(hosts, outcomes, output))


def _read(draft: Draft, files: Sequence[Path]) -> Iterator[Outcome]:
    if len(files) > MAX_FILES:
        raise ConfigurationError(f"more than {MAX_FILES} files")
    found = [each for path in dict.fromkeys(files) for each in read_properties(path)]
    counting = {_identity(each): each for each in found}
    draft.counted = {each.key: each for each in counting.values()}
    workers = _workers(found)
    for each in found:
        last = counting[_identity(each)]
        if last is not each:
            yield _outcome(each, Fate.UNNEEDED, f"{last.file}, line {last.line} says it again, and counts")
        else:
            yield _judged(draft, each, workers.get(each.file, ""))


def _of_worker(each: Property) -> bool:
    known = rule_of(each.key)
    return known is not None and known[0].file == WORKER


def _identity(each: Property) -> tuple[Path | None, str]:
    """What a later property replaces: each worker's file stands for itself."""
    return (each.file if _of_worker(each) else None), each.key


def _workers(found: Iterable[Property]) -> dict[Path, str]:
    """A name for the worker of each file that has keys of one."""
    names: dict[Path, str] = {}
    for path in dict.fromkeys(each.file for each in found if _of_worker(each)):
        stem = re.sub(r"[^A-Za-z0-9._-]", "-", path.stem)[:56] or "worker"
        name = "main" if stem == "externalra" else stem
        taken = sum(other == name or other.startswith(f"{name}-") for other in names.values())
        names[path] = f"{name}-{taken + 1}" if name in names.values() else name
    return names


def _judged(draft: Draft, each: Property, worker: str) -> Outcome:
    if (known := rule_of(each.key)) is None:
        return _outcome(each, Fate.TO_DO, "unknown key: nothing was taken over; look up what it does")
    rule, number = known
    if rule.file == WORKER:
        draft.workers.setdefault(worker, {})
    found = Found(each, number, worker)
    if rule.effect in OF_DATA_SOURCES:
        draft.described[_place(each)] = found.source
    verdict = rule.effect(draft, found)
    becomes = rule.becomes.replace("`", "").replace("RAMessageNDS", f"RAMessage{number}DS")
    text = f"{becomes}; {verdict.detail}" if verdict.detail else becomes
    if verdict.fate is Fate.TAKEN and worker and rule.file == WORKER:
        text = f"[workers.{worker}] {text}"
    return _outcome(each, verdict.fate, text)


def _outcome(each: Property, fate: Fate, text: str) -> Outcome:
    return Outcome(_place(each), each.key, fate, text)


def _place(each: Property) -> str:
    return f"{each.file}, line {each.line}"


def _without_replaced(draft: Draft, outcome: Outcome, replaced: Collection[str]) -> Outcome:
    """The outcome of a key that describes a data source, if the deployment's takes its place."""
    if draft.described.get(outcome.place) not in replaced:
        return outcome
    return replace(outcome, fate=Fate.UNNEEDED, text="the message database of the deployment takes its place")


def _missing(host: HostFiles, deployment: Deployment | None) -> Iterator[Outcome]:
    """The files that the settings name, as far as neither this nor `lockgate init` has made them."""
    there = None if deployment is None else deployment.directory / host.folder
    for name in list(host.secrets):
        if there is not None and (there / name).exists():
            del host.secrets[name]
    for name, how in host.needed.items():
        if there is None or not (there / name).exists():
            yield Outcome("", f"{host.folder}/{name}", Fate.TO_DO, f"the file is needed: {how}")


def _validate(host: HostFiles, output: Path) -> None:
    """Let the settings' own rules judge what is to be written.

    Raises:
        ConfigurationError: they refuse it.
    """
    zone: type[CaZone | RaZone] = CaZone if host.folder == "ca" else RaZone
    try:
        zone.model_validate(host.settings, context={"base": (output / host.folder).absolute()})
    except ValidationError as errors:
        found = errors.errors(include_url=False, include_input=False)
        said = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in found)
        text = f"these files make no valid settings of the {host.folder.upper()} host: {said}"
        raise ConfigurationError(text) from None


def _write(hosts: Sequence[HostFiles], outcomes: Sequence[Outcome], output: Path) -> Sequence[Path]:
    contents: dict[Path, str] = {}
    for host in hosts:
        folder = output / host.folder
        contents |= {folder / name: f"{secret}\n" for name, secret in host.secrets.items()}
        contents[folder / "lockgate.toml"] = _text(host, outcomes)
    for folder in sorted({path.parent for path in contents}):
        _make(folder)
    require_writable(*contents)
    for path, text in contents.items():
        write_file(path, text.encode(), 0o600)
    return list(contents)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be written: {error.strerror}") from None


def _text(host: HostFiles, outcomes: Sequence[Outcome]) -> str:
    """The settings as TOML, below what is still to be done."""
    other = "ra/" if host.folder == "ca" else "ca/"
    left = [each for each in outcomes if each.fate is Fate.TO_DO and not each.key.startswith(other)]
    lines = [f"{each.key}: {each.text}" for each in left]
    comments = ["Made by lockgate import-properties.", *(["To do:", *lines] if lines else [])]
    return "".join(f"# {_printable(line)}\n" for line in comments) + "\n" + toml_text(host.settings)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
