"""Profile documents are read strictly, and written the same for equal profiles."""

import hashlib

import pytest

from lockgate.errors import ConfigurationError
from lockgate.names.keyspec import KeySpecification
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate.rights.approval import ApprovalKind
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_formats.profiles import profile_of, read_profile, values_of, write_profile

EMPTY = END_ENTITY_PROFILES["EMPTY"]
EVERY_FIELD = CertificateProfile(
    validity_days=30,
    backdate_seconds=0,
    key_usage=frozenset({"keyCertSign", "cRLSign", "digitalSignature"}),
    extended_key_usage=("serverAuth", "1.2.3.4", "clientAuth"),
    certification_authority=True,
    path_length=2,
    key_types=frozenset({"RSA", "Ed25519", "P-256"}),
    rsa_min_bits=3072,
    rsa_max_bits=4096,
    distinct_keys=True,
    subject_attributes={"O": 1, "CN": 2},
    alternative_names={"IPADDRESS": 3, "DNSNAME": 4},
    certificate_policies=("2.5.29.32.0",),
    crl_distribution_points=("http://example.org/ca{generation}.crl",),
    freshest_crl=("http://example.org/delta.crl",),
    ocsp=("https://ocsp.example.org/",),
    ca_issuers=("ldap://example.org/",),
    certification_authorities=frozenset({"B", "A", "Ä"}),
    generated_key=KeySpecification.P_256,
    keystore_encryption="legacy",
    chosen_serial_number=True,
    key_recovery=True,
    renewal_days=20,
    renewal_same_key=True,
    unproven_keys=True,
    approvals={ApprovalKind.REVOCATION: 1, ApprovalKind.ISSUE: 2},
)
STORED = (
    b'{"validity_days":30,"backdate_seconds":0,"key_usage":["cRLSign","digitalSignature","keyCertSign"],'
    b'"extended_key_usage":["serverAuth","1.2.3.4","clientAuth"],"certification_authority":true,"path_length":2,'
    b'"key_types":["Ed25519","P-256","RSA"],"rsa_min_bits":3072,"rsa_max_bits":4096,"distinct_keys":true,'
    b'"subject_attributes":{"CN":2,"O":1},"alternative_names":{"DNSNAME":4,"IPADDRESS":3},'
    b'"certificate_policies":["2.5.29.32.0"],"crl_distribution_points":["http://example.org/ca{generation}.crl"],'
    b'"freshest_crl":["http://example.org/delta.crl"],"ocsp":["https://ocsp.example.org/"],'
    b'"ca_issuers":["ldap://example.org/"],"certification_authorities":["A","B","\xc3\x84"],"generated_key":"P-256",'
    b'"keystore_encryption":"legacy","chosen_serial_number":true,"key_recovery":true,"renewal_days":20,'
    b'"renewal_same_key":true,"unproven_keys":true,"approvals":{"issue":2,"revocation":1}}'
)
DIGESTS = {
    "certificate ENDUSER": "c7d9606eb6e8bb2775b4a6838b96896300e4ee00ba4c35152facb59501887302",
    "certificate SERVER": "8baffc8f539ecc714dfe64d30dec5e541fa98531c5f0764e045266540e2f0df4",
    "certificate ROOTCA": "6e83b99b911cb5ab15eb0b7c5a6d691da5262b0d345e27c29197aeed2e0b171e",
    "certificate SUBCA": "859512ffb6d8f9109cd0ea819fcd6ee150a2e805397cbcb09b6b9df2b178c8f8",
    "certificate RA": "5d8eca6e071d1584607080d5d992fc7d1b617bf3e0aaa4a0e230bfad4eea491f",
    "certificate WORKER": "1e90fcd76adce0a4bcddc4c1cc6b378fff63e83e3240f58ecb6b78d6f1a44f42",
    "certificate KGA": "0dc3bd94002ef7ae372fa9820a2d9d7b1a6fc401a94345dfbfe409f422ef5787",
    "end-entity EMPTY": "791eaaadd4ceda7fab9a69f2459f401b0e1476371a0b60fc7fc1e45c3da24f8e",
    "end-entity SERVER": "cdea480cadb57eb83bf2fcb61e033e49933817fad8578beb4d653f05bc4b61a8",
    "end-entity SERVICE": "b1cdb30b55715d277ee9849cf6b33cda8ecec150fcf44e2fde01b1599eb7c4f5",
}
"""SHA-256 over the documents of the built-in profiles, as databases hold them. A profile that changes gets another."""


def test_a_document_is_the_one_that_databases_hold() -> None:
    assert write_profile(EVERY_FIELD) == STORED
    assert read_profile(CertificateProfile, STORED) == EVERY_FIELD


@pytest.mark.parametrize("name", DIGESTS)
def test_the_digests_of_the_built_in_profiles_stay(name: str) -> None:
    kind, _, own = name.partition(" ")
    profile = CERTIFICATE_PROFILES[own] if kind == "certificate" else END_ENTITY_PROFILES[own]
    assert hashlib.sha256(write_profile(profile)).hexdigest() == DIGESTS[name]


@pytest.mark.parametrize("profile", [EVERY_FIELD, EMPTY])
def test_plain_values_are_read_as_they_were_written(profile: CertificateProfile | EndEntityProfile) -> None:
    assert profile_of(type(profile), values_of(profile)) == profile


@pytest.mark.parametrize("profile", [*CERTIFICATE_PROFILES.values(), *END_ENTITY_PROFILES.values()])
def test_a_document_is_read_as_it_was_written(profile: CertificateProfile | EndEntityProfile) -> None:
    assert read_profile(type(profile), write_profile(profile)) == profile  # type: ignore[type-var]


def test_empty_allows_no_keystores() -> None:
    assert EMPTY.certificate_profiles == {"ENDUSER"}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (b"", "profile"),
        (b"[]", "profile"),
        (b"{}", "validity_days"),
        (b'{"validity_days": "1"}', "validity_days"),
        (b'{"validity_days": 0}', "validity_days"),
        (b'{"validity_days": 1, "backdate_seconds": -1}', "backdate_seconds"),
        (b'{"validity_days": 1, "validity": 1}', "validity"),
        (b'{"validity_days": 1, "key_usage": ["sign"]}', "key_usage"),
        (b'{"validity_days": 1, "key_usage": []}', "key_usage"),
        (b'{"validity_days": 1, "key_types": []}', "key_types"),
        (b'{"validity_days": 1, "key_types": ["DSA"]}', "key_types"),
        (b'{"validity_days": 1, "extended_key_usage": ["any"]}', "extended_key_usage"),
        (b'{"validity_days": 1, "certification_authority": true}', "keyCertSign"),
        (b'{"validity_days": 1, "key_usage": ["keyCertSign"]}', "keyCertSign"),
        (b'{"validity_days": 1, "path_length": 1}', "path_length"),
        (b'{"validity_days": 1, "rsa_min_bits": 1024}', "rsa_min_bits"),
        (b'{"validity_days": 1, "rsa_min_bits": 4096, "rsa_max_bits": 3072}', "rsa_min_bits"),
        (b'{"validity_days": 1, "subject_attributes": {"XX": 1}}', "subject_attributes"),
        (b'{"validity_days": 1, "alternative_names": {"dns": 1}}', "alternative_names"),
        (b'{"validity_days": 1, "certificate_policies": ["1"]}', "certificate_policies"),
        (b'{"validity_days": 1, "crl_distribution_points": ["ftp://example.org"]}', "crl_distribution_points"),
        (b'{"validity_days": 1, "ocsp": ["http://example.org/ x"]}', "ocsp"),
        (b'{"validity_days": 1, "ca_issuers": ["x"]}', "ca_issuers"),
    ],
)
def test_wrong_certificate_profiles_are_refused(document: bytes, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        read_profile(CertificateProfile, document)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (b"{}", "certificate_profiles"),
        (b'{"certificate_profiles": ["A"], "username_pattern": "("}', "username_pattern"),
        (b'{"certificate_profiles": ["A"], "subject_required": ["XX"]}', "subject_required"),
        (b'{"certificate_profiles": ["A"], "subject_attributes": {"CN": -1}}', "subject_attributes"),
        (b'{"certificate_profiles": ["A"], "alternative_names_required": ["X"]}', "alternative_names_required"),
        (b'{"certificate_profiles": ["A"], "email": "maybe"}', "email"),
    ],
)
def test_wrong_end_entity_profiles_are_refused(document: bytes, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        read_profile(EndEntityProfile, document)
