"""`lockgate end-entity`."""

import re
from pathlib import Path

from lockgate_app.deployment import Deployment
from tests.integration.app.administering import ALICE, PASSWORD, answered, audited, done, refused
from tests.integration.app.terminals import lockgate_asking


class TestEndEntities:
    def test_added_found_and_edited(self, deployment: Deployment, tmp_path: Path) -> None:
        password = tmp_path / "password"
        password.write_text(f"{PASSWORD}\n")
        added = answered(
            deployment, "end-entity", "add", *ALICE, "--password-file", password, "--subject-alt-name",
            "DNSNAME=a.example", "--email", "a@example.org",
        )  # fmt: skip
        assert (added["username"], added["status"]) == ("alice", "new")
        assert "already" in refused(deployment, "end-entity", "add", *ALICE)
        found = answered(
            deployment, "end-entity", "search", "--username", "al*", "--status", "new", "--subject", "*O=Ex*"
        )
        assert [end_entity["username"] for end_entity in found["end_entities"]] == ["alice"]
        done(deployment, "end-entity", "edit", "alice", "--status", "key-recovery", "--email", "")
        shown = answered(deployment, "end-entity", "show", "alice")
        assert (shown["status"], shown["email"], shown["password"], shown["locked"]) == (
            "key-recovery",
            None,
            False,
            False,
        ), "the status ends the password"
        assert shown["subject_alt_name"] == ["DNSNAME=a.example"]
        assert "profile" in refused(deployment, "end-entity", "edit", "alice", "--certificate-profile", "RA")
        assert "none of new, failed" in refused(deployment, "end-entity", "edit", "alice", "--status", "lost")
        everything = done(deployment, "end-entity", "show", "alice") + str(audited(deployment)) + str(shown)
        assert PASSWORD not in everything
        assert "argon2" not in everything

    def test_pages(self, deployment: Deployment) -> None:
        done(deployment, "end-entity", "add", *ALICE)
        first = answered(deployment, "end-entity", "list", "--limit", 2)
        assert [end_entity["username"] for end_entity in first["end_entities"]] == ["alice", "ra"]
        assert "there are more: --after ra" in done(deployment, "end-entity", "list", "--limit", 2)
        rest = answered(deployment, "end-entity", "list", "--limit", 2, "--after", first["next"])
        assert ([end_entity["username"] for end_entity in rest["end_entities"]], rest["next"]) == (["worker"], None)

    def test_a_one_time_password_is_shown_once(self, deployment: Deployment, tmp_path: Path) -> None:
        added = answered(deployment, "end-entity", "add", *ALICE, "--one-time-password", "--valid-hours", 2)
        assert re.fullmatch("[A-Z2-7]{26}", added["one_time_password"])
        shown = answered(deployment, "end-entity", "show", "alice")
        assert shown["password"] is True
        assert shown["password_for_one_time_until"] > shown["modified"]
        assert added["one_time_password"] not in str(shown) + str(audited(deployment))
        said = done(deployment, "end-entity", "edit", "alice", "--one-time-password")
        assert re.search("its one-time password: [A-Z2-7]{26}\n", said)
        assert added["one_time_password"] not in said
        password = tmp_path / "password"
        password.write_text(PASSWORD)
        both = "--one-time-password", "--password-file", password
        assert "none can be given besides" in refused(deployment, "end-entity", "edit", "alice", *both)

    def test_a_password_is_no_argument(self, pristine: Deployment) -> None:
        assert "No such option" in refused(pristine, "end-entity", "add", *ALICE, "--password", PASSWORD)

    def test_a_password_is_asked_for_on_the_terminal(self, deployment: Deployment) -> None:
        command = ["--config", deployment.ca_config, "end-entity", "add", *ALICE, "--password-prompt"]
        talk = lockgate_asking(*command, answers=[("Password: ", PASSWORD), ("confirmation: ", PASSWORD)])
        assert talk.code == 0, talk.err
        assert PASSWORD not in talk.out + talk.err
        assert answered(deployment, "end-entity", "show", "alice")["password"] is True
