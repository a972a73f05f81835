"""Profiles in files: YAML or TOML, by the file's name; read strictly, every error with its line and field.

Both formats have one shape, and each field is called as in `lockgate.profiles`:

    certificate_profiles:
      ENDUSER:
        validity_days: 730
    end_entity_profiles:
      EMPTY:
        certificate_profiles: [ENDUSER]

A field that bounds nothing is left out. A written file is read back as exactly the same profiles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.profiles.bounds import InvalidProfile
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate_app.keys import read_file
from lockgate_app.profile_files import tomls, yamls
from lockgate_app.profile_files.complaints import Complaint, in_document, unknown_key
from lockgate_app.profile_files.documents import Document, DocumentFormat, UnreadableDocument
from lockgate_formats.profiles import UnknownField, profile_of, values_of

FORMATS: Mapping[str, DocumentFormat] = {".yaml": yamls.FORMAT, ".yml": yamls.FORMAT, ".toml": tomls.FORMAT}
SECTIONS: Mapping[str, ProfileKind] = {
    "certificate_profiles": ProfileKind.CERTIFICATE,
    "end_entity_profiles": ProfileKind.END_ENTITY,
}


def format_of(path: Path) -> DocumentFormat:
    """How the file of that name is written.

    Raises:
        ConfigurationError: its name ends otherwise than `FORMATS` knows.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise ConfigurationError(f"{path}: a profile file's name ends in {', '.join(FORMATS)}") from None


def read_profiles(path: Path) -> ProfileSet:
    """The profiles in a file.

    Raises:
        ConfigurationError: it cannot be read or breaks a rule; one line for each profile that does, with line number
            and field.
    """
    form = format_of(path)
    try:
        document = form.parse(read_file(path).decode())
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is no UTF-8 text") from None
    except UnreadableDocument as error:
        raise ConfigurationError(f"{_place(path, error.line)}: {error}") from None
    found: dict[ProfileKind, dict[str, object]] = {kind: {} for kind in ProfileKind}
    complaints = []
    for kind, name, outcome in _outcomes(document):
        if isinstance(outcome, Complaint):
            complaints.append(f"{_place(path, outcome.line)}: {outcome.text}")
        else:
            found[kind][name] = outcome
    if complaints:
        raise ConfigurationError("\n".join(complaints))
    return _profile_set(path, found)


def write_profiles(profiles: ProfileSet, form: DocumentFormat) -> str:
    """The text of a file that holds `profiles`."""
    sections = {
        section: {name: _bounding(profile) for name, profile in profiles if ProfileKind.of(profile) is kind}
        for section, kind in SECTIONS.items()
    }
    return form.write({section: content for section, content in sections.items() if content})


def _bounding(profile: CertificateProfile | EndEntityProfile) -> dict[str, object]:
    return {field: value for field, value in values_of(profile).items() if value is not None}


def _outcomes(document: Document) -> Iterator[tuple[ProfileKind, str, object]]:
    """Each profile, or what is wrong with it."""
    if not isinstance(document.content, dict) or not document.content:
        text = f"holds no profiles: {' or '.join(SECTIONS)} is needed"
        yield ProfileKind.CERTIFICATE, "", Complaint(None, text)
        return
    for section, content in document.content.items():
        kind = SECTIONS.get(str(section))
        if kind is None:
            yield ProfileKind.CERTIFICATE, "", unknown_key(document, (str(section),), SECTIONS)
        elif not isinstance(content, dict):
            yield kind, "", in_document(document, (section,), "profiles by name are needed")
        else:
            yield from ((kind, str(name), _outcome(document, kind, (section, name))) for name in content)


def _outcome(document: Document, kind: ProfileKind, where: tuple[str, object]) -> object:
    section, name = where
    if not isinstance(name, str):
        return in_document(document, (section, str(name)), "a profile's name is a text; put it in quotes")
    try:
        return profile_of(kind.structure, document.content[section][name])
    except UnknownField as error:
        return unknown_key(document, (section, name, *error.path), (field.name for field in fields(kind.structure)))
    except InvalidProfile as error:
        return in_document(document, (section, name, *error.path), error.text)


def _profile_set(path: Path, found: Mapping[ProfileKind, Mapping[str, object]]) -> ProfileSet:
    read = [(name, profile) for kind in ProfileKind for name, profile in found[kind].items()]
    certificate = {name: profile for name, profile in read if isinstance(profile, CertificateProfile)}
    end_entity = {name: profile for name, profile in read if isinstance(profile, EndEntityProfile)}
    if not certificate and not end_entity:
        raise ConfigurationError(f"{path}: holds no profiles")
    return ProfileSet(certificate, end_entity)


def _place(path: Path, line: int | None) -> str:
    return f"{path}, line {line}" if line else str(path)
