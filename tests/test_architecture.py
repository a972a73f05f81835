"""The house's own rules: who may import whom, how long a module or function may be, what the wheel holds."""

import ast
import importlib
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import is_dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "lockgate": ROOT / "core/lockgate",
    "lockgate_formats": ROOT / "adapters/formats/lockgate_formats",
    "lockgate_keys": ROOT / "adapters/keys/lockgate_keys",
    "lockgate_persistence": ROOT / "adapters/persistence/lockgate_persistence",
    "lockgate_ca_backend": ROOT / "adapters/ca_backend/lockgate_ca_backend",
    "lockgate_transport": ROOT / "adapters/transport/lockgate_transport",
    "lockgate_issuers": ROOT / "adapters/issuers/lockgate_issuers",
    "lockgate_testing": ROOT / "adapters/testing/lockgate_testing",
    "lockgate_app": ROOT / "app/lockgate_app",
    "lockgate_ra": ROOT / "app/lockgate_ra",
}
MODULE_LINES = 400
FUNCTION_LINES = 35
TEST_MODULE_LINES = 300
MODULES = [
    pytest.param(path, id=str(path.relative_to(ROOT)))
    for package in PACKAGES.values()
    for path in package.rglob("*.py")
]


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level name of every import, those inside functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if node.level == 0 else "."


def dynamic_imports(tree: ast.AST) -> Iterator[str]:
    """Calls that import by name, which no import rule can see."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"__import__", "import_module", "importlib.import_module", "exec", "eval"}:
                yield called


@pytest.mark.parametrize("path", [module for module in MODULES if str(module.id).startswith("core/")])
def test_core_imports_the_standard_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert set(imported(tree)) <= {"lockgate", *sys.stdlib_module_names}
    assert not list(dynamic_imports(tree))


@pytest.mark.parametrize("path", [module for module in MODULES if str(module.id).startswith("adapters/testing/")])
def test_contract_suites_and_doubles_import_the_core_and_what_runs_tests_only(path: Path) -> None:
    allowed = {"lockgate", "lockgate_testing", "pytest", "hypothesis", "cryptography"}
    assert set(imported(ast.parse(path.read_text()))) <= {*allowed, *sys.stdlib_module_names}


def lines_of(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, *, signature: bool) -> int:
    """Lines of a function, its docstring not counted, and its signature only if asked for."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    lines = lines_of(function) - (lines_of(first) if documented else 0)
    return lines if signature else lines - (first.lineno - function.lineno)


@pytest.mark.parametrize("path", MODULES)
def test_modules_and_functions_are_short(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MODULE_LINES
    if path.parent.name == "versions":
        return  # a migration's one function lists columns: data
    signatures = path.parent.name != "cli"  # a command's options are rows of data
    nodes = ast.walk(ast.parse(source))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    counted = ((function.name, code_lines(function, signature=signatures)) for function in functions)
    assert not [(name, lines) for name, lines in counted if lines > FUNCTION_LINES]


@pytest.mark.parametrize("folder", ["tests/features", "tests/support"])
def test_modules_of_steps_and_of_support_are_short(folder: str) -> None:
    lines = {path: path.read_text().count("\n") for path in (ROOT / folder).rglob("*.py")}
    assert lines
    assert not {str(path): count for path, count in lines.items() if count > TEST_MODULE_LINES}


@pytest.mark.parametrize("path", MODULES)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


READERS_OF_KEYS = {
    # The one place of the CA that decodes and encodes public keys, and what asks it.
    "load_der_public_key": {
        "lockgate_formats/public_keys.py",
        "lockgate_app/request_files.py",
        # Keys of CMS signers and recipients: they verify and encrypt, and are certified nowhere.
        "lockgate_formats/cms/certificates.py",
    },
    "load_pem_public_key": set(),
    "SubjectKey": {"lockgate_formats/public_keys.py"},
    "load_der_x509_csr": {"lockgate_formats/requests/pkcs10.py"},
    "load_pem_x509_csr": set(),
    "from_encoded_point": set(),
}
ENCODERS_OF_KEYS = {
    "lockgate_formats/public_keys.py",
    # Host commands and an RA's side: what they send, the CA's one place reads.
    "lockgate_app/deployment/builder.py",
    # Names of keys in SCEP transactions, which certify nothing.
    "lockgate_transport/scep/messages.py",
    "lockgate_transport/scep/contents.py",
}


def named(tree: ast.AST) -> Iterator[str]:
    """The name of every function or class that is called or handed on, without the module before it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2]
        elif isinstance(node, ast.Assign | ast.Return | ast.IfExp):
            yield from (ast.unparse(child).rpartition(".")[2] for child in ast.iter_child_nodes(node))


def users(found: Callable[[ast.AST], Iterable[str]]) -> dict[str, set[str]]:
    """Each name that `found` finds in the product's code, and the modules that have it."""
    product = (package for name, package in PACKAGES.items() if name != "lockgate_testing")
    modules = ((package, path) for package in product for path in package.rglob("*.py"))
    using: dict[str, set[str]] = defaultdict(set)
    for package, path in modules:
        for name in found(ast.parse(path.read_text())):
            using[name].add(f"{package.name}/{path.relative_to(package)}")
    return using


def test_keys_are_read_in_one_place() -> None:
    using = users(named)
    assert {call: using[call] for call in READERS_OF_KEYS} == READERS_OF_KEYS


def test_keys_are_encoded_in_one_place() -> None:
    def attributes(tree: ast.AST) -> Iterator[str]:
        return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))

    assert users(attributes)["SubjectPublicKeyInfo"] == ENCODERS_OF_KEYS


ADAPTERS = ("lockgate_persistence", "lockgate_ca_backend", "lockgate_transport", "lockgate_issuers")
TOOLS = ("lockgate_formats", "lockgate_keys")
"""Functions over octets and files, which anybody may call; some of their classes implement ports."""
CONTAINER = PACKAGES["lockgate_app"] / "container"
OUTSIDE_THE_CONTAINER = {
    "settings/databases.py": "looks up in the table of dialects which settings a database takes no notice of",
    "settings/cmp_http.py": "takes the usual path and alias of CMP's HTTP side: texts",
    "settings/cmp_proxy.py": "knows the names of CMP's bodies: texts",
    "settings/issuer_by_cmp.py": "the default size of CRLs",
    "settings/outside.py": "takes the form of a CRL's URL, and how large one may be: a record and a number",
    "settings/scep.py": "refuses the alias that SCEP's server keeps for itself: a text",
    "fronts.py": "names each front's protocol: a record",
    "scep.py": "makes the SCEP servers of `container/scep.py` and for `check`, with the same rules",
}
"""The application's modules that name what an adapter has, though they are not the container, and why."""


def named_from(path: Path, packages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The module and name of each `from ... import` of `path` that takes something from `packages`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in packages:
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            found = (alias.name for alias in node.names if alias.name.partition(".")[0] in packages)
            yield from ((name, "") for name in found)


def works(module: str, name: str) -> bool:
    """Whether that is a class which does something: no error, and no record."""
    found = getattr(importlib.import_module(module), name, None)
    return isinstance(found, type) and not issubclass(found, Exception) and not is_dataclass(found)


def is_passed_on(module: str, name: str) -> bool:
    """Whether the container has only imported that from an adapter."""
    found = getattr(importlib.import_module(module), name, None)
    return isinstance(found, type) and found.__module__.partition(".")[0] in (*ADAPTERS, *TOOLS)


def test_the_container_alone_names_concrete_classes() -> None:
    """Only `container/` imports or constructs classes that implement a port, engines, and administration objects."""
    application = PACKAGES["lockgate_app"]
    outside = [path for path in application.rglob("*.py") if CONTAINER not in path.parents]
    from_adapters, classes, passed_on, engines = set(), set(), set(), set()
    for path in outside:
        name = str(path.relative_to(application))
        if any(named_from(path, ADAPTERS)):
            from_adapters.add(name)
        if any(works(*found) for found in named_from(path, TOOLS)):
            classes.add(name)
        container = (found for found in named_from(path, ("lockgate_app",)) if ".container" in found[0])
        passed_on |= {found for found in container if is_passed_on(*found)}
        if {"Engine", "create_engine"} & {found for _, found in named_from(path, ("sqlalchemy",))}:
            engines.add(name)
    assert from_adapters == set(OUTSIDE_THE_CONTAINER)
    assert classes == {"scep.py"}
    assert not engines
    assert not passed_on


def test_app_uses_adapters_and_adapters_use_core() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files in the built wheel."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (built,) = directory.glob("lockgate-*.whl")
    return frozenset(zipfile.ZipFile(built).namelist())


def test_the_wheel_holds_every_module(wheel: frozenset[str]) -> None:
    expected = {
        f"{name}/{path.relative_to(package)}" for name, package in PACKAGES.items() for path in package.rglob("*.py")
    }
    assert expected <= wheel


def test_every_package_is_typed(wheel: frozenset[str]) -> None:
    assert {f"{name}/py.typed" for name in PACKAGES} <= wheel


def test_the_wheel_holds_both_sets_of_migrations(wheel: frozenset[str]) -> None:
    for name in ("lockgate_persistence", "lockgate_ca_backend"):
        assert any(path.startswith(f"{name}/migrations/versions/") and path.endswith(".py") for path in wheel)


def test_the_wheel_brings_no_package_of_a_common_name(wheel: frozenset[str]) -> None:
    top = {path.partition("/")[0] for path in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)
