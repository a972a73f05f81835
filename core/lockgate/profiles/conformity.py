"""Whether a request conforms to the profiles: one rule for each field; the first broken rule gives the answer.

Rules are data: each is a function from the registration to the detail of a `profile_violation`, or None. A rule reads
one field of one profile, so without it exactly one kind of violation is accepted.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from lockgate.certification.endentity import EndEntity
from lockgate.certification.usages import usages_for
from lockgate.names.altname import KINDS
from lockgate.names.counted import counted
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Reason, Rejected


@dataclass(frozen=True, slots=True)
class Registration:
    """An end entity and the two profiles it names."""

    end_entity: EndEntity
    end_entity_profile: EndEntityProfile
    certificate_profile: CertificateProfile


def judge_registration(asked: Registration) -> Rejected | None:
    """Why the end entity does not conform, or None where it does. The rejection is `profile_violation`."""
    return next((_violation(detail) for rule in _RULES if (detail := rule(asked))), None)


def judge_key(kind: str, bits: int, profile: CertificateProfile) -> Rejected | None:
    """Why `profile` does not allow such a key, or None where it does. The rejection is `profile_violation`.

    Args:
        kind: a `KeyKind`.
        bits: the length of an RSA modulus; of other kinds it does not count.
    """
    if kind not in profile.key_types:
        return _violation(f"Keys of type {kind} are not allowed, only {', '.join(sorted(profile.key_types))}.")
    if kind == "RSA" and not profile.rsa_min_bits <= bits <= profile.rsa_max_bits:
        return _violation(f"RSA keys must have {profile.rsa_min_bits} to {profile.rsa_max_bits} bits.")
    if not usages_for(kind, profile.key_usage):
        return _violation(f"Keys of type {kind} can serve none of the profile's key usages.")
    return None


def _choice(field: str, value: str, allowed: Collection[str] | None) -> str | None:
    return None if allowed is None or value in allowed else f"{field}: {value!a} may not be chosen here."


def _counts(field: str, kinds: Iterable[str], allowed: Mapping[str, int] | None) -> str | None:
    if allowed is None:
        return None
    for kind, count in Counter(kinds).items():
        if count > allowed.get(kind, 0):
            return f"{field}: {kind} may occur {counted(allowed.get(kind, 0), 'time')} at most."
    return None


def _missing(field: str, kinds: Iterable[str], required: frozenset[str]) -> str | None:
    missing = sorted(required.difference(kinds)) if required else None
    return f"{field}: {missing[0]} is required." if missing else None


def _username(asked: Registration) -> str | None:
    pattern = asked.end_entity_profile.username_pattern
    if pattern is None or re.fullmatch(pattern, asked.end_entity.username):
        return None
    return "username: it does not match the profile's pattern."


def _email(asked: Registration) -> str | None:
    rule, email = asked.end_entity_profile.email, asked.end_entity.email
    if email and not KINDS["RFC822NAME"](email):
        return "email: it is no mail address."
    if rule == "required" and not email:
        return "email: it is required."
    return "email: it is not allowed." if rule == "refused" and email else None


def _some_name(asked: Registration) -> str | None:
    if asked.end_entity.subject_dn.attributes or asked.end_entity.subject_alt_name:
        return None
    return "subject_dn: a subject or an alternative name is needed."


def _attributes(asked: Registration) -> list[str]:
    return [attribute.name for attribute in asked.end_entity.subject_dn.attributes]


def _kinds(asked: Registration) -> list[str]:
    return [name.kind for name in asked.end_entity.subject_alt_name]


_RULES: tuple[Callable[[Registration], str | None], ...] = (
    lambda asked: _choice(
        "certificate_profile", asked.end_entity.certificate_profile, asked.end_entity_profile.certificate_profiles
    ),
    lambda asked: _choice("ca_name", asked.end_entity.ca_name, asked.end_entity_profile.certification_authorities),
    lambda asked: _choice("ca_name", asked.end_entity.ca_name, asked.certificate_profile.certification_authorities),
    _username,
    _some_name,
    lambda asked: _counts("subject_dn", _attributes(asked), asked.end_entity_profile.subject_attributes),
    lambda asked: _counts("subject_dn", _attributes(asked), asked.certificate_profile.subject_attributes),
    lambda asked: _missing("subject_dn", _attributes(asked), asked.end_entity_profile.subject_required),
    lambda asked: _counts("subject_alt_name", _kinds(asked), asked.end_entity_profile.alternative_names),
    lambda asked: _counts("subject_alt_name", _kinds(asked), asked.certificate_profile.alternative_names),
    lambda asked: _missing("subject_alt_name", _kinds(asked), asked.end_entity_profile.alternative_names_required),
    _email,
)


def _violation(detail: str) -> Rejected:
    return Rejected(Reason.PROFILE_VIOLATION, detail)
