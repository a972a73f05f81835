"""Options with a few words to choose from, in every command: what completion offers is what the option takes."""

import re

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command
from typer.testing import CliRunner

from lockgate_app.cli.commands import app
from tests.support.reference.commands import commands

Parameter = TyperArgument | TyperOption


def offering() -> list[tuple[typer.Context, Parameter, list[str]]]:
    """The parameters of all commands for which completion offers words."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    found = []
    for path, command in commands(root, ()):
        context = typer.Context(command, info_name=" ".join(path))
        for parameter in command.params:
            assert isinstance(parameter, Parameter)
            words = [item.value for item in parameter.shell_complete(context, "") if item.type == "plain"]
            found += [(context, parameter, words)] if words else []
    return found


def test_what_completion_offers_is_taken() -> None:
    found = offering()
    assert {"reason", "status", "kind", "token"} <= {parameter.name for _, parameter, _ in found}
    for context, parameter, words in found:
        for word in words:
            assert not word.isdecimal(), (context.info_name, parameter.name)
            given = [word] if parameter.multiple or parameter.nargs != 1 else word
            assert parameter.process_value(context, given) is not None, (context.info_name, parameter.name, word)


def test_completion_offers_what_begins_so() -> None:
    reasons = [(context, one) for context, one, _ in offering() if one.name == "reason"]
    for context, parameter in reasons:
        assert [item.value for item in parameter.shell_complete(context, "ke")] == ["key-compromise"]


@pytest.mark.parametrize("command", ["certificate revoke-all"])
def test_a_missing_choice_is_told_without_numbers(command: str) -> None:
    outcome = CliRunner().invoke(app, command.split())
    assert outcome.exit_code == 2
    assert "Missing option '--reason'" in outcome.output
    assert not re.search(r"^\W*\d+,?\W*$", outcome.output, re.MULTILINE)
