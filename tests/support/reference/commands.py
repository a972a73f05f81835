"""docs/reference/commands.md: every command, as the program itself knows it."""

import re
from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from lockgate_app.cli.commands import app

HEAD = """# Commands

Written from the program itself: `lockgate COMMAND --help` shows the same. `--config FILE` may stand before the command
or after it; without it, `lockgate.toml` in the current folder counts. [Administration](../administration.md) and
[operation](../operation.md) show what the commands are for.
"""
EXAMPLE = "Example: "
TYPERS = {"install_completion", "show_completion"}
"""Options whose texts are Typer's; docs/how-to/shell-completion.md tells of them."""


def page() -> str:
    """The whole page."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    sections = "\n".join("\n".join(section(path, command)) for path, command in commands(root, ()))
    return f"{HEAD}\n## Before every command\n\n{options(root)}\n{sections}"


def commands(group: TyperGroup, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], TyperCommand | TyperGroup]]:
    """Every command and every group of commands in the order of `--help`, a group before its commands."""
    for name in group.commands:
        command = group.resolve_command(typer.Context(group), [name])[1]
        assert isinstance(command, TyperCommand | TyperGroup)
        yield (*path, name), command
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))


def section(path: tuple[str, ...], command: TyperCommand | TyperGroup) -> Iterator[str]:
    """What the page says of one command or group."""
    level = "##" if len(path) == 1 else "###"
    yield f"{level} `{' '.join(path)}`\n"
    text, _, example = (command.help or "").partition(EXAMPLE)
    yield f"{escaped(text.strip())}\n"
    if isinstance(command, TyperCommand):
        yield options(command)
    if example:
        yield f"```sh\n{' '.join(example.split())}\n```\n"


def options(command: TyperCommand | TyperGroup) -> str:
    """The table of a command's arguments and options; empty where it has none."""
    ours = [each for each in command.params if each.name not in TYPERS]
    rows = [row(each) for each in ours if isinstance(each, TyperArgument | TyperOption) and not each.hidden]
    return "\n".join(["| | default | |", "|---|---|---|", *rows, ""]) if rows else ""


def row(parameter: TyperArgument | TyperOption) -> str:
    """One argument or option."""
    if isinstance(parameter, TyperArgument):
        name = f"`{parameter.metavar or str(parameter.name).upper()}`"
    else:
        value = "" if parameter.is_flag else f" {parameter.metavar or str(parameter.name).upper()}"
        name = ", ".join(f"`{option}{value}`" for option in (*parameter.opts, *parameter.secondary_opts))
    return f"| {name} | {default(parameter)} | {cell(parameter.help or '')} |"


def default(parameter: TyperArgument | TyperOption) -> str:
    """What counts where it is not given."""
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default is False or callable(parameter.default):
        return ""
    return f"`{parameter.default}`"


def cell(text: str) -> str:
    """A text that a table can hold."""
    return " ".join(escaped(text).split())


def escaped(text: str) -> str:
    """A text without what Markdown would read as more than text, outside of code."""
    return re.sub(r"(`[^`]*`)|([*|])", lambda found: found[1] or f"\\{found[2]}", text)
