"""What the CA issues and what it refuses, through its ports, with real profiles, keys and a database."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

from lockgate.administration.authorities import CaStatus
from lockgate.certification.endentity import IssuedCertificate
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import Conflict, KeystoreError
from lockgate.names.altname import parse_alt_name
from lockgate.names.dn import parse_dn
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.reasons import Reason, Rejected
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.facilities import Facilities, KeyRules
from lockgate_ca_backend.key_sealing import KeySealer
from lockgate_ca_backend.registry.sql_registry import SqlRegistry
from lockgate_ca_backend.store.authorities import AuthorityTable, IssuerCache, NewGeneration
from lockgate_formats.public_keys import read_key
from tests.contract.registries import SECRET
from tests.integration.ca_backend.conftest import Deployment
from tests.support.pki.certificate_requests import close_primes_key, roca_key, sharing_keys, spki
from tests.support.pki.identities import ec_key, name, rsa_key

ED25519 = ed25519.Ed25519PrivateKey.generate().public_key()
ED25519_SPKI = ED25519.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def rejection(outcome: IssuedCertificate | Rejected, reason: Reason) -> str:
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    return outcome.detail


def with_profile(deployment: Deployment, **fields: Any) -> None:
    """Change the profile ENDUSER or EMPTY, whichever has the fields."""
    if fields.keys() <= set(CertificateProfile.__dataclass_fields__):
        deployment.administration.put_profile("ENDUSER", replace(CERTIFICATE_PROFILES["ENDUSER"], **fields))
    else:
        deployment.administration.put_profile("EMPTY", replace(END_ENTITY_PROFILES["EMPTY"], **fields))


def store_ca(deployment: Deployment, ca_name: str, first_day: int, days: int) -> None:
    """Put a CA into the store whose certificate is valid for `days`, beginning `first_day` days from now."""
    key = ec_key(8)
    with deployment.ca.transaction(deployment.fence()) as work:
        now = work.now()
    start = now + timedelta(days=first_day)
    builder = make_builder(ca_name, key, start, start + timedelta(days=days))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    sealer = KeySealer(SECRET)
    new = NewGeneration(ca_name, 1, "f" * 64, "e" * 64, certificate, (), sealer.seal(key, ca_name, spki(key)))
    with deployment.engine.begin() as connection:
        AuthorityTable(connection, IssuerCache(sealer)).add(new, 0)


def make_builder(
    ca_name: str, key: ec.EllipticCurvePrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(ca_name))
        .issuer_name(name(ca_name))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )


def test_what_stands_in_a_certificate(deployment: Deployment) -> None:
    certificate = deployment.issue(spki(rsa_key(1)))
    assert certificate.version is x509.Version.v3
    assert certificate.subject.rfc4514_string() == "CN=Åsa,OU=Unit,O=Example,C=SE"
    assert certificate.issuer.rfc4514_string() == "CN=ManagementCA,O=Example,C=SE"
    critical = {extension.oid._name: extension.critical for extension in certificate.extensions}
    assert critical == {
        "subjectKeyIdentifier": False,
        "keyUsage": True,
        "authorityKeyIdentifier": False,
        "basicConstraints": True,
        "extendedKeyUsage": False,
        "subjectAltName": False,
    }
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.key_encipherment
    assert not any((usage.key_cert_sign, usage.crl_sign, usage.content_commitment, usage.data_encipherment))
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [Eku.CLIENT_AUTH, Eku.EMAIL_PROTECTION]


def test_serial_numbers_have_twenty_random_octets(deployment: Deployment) -> None:
    numbers = [deployment.issue().serial_number for _ in range(20)]
    assert len(set(numbers)) == 20
    assert all(number.bit_length() == 159 for number in numbers)
    assert all((first ^ second).bit_length() > 140 for first, second in pairwise(numbers))


def test_the_validity_comes_from_the_profile_and_the_databases_clock(deployment: Deployment) -> None:
    with_profile(deployment, validity_days=10, backdate_seconds=60)
    with deployment.ca.transaction(deployment.fence()) as work:
        now = work.now()
    certificate = deployment.issue()
    assert timedelta(0) <= certificate.not_valid_before_utc + timedelta(seconds=61) - now < timedelta(minutes=1)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=10, seconds=-1)


def test_no_certificate_begins_before_or_outlives_its_issuer(deployment: Deployment) -> None:
    with_profile(deployment, validity_days=36525, backdate_seconds=86400)
    (root,) = deployment.administration.certification_authorities()
    issuer = x509.load_der_x509_certificate(root.certificate)
    certificate = deployment.issue()
    assert certificate.not_valid_after_utc == issuer.not_valid_after_utc
    assert certificate.not_valid_before_utc == issuer.not_valid_before_utc


def test_pointers_and_policies_stand_in_the_certificate(deployment: Deployment) -> None:
    with_profile(
        deployment,
        crl_distribution_points=("http://example.org/a{generation}.crl", "ldap://example.org/b"),
        freshest_crl=("http://example.org/a{generation}-delta.crl",),
        ocsp=("http://ocsp.example.org",),
        ca_issuers=("http://example.org/ca.cer",),
        certificate_policies=("1.3.6.1.4.1.99999.1",),
        extended_key_usage=("serverAuth", "1.2.3.4"),
    )
    extensions = deployment.issue().extensions
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [point.full_name[0].value for point in points if point.full_name] == [
        "http://example.org/a.crl",
        "ldap://example.org/b",
    ]
    (freshest,) = extensions.get_extension_for_class(x509.FreshestCRL).value
    assert freshest.full_name is not None
    assert freshest.full_name[0].value == "http://example.org/a-delta.crl"
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [(description.access_method._name, description.access_location.value) for description in access] == [
        ("OCSP", "http://ocsp.example.org"),
        ("caIssuers", "http://example.org/ca.cer"),
    ]
    policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == ["1.3.6.1.4.1.99999.1"]
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in usages] == [Eku.SERVER_AUTH.dotted_string, "1.2.3.4"]


def test_alternative_names_stand_in_the_certificate(deployment: Deployment) -> None:
    names = parse_alt_name(
        "DNSNAME=*.example.org,RFC822NAME=a@example.org,IPADDRESS=2001:db8::1,URI=https://example.org,UPN=å@example.org"
    )
    extension = deployment.issue(subject_alt_name=names).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    *others, upn = extension.value
    assert [other.value for other in others] == [
        *("*.example.org", "a@example.org", ip_address("2001:db8::1"), "https://example.org")
    ]
    assert isinstance(upn, x509.OtherName)
    assert upn.value == b"\x0c\x0e" + "å@example.org".encode()


def test_an_empty_subject_makes_the_alternative_name_critical(deployment: Deployment) -> None:
    certificate = deployment.issue(subject_dn=parse_dn(""))
    assert certificate.subject == x509.Name([])
    assert certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


@pytest.mark.parametrize(
    ("public_key", "encipherment"),
    [(spki(rsa_key(1)), True), (spki(ec_key(1)), False), (ED25519_SPKI, False)],
    ids=["RSA", "P-256", "Ed25519"],
)
def test_key_usages_fit_the_key(deployment: Deployment, public_key: bytes, encipherment: bool) -> None:
    usage = deployment.issue(public_key).extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.key_encipherment is encipherment


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"certificate_profiles": frozenset({"OTHER"})}, "certificate_profile"),
        ({"certification_authorities": frozenset({"OTHER"})}, "ca_name"),
        ({"certification_authorities": frozenset({"OTHER"}), "validity_days": 1}, "ca_name"),
        ({"username_pattern": "[0-9]+"}, "username"),
        ({"subject_attributes": {"CN": 1}, "email": "allowed"}, "subject_dn"),
        ({"subject_attributes": {"CN": 1}, "validity_days": 1}, "subject_dn"),
        ({"subject_required": frozenset({"SERIALNUMBER"})}, "subject_dn"),
        ({"alternative_names": {}, "email": "allowed"}, "subject_alt_name"),
        ({"alternative_names": {}, "validity_days": 1}, "subject_alt_name"),
        ({"alternative_names_required": frozenset({"UPN"})}, "subject_alt_name"),
        ({"email": "required"}, "email"),
        ({"key_types": frozenset({"RSA"})}, "type P-256"),
        ({"key_usage": frozenset({"keyEncipherment"})}, "key usages"),
    ],
)
def test_every_profile_field_is_enforced(deployment: Deployment, fields: dict[str, object], detail: str) -> None:
    deployment.issue()
    with_profile(deployment, **fields)
    assert detail in rejection(deployment.attempt(), Reason.PROFILE_VIOLATION)


def test_key_sizes_are_enforced(deployment: Deployment) -> None:
    with_profile(deployment, rsa_min_bits=3072, rsa_max_bits=3072)
    assert "RSA" in rejection(deployment.attempt(spki(rsa_key(1))), Reason.PROFILE_VIOLATION)
    deployment.issue(spki(rsa_key(2, 3072)))


def test_a_changed_profile_counts_at_once(deployment: Deployment) -> None:
    for days in (10, 20):
        with_profile(deployment, validity_days=days)
        certificate = deployment.issue()
        lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert lifetime == timedelta(days=days, seconds=-1)


def test_names_that_do_not_fit_their_string_type(deployment: Deployment) -> None:
    outcome = deployment.attempt(subject_dn=parse_dn("CN=user,C=se"))
    assert "C: two capital letters" in rejection(outcome, Reason.PROFILE_VIOLATION)


@pytest.mark.parametrize("profile", ["RA", "WORKER", "SUBCA", "ROOTCA"])
def test_the_profile_empty_gives_no_keystores_and_no_cas(deployment: Deployment, profile: str) -> None:
    outcome = deployment.attempt(spki(rsa_key(1)), certificate_profile=profile)
    assert "certificate_profile" in rejection(outcome, Reason.PROFILE_VIOLATION)


class TestKeys:
    @pytest.mark.parametrize(
        "weak",
        [spki(roca_key()), spki(close_primes_key()), spki(ec_key(9, ec.SECP256K1))],
        ids=["ROCA", "close primes", "curve"],
    )
    def test_weak_ones_are_refused(self, deployment: Deployment, weak: bytes) -> None:
        rejection(deployment.attempt(weak), Reason.WEAK_KEY)

    def test_what_is_no_key_cannot_be_read(self, deployment: Deployment) -> None:
        rejection(deployment.attempt(b"no key"), Reason.BAD_CERTIFICATE_REQUEST)

    def test_a_prime_shared_with_an_earlier_key(self, deployment: Deployment) -> None:
        first, second = sharing_keys()
        deployment.issue(spki(first))
        assert "shares a prime" in rejection(deployment.attempt(spki(second)), Reason.WEAK_KEY)
        deployment.issue(spki(first))

    def test_a_prime_shared_with_a_key_of_another_process(self, deployment: Deployment) -> None:
        first, second = sharing_keys()
        deployment.issue(spki(first))
        other = Deployment(deployment.engine)
        assert "shares a prime" in rejection(other.attempt(spki(second)), Reason.WEAK_KEY)

    def test_primes_shared_by_old_keys_are_found_later(self, deployment: Deployment) -> None:
        careless = Deployment(deployment.engine, KeyRules(compared_moduli=0))
        for key in (*sharing_keys(), rsa_key(1), ec_key(1)):
            careless.issue(spki(key))
        assert len(deployment.administration.certificates_with_shared_primes()) == 2

    def test_the_operators_blocklist(self, deployment: Deployment) -> None:
        key = read_key(spki(ec_key(1)))
        assert not isinstance(key, Rejected)
        strict = Deployment(deployment.engine, KeyRules(frozenset({key.digest})))
        assert "blocklist" in rejection(strict.attempt(), Reason.WEAK_KEY)

    def test_a_cas_own_key(self, deployment: Deployment) -> None:
        (root,) = deployment.administration.certification_authorities()
        key = x509.load_der_x509_certificate(root.certificate).public_key()
        public_key = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert "CA's own" in rejection(deployment.attempt(public_key), Reason.WEAK_KEY)

    def test_end_entities_may_share_a_key_unless_the_profile_forbids_it(self, deployment: Deployment) -> None:
        deployment.issue(username="first")
        deployment.issue(username="second")
        with_profile(deployment, distinct_keys=True)
        assert "another end entity" in rejection(deployment.attempt(username="third"), Reason.WEAK_KEY)
        deployment.issue(spki(ec_key(2)), username="third")
        deployment.issue(spki(ec_key(2)), username="third")
        rejection(deployment.attempt(spki(ec_key(2)), username="fourth"), Reason.WEAK_KEY)

    def test_the_key_of_an_ra_belongs_to_it_alone(self, deployment: Deployment) -> None:
        deployment.administration.issue_keystore_certificate(
            "ra", "CN=ra", spki(rsa_key(1)), ca_name="ManagementCA", certificate_profile="RA"
        )
        # The batch fails as a whole, the retry refuses the one request.
        with pytest.raises(Conflict):
            deployment.attempt(spki(rsa_key(1)))
        assert "another end entity" in rejection(deployment.attempt(spki(rsa_key(1))), Reason.WEAK_KEY)
        deployment.issue(spki(rsa_key(1)), username="ra")

    def test_a_compromised_key_is_never_certified_again(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        deployment.administration.revoke(
            RevocationReason.KEY_COMPROMISE, ca_name="ManagementCA", serial_number=certificate.serial_number
        )
        with pytest.raises(Conflict):
            deployment.attempt()
        assert "compromised" in rejection(deployment.attempt(), Reason.WEAK_KEY)


class TestWhenACaDoesNotSign:
    def test_it_is_offline(self, deployment: Deployment) -> None:
        deployment.administration.set_ca_status("ManagementCA", CaStatus.OFFLINE)
        rejection(deployment.attempt(), Reason.CA_NOT_ACTIVE)
        deployment.administration.set_ca_status("ManagementCA", CaStatus.ACTIVE)
        deployment.issue()

    @pytest.mark.parametrize(("first_day", "days"), [(-20, 10), (10, 10)], ids=["ended", "not begun"])
    def test_its_certificate_is_not_valid(self, deployment: Deployment, first_day: int, days: int) -> None:
        store_ca(deployment, "Old", first_day, days)
        rejection(deployment.attempt(ca_name="Old"), Reason.CA_NOT_ACTIVE)

    def test_a_ca_stored_like_that_signs_while_it_is_valid(self, deployment: Deployment) -> None:
        store_ca(deployment, "Old", -20, 30)
        assert deployment.issue(ca_name="Old").issuer == name("Old")


@pytest.mark.parametrize("unknown", ["", "managementca", "ManagementCA ", "x" * 255])
def test_unknown_cas(deployment: Deployment, unknown: str) -> None:
    rejection(deployment.attempt(ca_name=unknown), Reason.UNKNOWN_CA)


def test_the_secret_of_another_installation_signs_nothing(deployment: Deployment) -> None:
    other = Deployment(deployment.engine)
    other.ca = SqlRegistry(deployment.engine, Facilities.under(SECRET + b"!"))
    with pytest.raises(KeystoreError):
        other.attempt()


def test_unused_profile_kinds_are_unknown(deployment: Deployment) -> None:
    rejection(deployment.attempt(certificate_profile="EMPTY"), Reason.UNKNOWN_PROFILE)
    rejection(deployment.attempt(end_entity_profile="ENDUSER"), Reason.UNKNOWN_PROFILE)
