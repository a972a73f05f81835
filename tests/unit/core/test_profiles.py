"""Profiles keep their bounds from the moment that they are made, whatever made them."""

from dataclasses import fields, replace
from typing import Any

import pytest

from lockgate.errors import ConfigurationError
from lockgate.names.keyspec import KeySpecification
from lockgate.profiles.bounds import InvalidProfile
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.approval import ApprovalKind

CERTIFICATE = CertificateProfile(validity_days=1)
END_ENTITY = EndEntityProfile(certificate_profiles=frozenset({"A"}))
URL = "a URL of http, https, ldap or ldaps, in ASCII"
NAME = "expected str: 1 to 255 characters"
WRONG_CERTIFICATE: list[tuple[str, object, str]] = [
    ("validity_days", 0, "validity_days: expected int >= 1"),
    ("validity_days", 36526, "validity_days: expected int <= 36525"),
    ("backdate_seconds", -1, "backdate_seconds: expected int >= 0"),
    ("backdate_seconds", 86401, "backdate_seconds: expected int <= 86400"),
    ("key_usage", frozenset({"sign"}), "key_usage: unknown: sign"),
    ("key_usage", frozenset(), "key_usage: must not be empty"),
    ("extended_key_usage", ("clientAuth", "any"), "extended_key_usage: any is neither"),
    ("certification_authority", True, "certification_authority: keyCertSign and"),
    ("path_length", -1, "path_length: expected int >= 0"),
    ("path_length", 21, "path_length: expected int <= 20"),
    ("path_length", 0, "path_length: only a CA has"),
    ("key_types", frozenset({"DSA"}), "key_types: unknown: DSA"),
    ("key_types", frozenset(), "key_types: must not be empty"),
    ("rsa_min_bits", 2047, "rsa_min_bits: expected int >= 2048"),
    ("rsa_min_bits", 8193, "rsa_min_bits: expected int <= 8192"),
    ("rsa_max_bits", 2047, "rsa_max_bits: expected int >= 2048"),
    ("rsa_max_bits", 8193, "rsa_max_bits: expected int <= 8192"),
    ("subject_attributes", {"CN": 1, "XX": 1}, "subject_attributes: unknown: XX"),
    ("subject_attributes", {"O": 1, "CN": 101}, "subject_attributes.CN: expected int <= 100"),
    ("alternative_names", {"dns": 1}, "alternative_names: unknown: dns"),
    ("alternative_names", {"DNSNAME": -1}, "alternative_names.DNSNAME: expected int >= 0"),
    ("certificate_policies", ("1.2.3", "1"), "certificate_policies.1: expected str: an object identifier"),
    ("crl_distribution_points", ("ftp://a",), f"crl_distribution_points.0: expected str: {URL}"),
    ("freshest_crl", ("http://a", "http://"), f"freshest_crl.1: expected str: {URL}"),
    ("ocsp", ("http://a b",), f"ocsp.0: expected str: {URL}"),
    ("ocsp", ("http://a\n",), f"ocsp.0: expected str: {URL}"),
    ("ca_issuers", (f"http://{501 * 'a'}",), f"ca_issuers.0: expected str: {URL}"),
    ("certification_authorities", frozenset({""}), f"certification_authorities: {NAME}"),
    ("certification_authorities", frozenset({256 * "a"}), f"certification_authorities: {NAME}"),
    ("generated_key", "RSA-1024", "generated_key: invalid enum value 'RSA-1024'"),
    ("generated_key", KeySpecification.ED25519, "generated_key: key_types or the bounds"),
    ("keystore_encryption", "new", "keystore_encryption: invalid enum value 'new'"),
    ("renewal_days", 0, "renewal_days: expected int >= 1"),
    ("renewal_days", 36526, "renewal_days: expected int <= 36525"),
    ("approvals", {"renewal": 1}, "approvals: unknown: renewal"),
    ("approvals", {ApprovalKind.ISSUE: 21}, "approvals.issue: expected int <= 20"),
]
WRONG_END_ENTITY: list[tuple[str, object, str]] = [
    ("certificate_profiles", frozenset({""}), f"certificate_profiles: {NAME}"),
    ("certification_authorities", frozenset({""}), f"certification_authorities: {NAME}"),
    ("username_pattern", "(", "username_pattern: missing )"),
    ("subject_attributes", {"XX": 1}, "subject_attributes: unknown: XX"),
    ("subject_required", frozenset({"XX"}), "subject_required: unknown: XX"),
    ("alternative_names", {"DNSNAME": 101}, "alternative_names.DNSNAME: expected int <= 100"),
    ("alternative_names_required", frozenset({"XX"}), "alternative_names_required: unknown: XX"),
    ("email", "maybe", "email: invalid enum value 'maybe'"),
    ("approvals", {ApprovalKind.END_ENTITY: -1}, "approvals.endentity: expected int >= 0"),
]
UNBOUNDED = {
    "distinct_keys", "chosen_serial_number", "key_recovery", "renewal_same_key", "unproven_keys",
}  # fmt: skip
"""Fields that are true or false, each in any profile."""


@pytest.mark.parametrize(("field", "value", "text"), WRONG_CERTIFICATE)
def test_no_certificate_profile_breaks_a_bound(field: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidProfile) as error:
        replace(CERTIFICATE, **{field: value})
    assert str(error.value).startswith(f"profile: {text}")
    assert error.value.path[0] == field
    assert isinstance(error.value, ConfigurationError)


@pytest.mark.parametrize(("field", "value", "text"), WRONG_END_ENTITY)
def test_no_end_entity_profile_breaks_a_bound(field: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidProfile) as error:
        replace(END_ENTITY, **{field: value})
    assert str(error.value).startswith(f"profile: {text}")


def test_every_field_is_bounded() -> None:
    assert {field.name for field in fields(CERTIFICATE)} - UNBOUNDED == {field for field, _, _ in WRONG_CERTIFICATE}
    assert {field.name for field in fields(END_ENTITY)} == {field for field, _, _ in WRONG_END_ENTITY}


def test_the_ends_of_a_range_are_in_it() -> None:
    for days in (1, 36525):
        assert replace(CERTIFICATE, validity_days=days, renewal_days=days).renewal_days == days
    for count in (0, 100):
        counted = replace(CERTIFICATE, subject_attributes={"CN": count}).subject_attributes
        assert counted == {"CN": count}


def test_an_rsa_minimum_over_the_maximum_is_none() -> None:
    with pytest.raises(InvalidProfile, match="rsa_min_bits is over rsa_max_bits"):
        replace(CERTIFICATE, rsa_min_bits=4096, rsa_max_bits=3072)
