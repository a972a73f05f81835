"""Documents are true: every file, name and command that they mention exists."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from lockgate_app.cli.commands import app

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    path
    for path in sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "fuzz/README.md"))
    if path.name != "CHANGELOG.md"
]
TOKEN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
BRACES = re.compile(r"^(.*?)\{([^{}]*,[^{}]*)\}(.*)$")
FILE = re.compile(r"[\w./-]*\w\.(?:py|feature|md|toml|json|sh)|(?:[\w.-]+/)+")
IDENTIFIER = re.compile(r"[A-Za-z][a-z]*(?:_[a-z\d]+)+|[A-Z][a-z]+(?:[A-Z][a-z\d]*)+|[A-Z]+(?:_[A-Z\d]+)+")
DOTTED = re.compile(r"([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)+)(?:\(\))?")
COMMAND = re.compile(r"(?:^|`|\$ )(?:\.venv/bin/)?lockgate ((?:[^`\n\\]|\\\n)+)", re.MULTILINE)
WRITTEN_BY_OPERATORS = frozenset({"lockgate.toml", "ca/", "ra/", "crl/", "messages/"})
"""Files and folders of a deployment."""
CHOSEN_BY_OPERATORS = frozenset({"lockgate_ca", "lockgate_ra"})
"""Users of databases in examples."""
PRODUCT = ("core/", "adapters/", "app/")


@cache
def tracked() -> tuple[str, ...]:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(listed.stdout.split())


@cache
def words() -> frozenset[str]:
    """Every word of what is no document."""
    sources = (ROOT / name for name in tracked() if not name.endswith((".md", ".p12", ".der")))
    return frozenset(word for path in sources for word in re.findall(r"\w+", path.read_text(errors="replace")))


def tokens(document: Path) -> Iterator[str]:
    """What stands in backticks, outside of blocks; braces spelled out."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for token in TOKEN.findall(text):
        yield from spelled_out(token)


def spelled_out(token: str) -> Iterator[str]:
    """`{a,b}.py` as `a.py` and `b.py`."""
    found = BRACES.match(token)
    if not found:
        yield token
        return
    for choice in found[2].split(","):
        yield from spelled_out(f"{found[1]}{choice}{found[3]}")


def is_file(name: str) -> bool:
    wanted = name.removeprefix("./")
    return any(f"/{path}".endswith(f"/{wanted}") or f"/{wanted}" in f"/{path}" for path in tracked())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_exist(document: Path) -> None:
    named = {token for token in tokens(document) if FILE.fullmatch(token)} - WRITTEN_BY_OPERATORS
    assert not {name for name in named if not is_file(name)}


@cache
def members() -> dict[str, set[str]]:
    """For each class and module of the product, the names that it defines; a class has those of its bases, too."""
    found: dict[str, set[str]] = {}
    bases: dict[str, set[str]] = {}
    for path in (Path(name) for name in tracked() if name.startswith(PRODUCT) and name.endswith(".py")):
        tree = ast.parse((ROOT / path).read_text())
        found.setdefault(path.stem, set()).update(defined(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(defined(node))
                bases.setdefault(node.name, set()).update(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    for name in bases:
        found[name].update(word for base in lineage(name, bases) for word in found.get(base, ()))
    return found


def defined(scope: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in scope.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target)
        elif isinstance(node, ast.Assign):
            yield from map(ast.unparse, node.targets)


def lineage(name: str, bases: dict[str, set[str]]) -> set[str]:
    direct = bases.get(name, set())
    return direct | {above for base in direct for above in lineage(base, bases)}


@cache
def product() -> str:
    """All code of the product, as one text."""
    return "\n".join(
        (ROOT / name).read_text() for name in tracked() if name.startswith(PRODUCT) and name.endswith(".py")
    )


def exists(token: str) -> bool:
    """Whether `token` is `Class.member` or `module.function` of the product, or stands in its code as it is."""
    owner, _, member = token.removesuffix("()").rpartition(".")
    known = members().get(owner.rpartition(".")[2])
    return known is None or member in known or token in product()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_exist(document: Path) -> None:
    named = {token for token in tokens(document) if IDENTIFIER.fullmatch(token)}
    assert named <= words() | CHOSEN_BY_OPERATORS
    assert not {
        token
        for token in tokens(document)
        if DOTTED.fullmatch(token) and not FILE.fullmatch(token) and not exists(token)
    }


def shown_commands(document: Path) -> Iterator[list[str]]:
    for found in COMMAND.findall(document.read_text()):
        line = found.replace("\\\n", " ").partition("  #")[0]
        yield list(takewhile(lambda word: word not in {"|", "&&", ">"}, line.split()))


def unknown_part(line: list[str]) -> str | None:
    """The first word of a command line that is no command, or no option of it."""
    command, words_left = typer.main.get_command(app), iter(line)
    for word in words_left:
        options = {name: option for option in command.params for name in (*option.opts, *option.secondary_opts)}
        if word in {"--config", "--help"} or word in options:
            option = options.get(word)
            if word == "--config" or not getattr(option, "is_flag", True):
                next(words_left, None)
        elif word.startswith("--"):
            return word
        elif isinstance(command, TyperGroup) and re.fullmatch(r"[a-z][a-z\d-]*", word):
            if word not in command.commands:
                return word
            command = command.resolve_command(typer.Context(command), [word])[1] or command
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    assert not [words_of for words_of in shown_commands(document) if unknown_part(words_of)]
