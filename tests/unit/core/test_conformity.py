"""Conformity to profiles: every field bounds what it says."""

from dataclasses import replace
from typing import Any

import pytest

from lockgate.certification.endentity import EndEntity, EndEntityStatus
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.conformity import Registration, judge_key, judge_registration
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.reasons import Reason
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_formats.public_keys import SubjectKey, read_key
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key, rsa_key

ENDUSER, EMPTY = CERTIFICATE_PROFILES["ENDUSER"], END_ENTITY_PROFILES["EMPTY"]
USER = EndEntity(
    username="user",
    subject_dn=parse_dn("CN=user,OU=one,OU=two,O=Example,C=SE"),
    subject_alt_name=parse_alt_name("DNSNAME=a.example.org,DNSNAME=b.example.org"),
    email="user@example.org",
    end_entity_profile="EMPTY",
    certificate_profile="ENDUSER",
    ca_name="ManagementCA",
    status=EndEntityStatus.NEW,
)


def detail(user: EndEntity = USER, /, **fields: Any) -> str | None:
    """The detail of the violation, with profiles in which `fields` are changed."""
    profile = replace(
        EMPTY, **{name: value for name, value in fields.items() if name in EndEntityProfile.__dataclass_fields__}
    )
    bounds = {
        name[12:]: value
        for name, value in fields.items()
        if name.startswith("certificate_") and name[12:] in CertificateProfile.__dataclass_fields__
    }
    rejected = judge_registration(Registration(user, profile, replace(ENDUSER, **bounds)))
    assert rejected is None or rejected.reason is Reason.PROFILE_VIOLATION
    return None if rejected is None else rejected.detail


def test_the_user_conforms_to_the_open_profiles() -> None:
    assert detail() is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"certificate_profiles": frozenset({"OTHER"})}, "certificate_profile: 'ENDUSER'"),
        ({"certification_authorities": frozenset({"OTHER"})}, "ca_name: 'ManagementCA'"),
        ({"certificate_certification_authorities": frozenset({"OTHER"})}, "ca_name: 'ManagementCA'"),
        ({"username_pattern": "[0-9]+"}, "username"),
        ({"username_pattern": "use"}, "username"),
        ({"subject_attributes": {"CN": 1, "OU": 2, "O": 1}}, "subject_dn: C may"),
        ({"subject_attributes": {"CN": 1, "OU": 1, "O": 1, "C": 1}}, "subject_dn: OU may"),
        ({"certificate_subject_attributes": {"CN": 1, "OU": 1, "O": 1, "C": 1}}, "subject_dn: OU may"),
        ({"subject_required": frozenset({"SERIALNUMBER"})}, "subject_dn: SERIALNUMBER is required"),
        ({"alternative_names": {"DNSNAME": 1}}, "subject_alt_name: DNSNAME may"),
        ({"alternative_names": {"IPADDRESS": 1}}, "subject_alt_name: DNSNAME may"),
        ({"certificate_alternative_names": {"DNSNAME": 1}}, "subject_alt_name: DNSNAME may"),
        ({"alternative_names_required": frozenset({"UPN"})}, "subject_alt_name: UPN is required"),
        ({"email": "refused"}, "email: it is not allowed"),
    ],
)
def test_each_field_is_enforced(fields: dict[str, object], expected: str) -> None:
    found = detail(**fields)
    assert found is not None
    assert expected in found


@pytest.mark.parametrize(
    "fields",
    [
        {"certificate_profiles": frozenset({"ENDUSER", "OTHER"})},
        {"certification_authorities": frozenset({"ManagementCA"})},
        {"certificate_certification_authorities": frozenset({"ManagementCA"})},
        {"username_pattern": "u.*"},
        {"subject_attributes": {"CN": 1, "OU": 2, "O": 1, "C": 1}},
        {"certificate_subject_attributes": {"CN": 1, "OU": 2, "O": 1, "C": 1}},
        {"subject_required": frozenset({"CN", "C"})},
        {"alternative_names": {"DNSNAME": 2}},
        {"certificate_alternative_names": {"DNSNAME": 2}},
        {"alternative_names_required": frozenset({"DNSNAME"})},
        {"email": "required"},
    ],
)
def test_each_field_lets_through_what_it_allows(fields: dict[str, object]) -> None:
    assert detail(**fields) is None


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (replace(USER, subject_dn=parse_dn(""), subject_alt_name=()), "a subject or an alternative name is needed"),
        (replace(USER, email="no address"), "email: it is no mail address"),
    ],
)
def test_what_no_profile_allows(user: EndEntity, expected: str) -> None:
    found = detail(user)
    assert found is not None
    assert expected in found


def test_a_missing_address() -> None:
    assert detail(replace(USER, email=None), email="required") == "email: it is required."


def test_an_empty_subject_with_an_alternative_name_conforms() -> None:
    assert detail(replace(USER, subject_dn=parse_dn(""))) is None


@pytest.mark.parametrize(
    ("public_key", "fields", "expected"),
    [
        (spki(rsa_key(1)), {"key_types": frozenset({"P-256"})}, "type RSA"),
        (spki(ec_key(1)), {"key_types": frozenset({"RSA", "P-384"})}, "type P-256 are not allowed, only P-384, RSA."),
        (spki(rsa_key(1)), {"rsa_min_bits": 3072}, "3072 to 8192 bits"),
        (spki(rsa_key(2, 3072)), {"rsa_max_bits": 2048}, "2048 to 2048 bits"),
        (spki(ec_key(1)), {"key_usage": frozenset({"keyEncipherment"})}, "key usages"),
    ],
    ids=["RSA", "P-256", "short", "long", "usage"],
)
def test_each_bound_on_keys_is_enforced(public_key: bytes, fields: dict[str, Any], expected: str) -> None:
    key = read_key(public_key)
    assert isinstance(key, SubjectKey)
    assert judge_key(key.kind, key.bits, ENDUSER) is None
    rejected = judge_key(key.kind, key.bits, replace(ENDUSER, **fields))
    assert rejected is not None
    assert rejected.reason is Reason.PROFILE_VIOLATION
    assert expected in rejected.detail
