"""What operators change: profiles, roles and end entities by their rules, CRLs where due; all of it is audited."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lockgate.administration.authorities import RefusedByCa
from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.revocation import RevocationReason
from lockgate.errors import CallerError
from lockgate.profiles.profile_set import ProfileKind, ProfileSet
from lockgate.rights.authorization import ADMINISTRATOR, Member, Role
from lockgate_ca_backend.administration import ProfileChange
from lockgate_ca_backend.builtin_profiles import CERTIFICATE_PROFILES, END_ENTITY_PROFILES
from lockgate_ca_backend.inspection import Inspection
from lockgate_ca_backend.store import tables
from tests.integration.ca_backend.conftest import USER, Deployment, event_count, revoke
from tests.support.pki.certificate_requests import spki
from tests.support.pki.identities import ec_key
from tests.support.pki.judges import revoked

ENDUSER, EMPTY = CERTIFICATE_PROFILES["ENDUSER"], END_ENTITY_PROFILES["EMPTY"]
RULES = frozenset({ADMINISTRATOR, "/ca/ManagementCA", "/endentityprofile/EMPTY", "/action/create"})


def last_entry(deployment: Deployment) -> tuple[str, str, str, dict[str, str]]:
    with deployment.engine.begin() as connection:
        row = connection.execute(select(tables.audit).order_by(tables.audit.c.sequence.desc()).limit(1)).one()
    return row.event, row.who, row.target, json.loads(row.details)


def password_hash(deployment: Deployment, username: str) -> str | None:
    with deployment.engine.begin() as connection:
        column = tables.end_entity.c.passwordhash
        found = connection.execute(select(column).where(tables.end_entity.c.username == username)).scalar_one()
    return None if found is None else str(found)


class TestProfiles:
    def test_a_set_is_added_compared_and_replaced(self, deployment: Deployment) -> None:
        new = ProfileSet({"ENDUSER": ENDUSER, "NEW": ENDUSER}, {"EMPTY": EMPTY})
        put = deployment.administration.put_profiles(new)
        assert [(profile.name, profile.change) for profile in put] == [
            ("ENDUSER", ProfileChange.UNCHANGED),
            ("NEW", ProfileChange.ADDED),
            ("EMPTY", ProfileChange.UNCHANGED),
        ]
        assert last_entry(deployment)[0::2][:2] == ("profile.changed", "NEW")
        other = ProfileSet({"NEW": replace(ENDUSER, validity_days=1)})
        (replaced,) = deployment.administration.put_profiles(other, replace=True)
        assert replaced.change is ProfileChange.REPLACED
        assert Inspection(deployment.engine).profiles().certificate["NEW"].validity_days == 1

    def test_without_replace_nothing_is_written(self, deployment: Deployment) -> None:
        before = Inspection(deployment.engine).profiles()
        entries = event_count(deployment, "profile.changed")
        mixed = ProfileSet({"NEW": ENDUSER, "ENDUSER": replace(ENDUSER, validity_days=1)})
        with pytest.raises(CallerError, match="says something else: certificate profile ENDUSER"):
            deployment.administration.put_profiles(mixed)
        assert Inspection(deployment.engine).profiles() == before
        assert event_count(deployment, "profile.changed") == entries

    def test_what_is_in_use_stays(self, deployment: Deployment) -> None:
        administration = deployment.administration
        administration.put_profiles(
            ProfileSet({"OLD": ENDUSER}, {"OLDER": replace(EMPTY, certificate_profiles=frozenset({"OLD"}))})
        )
        user = replace(USER, end_entity_profile="OLDER", certificate_profile="OLD")
        administration.put_end_entity(user)
        for kind, name, reason in (
            (ProfileKind.CERTIFICATE, "OLD", "in use: end entity user"),
            (ProfileKind.END_ENTITY, "OLDER", "in use: end entity user"),
            (ProfileKind.END_ENTITY, "NONE", "no end entity profile NONE"),
            (ProfileKind.CERTIFICATE, "ENDUSER", "in use: end entity profile EMPTY"),
        ):
            with pytest.raises(CallerError, match=reason):
                administration.delete_profile(kind, name)
        administration.put_end_entity(USER)
        administration.delete_profile(ProfileKind.END_ENTITY, "OLDER")
        administration.delete_profile(ProfileKind.CERTIFICATE, "OLD")
        event, _, target, details = last_entry(deployment)
        assert (event, target, details["digest"]) == ("profile.changed", "OLD", "removed")
        with pytest.raises(RefusedByCa):
            administration.put_end_entity(user)


class TestNames:
    @pytest.mark.parametrize("name", ["a/b", "*", "/", "", "a\u200bb", "x" * 256])
    def test_what_access_rules_would_misread(self, deployment: Deployment, name: str) -> None:
        with pytest.raises(CallerError, match="the name of a"):
            deployment.administration.create_ca(name, "CN=x", key="P-256")
        with pytest.raises(CallerError, match="the name of a"):
            deployment.administration.put_profiles(ProfileSet({}, {name: EMPTY}))


class TestRoles:
    def test_added_edited_and_removed(self, deployment: Deployment) -> None:
        administration = deployment.administration
        first, second = Member("a" * 64), Member("b" * 64)
        administration.add_role(Role("Desk", RULES, frozenset({first})))
        assert last_entry(deployment)[3] == {
            "rules": "/action/create /administrator /ca/ManagementCA /endentityprofile/EMPTY",
            "members": "1",
            "joined": f"certificate {'a' * 64}",
            "left": "",
        }
        with pytest.raises(CallerError, match="role Desk already"):
            administration.add_role(Role("Desk", RULES))
        edited = administration.edit_role("Desk", lambda role: replace(role, members=frozenset({second})))
        assert administration.roles() == [edited] == [Role("Desk", RULES, frozenset({second}))]
        details = last_entry(deployment)[3]
        assert (details["joined"], details["left"]) == (f"certificate {'b' * 64}", f"certificate {'a' * 64}")
        administration.remove_role("Desk")
        assert administration.roles() == []
        assert last_entry(deployment)[3]["removed"] == "yes"
        for act in (administration.remove_role, lambda name: administration.edit_role(name, lambda role: role)):
            with pytest.raises(CallerError, match="no role Desk"):
                act("Desk")

    @pytest.mark.parametrize(
        "rule", ["/ca/None", "/ca/", "/endentityprofile/ENDUSER", "/action/revoke", "/action/", "/ca/managementca"]
    )
    def test_a_rule_that_names_nothing(self, deployment: Deployment, rule: str) -> None:
        with pytest.raises(CallerError, match=f"{rule} names no CA"):
            deployment.administration.add_role(Role("Desk", RULES | {rule}))
        deployment.administration.add_role(Role("Desk", RULES))
        with pytest.raises(CallerError, match=f"{rule} names no CA"):
            deployment.administration.edit_role("Desk", lambda role: replace(role, rules=role.rules | {rule}))
        assert deployment.administration.roles() == [Role("Desk", RULES)]

    def test_a_rule_whose_profile_is_gone_can_be_taken_back(self, deployment: Deployment) -> None:
        administration = deployment.administration
        administration.put_profiles(ProfileSet({}, {"GONE": EMPTY}))
        rule = "/endentityprofile/GONE"
        administration.add_role(Role("Desk", RULES | {rule}))
        administration.delete_profile(ProfileKind.END_ENTITY, "GONE")
        administration.edit_role("Desk", lambda role: replace(role, members=frozenset({Member("b" * 64)})))
        edited = administration.edit_role("Desk", lambda role: replace(role, rules=role.rules - {rule}))
        assert edited.rules == RULES


class TestEndEntities:
    def test_adding_never_replaces(self, deployment: Deployment) -> None:
        deployment.administration.add_end_entity(USER, "open sesame")
        with pytest.raises(CallerError, match="end entity user already"):
            deployment.administration.add_end_entity(replace(USER, email="a@example.org"))
        facts = Inspection(deployment.engine).end_entity("user")
        assert facts.end_entity == USER
        assert facts.has_password

    def test_editing_keeps_password_and_attempts_unless_there_is_a_new_one(self, deployment: Deployment) -> None:
        deployment.administration.add_end_entity(USER, "open sesame")
        with deployment.ca.transaction(deployment.fence()) as work:
            work.end_entities.check_password("user", "wrong donkey")
        before = password_hash(deployment, "user")
        edited = deployment.administration.edit_end_entity(
            "user", lambda stored: replace(stored, status=EndEntityStatus.FAILED)
        )
        after = Inspection(deployment.engine).end_entity("user")
        assert edited.status is EndEntityStatus.FAILED
        assert (after.end_entity, password_hash(deployment, "user"), after.attempts) == (edited, before, 4)
        deployment.administration.edit_end_entity("user", lambda stored: stored, "new sesame")
        assert Inspection(deployment.engine).end_entity("user").attempts == 5
        assert last_entry(deployment)[3] == {"password": "set"}
        with deployment.ca.transaction(deployment.fence()) as work:
            assert work.end_entities.check_password("user", "new sesame") is None

    def test_what_cannot_be_edited(self, deployment: Deployment) -> None:
        with pytest.raises(CallerError, match="no end entity user"):
            deployment.administration.edit_end_entity("user", lambda stored: stored)
        deployment.administration.add_end_entity(USER)
        with pytest.raises(RefusedByCa, match="profile"):
            deployment.administration.edit_end_entity(
                "user", lambda end_entity: replace(end_entity, certificate_profile="RA")
            )
        assert Inspection(deployment.engine).end_entity("user").end_entity == USER


class TestCrlsWhereDue:
    def due(
        self, deployment: Deployment, *, lifetime: int = 7, overlap: int = 1, changes_in_delta: bool = False
    ) -> bytes | None:
        return deployment.administration.issue_crl_if_due(
            "ManagementCA", timedelta(days=lifetime), timedelta(days=overlap), changes_in_delta=changes_in_delta
        )

    def test_the_first_one_and_then_none(self, deployment: Deployment) -> None:
        assert self.due(deployment) is not None
        assert self.due(deployment) is None
        assert event_count(deployment, "crl.issued") == 1
        with pytest.raises(CallerError, match="no CA None"):
            deployment.administration.issue_crl_if_due("None")

    def test_before_the_last_one_ends(self, deployment: Deployment) -> None:
        assert self.due(deployment, lifetime=3) is not None
        assert self.due(deployment, overlap=2) is None
        assert self.due(deployment, overlap=3) is not None

    def test_when_what_is_revoked_changes(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        self.due(deployment)
        for reason, expected in (
            (RevocationReason.CERTIFICATE_HOLD, {certificate.serial_number: "certificate_hold"}),
            (RevocationReason.REMOVE_FROM_CRL, None),
            (RevocationReason.CERTIFICATE_HOLD, {certificate.serial_number: "certificate_hold"}),
            (RevocationReason.KEY_COMPROMISE, {certificate.serial_number: "key_compromise"}),
        ):
            revoke(deployment, certificate, reason)
            made = self.due(deployment)
            assert made is not None
            if expected is not None:
                assert revoked(made) == expected
            assert self.due(deployment) is None

    def test_what_is_revoked_waits_for_the_next_one_where_delta_crls_tell_it(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        self.due(deployment, lifetime=3)
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        assert self.due(deployment, overlap=2, changes_in_delta=True) is None
        made = self.due(deployment, overlap=3, changes_in_delta=True)
        assert made is not None
        assert revoked(made) == {certificate.serial_number: "superseded"}

    def test_a_certificate_that_ended_leaves_without_a_new_one(self, deployment: Deployment) -> None:
        certificate = deployment.issue()
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        self.due(deployment)
        with deployment.engine.begin() as connection:
            ended = tables.certificate.update().where(tables.certificate.c.username == "user").values(notafter=0)
            connection.execute(ended)
        assert self.due(deployment) is None

    def test_another_cas_revocations_do_not_count(self, deployment: Deployment) -> None:
        deployment.administration.create_ca("Other", "CN=Other", key="P-256")
        certificate = deployment.issue(spki(ec_key(2)), ca_name="Other")
        self.due(deployment)
        revoke(deployment, certificate, RevocationReason.SUPERSEDED)
        assert self.due(deployment) is None
        made = deployment.administration.issue_crl_if_due("Other")
        assert made is not None
        assert revoked(made) == {certificate.serial_number: "superseded"}
