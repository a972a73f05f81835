"""`lockgate profile`: certificate profiles and end entity profiles, in YAML and TOML files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import CallerError
from lockgate.names.counted import counted
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.options import Force, Json
from lockgate_app.cli.presentation import report, show, show_all, warn
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.profile_files import FORMATS, format_of, read_profiles, write_profiles
from lockgate_app.words import Facts
from lockgate_formats.profiles import values_of

app = typer.Typer(help="Certificate profiles and end entity profiles (on the CA host).", no_args_is_help=True)


class Kind(StrEnum):
    """The two kinds, as the command line writes them."""

    CERTIFICATE = "certificate"
    END_ENTITY = "end-entity"


class Format(StrEnum):
    """How an export to standard output is written."""

    YAML = "yaml"
    TOML = "toml"


KINDS = {Kind.CERTIFICATE: ProfileKind.CERTIFICATE, Kind.END_ENTITY: ProfileKind.END_ENTITY}
KindArgument = Annotated[Kind, typer.Argument(metavar="KIND", help="certificate or end-entity.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]


@app.command(name="list")
def list_profiles(context: typer.Context, as_json: Json = False) -> None:
    """Every profile of both kinds.

    Example: lockgate --config deployment/ca/lockgate.toml profile list
    """
    with ca_host(context) as host:
        show_all("profiles", (_outline(name, profile) for name, profile in host.inspection.profiles()), as_json=as_json)


@app.command(name="show")
def show_profile(context: typer.Context, kind: KindArgument, name: Name, as_json: Json = False) -> None:
    """Every field of a profile. A field that bounds nothing is left out of the table, and null in JSON.

    Example: lockgate --config deployment/ca/lockgate.toml profile show certificate ENDUSER
    """
    with ca_host(context) as host:
        profile = host.inspection.profile(KINDS[kind], name)
    show({"kind": kind, "name": name, **values_of(profile)}, as_json=as_json)


@app.command()
def export(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All profiles without.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only profiles of this kind.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Ends in {', '.join(FORMATS)}; shown without.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Where nothing is written to a file.")] = Format.YAML,
    force: Force = False,
) -> None:
    """Profiles as a file that `profile import` reads back as the very same.

    Example: lockgate --config deployment/ca/lockgate.toml profile export ENDUSER --output enduser.yaml
    """
    require_writable(output, force=force)
    written = format_of(output or Path(f"-.{form}"))
    with ca_host(context) as host:
        chosen = _chosen(host.inspection.profiles(), names or [], kind)
    text = write_profiles(chosen, written)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_file(output, text.encode(), replace=force)
        report(f"{counted(len(list(chosen)), 'profile')}: {output}", {}, as_json=False)


@app.command(name="import")
def import_profiles(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"Ends in {', '.join(FORMATS)}.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace profiles of these names that say something else.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the profiles in a file, all of them or none. An error names the line and the field.

    Requests are judged by the new profiles from the next one on; certificates that were issued stay as they are.

    Example: lockgate --config deployment/ca/lockgate.toml profile import enduser.yaml --replace
    """
    profiles = read_profiles(file)
    with ca_host(context) as host:
        put = host.administration.put_profiles(profiles, replace=replace)
        warn(list(_dangling(host.inspection.profiles(), profiles)))
    rows = [{"kind": str(change.kind), "name": change.name, "change": str(change.change)} for change in put]
    show_all("profiles", rows, as_json=as_json)


@app.command()
def delete(context: typer.Context, kind: KindArgument, name: Name, as_json: Json = False) -> None:
    """Remove a profile that no end entity, no certificate (expired or revoked ones too) and no other profile names.

    A profile that `lockgate init` makes comes back with the next `lockgate db upgrade`.

    Example: lockgate --config deployment/ca/lockgate.toml profile delete certificate OLD
    """
    with ca_host(context) as host:
        host.administration.delete_profile(KINDS[kind], name)
    report(f"{KINDS[kind]} profile {name} removed", {"kind": kind, "name": name, "change": "removed"}, as_json=as_json)


def _outline(name: str, profile: CertificateProfile | EndEntityProfile) -> Facts:
    if isinstance(profile, CertificateProfile):
        keys = ", ".join(sorted(profile.key_types))
        return {"kind": Kind.CERTIFICATE, "name": name, "summary": f"{counted(profile.validity_days, 'day')}; {keys}"}
    return {"kind": Kind.END_ENTITY, "name": name, "summary": ", ".join(sorted(profile.certificate_profiles))}


def _chosen(stored: ProfileSet, names: Sequence[str], kind: Kind | None) -> ProfileSet:
    """The stored profiles of these names, or all."""
    wanted = set(names)
    chosen = ProfileSet(
        {
            name: profile
            for name, profile in stored.certificate.items()
            if _wanted(name, wanted, kind, Kind.CERTIFICATE)
        },
        {name: profile for name, profile in stored.end_entity.items() if _wanted(name, wanted, kind, Kind.END_ENTITY)},
    )
    found = Counter(name for name, _ in chosen)
    if missing := sorted(wanted - found.keys()):
        raise CallerError(f"there is no profile {missing[0]}")
    return chosen


def _wanted(name: str, names: set[str], kind: Kind | None, own: Kind) -> bool:
    return (not names or name in names) and kind in (None, own)


def _dangling(stored: ProfileSet, new: ProfileSet) -> Iterator[str]:
    """The fields that name a certificate profile that does not exist."""
    for name, profile in new.end_entity.items():
        for missing in sorted(profile.certificate_profiles - stored.certificate.keys()):
            yield f"end entity profile {name} names the certificate profile {missing}, which does not exist"
