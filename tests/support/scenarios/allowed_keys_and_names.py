"""Profiles that allow few keys or names, by what they allow in words."""

from collections.abc import Mapping
from typing import Any

from lockgate.names.keyspec import KeySpecification
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES

ENDUSER, EMPTY = CERTIFICATE_PROFILES["ENDUSER"], EndEntityProfile(certificate_profiles=frozenset({"ENDUSER"}))
ALLOWED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "what is usual": ({}, {}),
    "keys for signatures and agreement": ({}, {"key_usage": frozenset({"digitalSignature", "keyAgreement"})}),
    "keys for encryption alone": ({}, {"key_usage": frozenset({"keyEncipherment"})}),
    "P-256 alone": ({}, {"key_types": frozenset({"P-256"})}),
    "P-384 by the CA's choice": ({}, {"generated_key": KeySpecification.P_384}),
    "long RSA keys": ({}, {"key_types": frozenset({"RSA"}), "rsa_min_bits": 8192}),
    "RSA up to 3072 bits": ({}, {"key_types": frozenset({"RSA"}), "rsa_max_bits": 3072}),
    "few names": ({"subject_attributes": {"CN": 1, "O": 1, "C": 1}, "alternative_names": {"DNSNAME": 1}}, {}),
    "few names, for P-256 alone": (
        {"subject_attributes": {"CN": 1, "O": 1, "C": 1}, "alternative_names": {"DNSNAME": 1}},
        {"key_types": frozenset({"P-256"})},
    ),
    "names in both profiles": (
        {"subject_attributes": {"CN": 1, "O": 1, "OU": 0}, "alternative_names": {"DNSNAME": 1, "IPADDRESS": 1}},
        {"subject_attributes": {"CN": 1, "OU": 1}, "alternative_names": {"IPADDRESS": 2, "UPN": 1}},
    ),
    "required names": (
        {
            "subject_required": frozenset({"SERIALNUMBER", "CN"}),
            "alternative_names_required": frozenset({"RFC822NAME"}),
        },
        {},
    ),
    "alternative names alone": ({"subject_attributes": {}, "alternative_names": {"DNSNAME": 3}}, {}),
    "no alternative names": (
        {"alternative_names": {}},
        {
            "extended_key_usage": (),
            "key_types": frozenset({"P-256", "P-384"}),
            "key_usage": frozenset({"keyAgreement"}),
        },
    ),
}
"""What the end entity profile and the certificate profile say otherwise than usual."""
