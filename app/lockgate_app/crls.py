"""CRLs of every generation of the CAs, issued where they are due, and written to a directory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from lockgate.administration.authorities import PROGRAM, CaStatus, NoBaseCrl, RefusedByCa, generation_suffix
from lockgate.errors import CallerError, KeyAway, KeystoreError, TokenAway
from lockgate_app.container.ca_host import CaHost
from lockgate_app.keys import crl_pem
from lockgate_app.outputs import write_file


@dataclass(frozen=True, slots=True)
class WantedCrls:
    """Which CRLs are wanted.

    Attributes:
        delta: delta CRLs instead of full ones.
        lifetime: from now to the CRL's Next Update.
        overlap: one is due so long before the last one's end; None: new ones in any case.
        freshest: URLs of the delta CRLs, for full ones.
        changes_in_delta: a change since the last full one is left to delta CRLs: it makes no new one due.
    """

    delta: bool
    lifetime: timedelta
    overlap: timedelta | None
    freshest: Sequence[str] = ()
    changes_in_delta: bool = False


@dataclass(frozen=True, slots=True)
class CrlFile:
    """Whose CRL, and the name of its file without the ending. One that was fetched is that of a CA outside."""

    ca_name: str
    generation: int
    file_name: str
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class CurrentCrl:
    """The CRL to publish.

    Attributes:
        der: the CRL; None where its CA could not sign.
        issued: whether it is new.
        refusal: why the CA could not sign.
    """

    file: CrlFile
    der: bytes | None = None
    issued: bool = False
    refusal: str = ""


def current_crls(
    host: CaHost, name: str | None, wanted: WantedCrls, directory: Path | None = None, *, pem: bool = False
) -> Iterator[CurrentCrl]:
    """The CRLs of the CA `name`, or of all, issued where they are wanted, and written to the directory.

    A CA that cannot sign keeps no other from it.

    Raises:
        CallerError: there is no such CA, or two CRLs would have the same file name.
        Unavailable: the CA's database cannot be reached.
    """
    for file in _files(host, name, delta=wanted.delta):
        try:
            der, issued = _issue(host, file, wanted)
        except (RefusedByCa, NoBaseCrl, KeyAway, KeystoreError, TokenAway) as error:
            yield CurrentCrl(file, refusal=f"CA {file.ca_name}: {error}")
        else:
            _write(directory, file.file_name, der, pem=pem)
            yield CurrentCrl(file, der, issued)


def _files(host: CaHost, name: str | None, *, delta: bool) -> Sequence[CrlFile]:
    """The CRLs of one CA, or of every active one that signs here or whose CRL was fetched."""
    listed = host.inspection.authorities()
    own = [ca.name for ca in listed if ca.status is CaStatus.ACTIVE and not ca.issuer]
    outside = [ca for ca in listed if ca.issuer not in ("", PROGRAM) and not delta and name in (None, ca.name)]
    if name is not None:
        own = [] if outside else [name]
    taken = {ca.name for ca in listed}
    found = [
        CrlFile(ca.name, ca.generation, quote(ca.name, safe=" "), fetched=True)
        for ca in outside
        if ca.crl_issued is not None or name is not None
    ]
    for ca_name in own:
        for generation in host.administration.crl_generations(ca_name):
            suffix = generation_suffix(generation) + ("-delta" if delta else "")
            if suffix and f"{ca_name}{suffix}" in taken:
                raise CallerError(f"the CRLs of {ca_name} and {ca_name}{suffix} would have the same file names")
            found.append(CrlFile(ca_name, generation, quote(f"{ca_name}{suffix}", safe=" ")))
    return found


def _issue(host: CaHost, file: CrlFile, wanted: WantedCrls) -> tuple[bytes, bool]:
    """The CRL to publish, and whether it is new."""
    administration, name, generation = host.administration, file.ca_name, file.generation
    if file.fetched:
        last = host.inspection.latest_crl(name)
        if last is None:
            raise NoBaseCrl(f"no CRL of it was fetched yet: `ca fetch-crl {name}` does")
        return last, False
    if wanted.delta:
        made = administration.issue_delta_crl(name, wanted.lifetime, wanted.overlap, generation=generation)
    elif wanted.overlap is None:
        made = administration.issue_crl(name, wanted.lifetime, generation=generation, freshest=wanted.freshest)
    else:
        made = administration.issue_crl_if_due(
            name,
            wanted.lifetime,
            wanted.overlap,
            generation=generation,
            freshest=wanted.freshest,
            changes_in_delta=wanted.changes_in_delta,
        )
    if made is not None:
        return made, True
    return administration.latest_crl(name, generation=generation, delta=wanted.delta) or b"", False


def _write(directory: Path | None, name: str, der: bytes, *, pem: bool) -> None:
    if directory is not None:
        write_file(directory / f"{name}.{'pem' if pem else 'crl'}", crl_pem(der) if pem else der, replace=True)
