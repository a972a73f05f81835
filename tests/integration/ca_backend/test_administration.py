"""What operators do: the schema, keystores' certificates, roles, end entities."""

from dataclasses import replace as changed
from datetime import timedelta

import pytest
from cryptography import x509
from sqlalchemy import select

from lockgate.administration.authorities import RefusedByCa
from lockgate.reasons import Reason
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_ca_backend.store import tables
from lockgate_persistence.migrating import SchemaState, state
from tests.integration.ca_backend.conftest import USER, Deployment
from tests.support.pki.certificate_requests import roca_key, spki
from tests.support.pki.identities import (
    ec_key,
    rsa_key,
)


class TestSetUp:
    def test_the_schema_is_current_and_a_second_time_changes_nothing(self, deployment: Deployment) -> None:
        assert state(deployment.engine, CERTIFICATION_AUTHORITY) is SchemaState.CURRENT
        own = changed(CERTIFICATE_PROFILES["ENDUSER"], validity_days=7)
        deployment.administration.put_profile("ENDUSER", own)
        deployment.administration.initialise()
        certificate = deployment.issue()
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=7, seconds=-1)


class TestKeystoreCertificates:
    @pytest.mark.parametrize(("profile", "usage"), [("RA", "1.3.6.1.5.5.7.3.28"), ("WORKER", "1.3.6.1.5.5.7.3.27")])
    def test_ra_and_worker(self, deployment: Deployment, profile: str, usage: str) -> None:
        issued = deployment.administration.issue_keystore_certificate(
            "ra", "CN=ra,O=Example", spki(rsa_key(1)), ca_name="ManagementCA", certificate_profile=profile
        )
        extensions = x509.load_der_x509_certificate(issued.certificate).extensions
        bits = extensions.get_extension_for_class(x509.KeyUsage).value
        assert bits.digital_signature
        assert bits.key_encipherment
        (only,) = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert only.dotted_string == usage

    @pytest.mark.parametrize(
        ("subject", "key", "profile", "reason"),
        [
            ("O=Example", spki(rsa_key(1)), "RA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(ec_key(1)), "RA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(rsa_key(1)), "ENDUSER", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(rsa_key(1)), "SUBCA", Reason.PROFILE_VIOLATION),
            ("CN=ra", spki(roca_key()), "RA", Reason.WEAK_KEY),
        ],
        ids=["no CN", "EC key", "ENDUSER", "SUBCA", "ROCA"],
    )
    def test_the_same_rules_hold(
        self, deployment: Deployment, subject: str, key: bytes, profile: str, reason: Reason
    ) -> None:
        with pytest.raises(RefusedByCa) as refused:
            deployment.administration.issue_keystore_certificate(
                "ra", subject, key, ca_name="ManagementCA", certificate_profile=profile
            )
        assert refused.value.rejected.reason is reason


class TestRoles:
    def test_they_come_back(self, deployment: Deployment) -> None:
        roles = [
            Role("A", frozenset({ADMINISTRATOR, "/ca/ManagementCA"}), frozenset({Member("a" * 64)})),
            Role("B", frozenset(), frozenset({Member("b" * 64), Member("c" * 64)})),
        ]
        for role in roles:
            deployment.administration.put_role(role)
        assert deployment.administration.roles() == roles

    def test_putting_one_again_replaces_it(self, deployment: Deployment) -> None:
        deployment.administration.put_role(Role("A", frozenset({ADMINISTRATOR}), frozenset({Member("a" * 64)})))
        deployment.administration.put_role(Role("A", frozenset()))
        assert deployment.administration.roles() == [Role("A", frozenset())]


class TestEndEntities:
    def test_one_is_put_by_its_profiles(self, deployment: Deployment) -> None:
        deployment.administration.put_end_entity(USER, "open sesame")
        with deployment.ca.transaction(deployment.fence()) as work:
            assert work.end_entities.get("user") == USER
        with pytest.raises(RefusedByCa):
            deployment.administration.put_end_entity(
                type(USER)(**{field: getattr(USER, field) for field in USER.__slots__} | {"ca_name": "None"})
            )

    def test_passwords_are_not_stored(self, deployment: Deployment) -> None:
        deployment.administration.put_end_entity(USER, "sesame open")
        with deployment.engine.begin() as connection:
            (row,) = connection.execute(select(tables.end_entity)).all()
        assert "sesame" not in str(row)
        assert row.passwordhash.startswith("$argon2id$")

    def test_a_new_password_gives_all_attempts_back(self, deployment: Deployment) -> None:
        for password in ("first donkey", "second donkey"):
            deployment.administration.put_end_entity(USER, password)
            for _ in range(5):
                with deployment.ca.transaction(deployment.fence()) as work:
                    work.end_entities.check_password("user", "wrong donkey")
        deployment.administration.put_end_entity(USER, "third donkey")
        with deployment.ca.transaction(deployment.fence()) as work:
            assert work.end_entities.check_password("user", "third donkey") is None
