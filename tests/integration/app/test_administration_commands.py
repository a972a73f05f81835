"""The administration by the installed command: what holds for all its commands."""

import os
import pwd
from pathlib import Path

import pytest
import typer

from lockgate_app.cli.commands import defined
from lockgate_app.deployment import Deployment
from tests.integration.app.administering import ALICE, DESK, audited, done
from tests.integration.app.commands import lockgate

COMMANDS = {
    "ca": [
        "list",
        "show",
        "create",
        "import",
        "register",
        "fetch-crl",
        "ask-ocsp",
        "activate",
        "deactivate",
        "crl",
        "check-keys",
        "rotate-escrow-key",
    ],
    "ca rollover": ["prepare", "show", "activate", "cancel"],
    "issuer": ["list", "test", "certificates"],
    "profile": ["list", "show", "export", "import", "delete"],
    "key": ["list", "condemn", "clear"],
    "keystore": ["renew", "request", "issue"],
    "end-entity": ["list", "search", "show", "add", "edit", "import"],
    "certificate": ["list", "search", "show", "revoke", "revoke-all", "reactivate"],
    "messages": ["list", "show", "retry", "purge"],
    "operation": ["list", "show", "settle"],
    "role": ["list", "show", "add", "edit", "add-member", "remove-member", "remove"],
}


class TestHelp:
    @pytest.mark.parametrize("group", COMMANDS)
    def test_every_command_shows_an_example_and_offers_json(self, group: str) -> None:
        first, *rest = group.split()
        typer_group: typer.Typer | None = defined(first)
        for part in rest:
            assert typer_group is not None
            (typer_group,) = (member.typer_instance for member in typer_group.registered_groups if member.name == part)
        assert typer_group is not None
        found = {
            command.name or getattr(command.callback, "__name__", ""): command.callback
            for command in typer_group.registered_commands
        }
        assert list(found) == COMMANDS[group]
        for name, callback in found.items():
            zone = "ra" if (group, name) == ("keystore", "renew") else "ca"
            options = "" if (group, name) == ("keystore", "request") else f" --config deployment/{zone}/lockgate.toml"
            example = f"Example: lockgate{options} {group} {name}"
            assert example in (callback.__doc__ or "")
            if (group, name) != ("profile", "export"):
                assert "as_json" in callback.__annotations__

    def test_the_help_itself(self) -> None:
        shown = lockgate("ca", "crl", "--help")
        assert shown.code == 0
        assert "--if-due" in shown.out

    @pytest.mark.parametrize(
        ("command", "named"), [("serve", "[cmp.direct]"), ("keystore issue", "[ca.token]"), ("audit show", "*")]
    )
    def test_it_shows_what_stands_in_brackets_and_stars(self, command: str, named: str) -> None:
        assert named in lockgate(*command.split(), "--help").out


def test_every_change_is_in_the_audit_log_under_the_operators_account(deployment: Deployment, tmp_path: Path) -> None:
    before = len(audited(deployment))
    done(deployment, "end-entity", "add", *ALICE)
    done(deployment, "end-entity", "edit", "alice", "--status", "failed")
    done(deployment, "role", "add", "Desk", *DESK)
    done(deployment, "ca", "crl")
    done(deployment, "ca", "deactivate", "ManagementCA")
    entries = audited(deployment)[before:]
    who = f"{pwd.getpwuid(os.getuid()).pw_name} (command line)"
    assert entries == [
        ("endentity.added", who, "alice"),
        ("endentity.edited", who, "alice"),
        ("role.changed", who, "Desk"),
        ("crl.issued", who, "ManagementCA"),
        ("ca.changed", who, "ManagementCA"),
    ]
