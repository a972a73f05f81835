"""Profiles as documents: JSON, and the plain values that other formats of files hold. Types are read strictly, and no
unknown field is accepted; every other rule is the core's."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from lockgate.profiles.bounds import InvalidProfile
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.profiles.profile_set import Profile
from lockgate_formats.structures import convert, read

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<field>.*)`", re.DOTALL)
_PLACE = re.compile(r"(?P<text>.*?)(?: - at (?:`key` in )?`\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]")


class UnknownField(InvalidProfile):
    """A profile has a field that no profile of its kind has."""


def read_profile(kind: type[Profile], document: bytes) -> Profile:
    """Read a profile's JSON document.

    Raises:
        InvalidProfile: it is none, or the profile breaks a rule.
    """
    try:
        return read(kind, document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(str(error)) from None


def write_profile(profile: CertificateProfile | EndEntityProfile) -> bytes:
    """The profile's document: JSON, the same for equal profiles. Its digest is stored."""
    return msgspec.json.encode(profile, order="deterministic")


def profile_of(
    kind: type[CertificateProfile | EndEntityProfile], values: object
) -> CertificateProfile | EndEntityProfile:
    """The profile with these plain values.

    Raises:
        InvalidProfile: they are none, or the profile breaks a rule.
    """
    try:
        return convert(kind, values)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def values_of(profile: CertificateProfile | EndEntityProfile) -> Mapping[str, Any]:
    """Every field as a plain value; sets are sorted lists."""
    values: dict[str, Any] = msgspec.to_builtins(profile, order="deterministic")
    return values


def _invalid(error: str) -> InvalidProfile:
    """The meaning of an error of the library, which names the place in its text."""
    if unknown := _UNKNOWN.fullmatch(error):
        return UnknownField("unknown key", unknown["field"])
    if missing := _MISSING.fullmatch(error):
        return InvalidProfile(_plain(error), missing["field"])
    read = _PLACE.fullmatch(error)
    text, path = (read["text"], read["path"] or "") if read else (error, "")
    return InvalidProfile(_plain(text), *(name or index for name, index in _STEP.findall(path)))


def _plain(text: str) -> str:
    plain = text.replace("`", "")
    return plain[:1].lower() + plain[1:]
