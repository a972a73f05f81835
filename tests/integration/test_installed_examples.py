"""The examples as an outsider has them: installed from the built wheel in an environment without our tree.

The environment takes what we depend on from the one that runs the tests, so nothing is fetched.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    "sqlite_outbox": 16,
    "custom_request": 0,
    "embed/ca_product": 9,
    "embed/file_messages": 104,
}
"""Each, and how many tests it brings; none where another test runs it."""


class Outside:
    """An environment with the wheel and every example.

    Attributes:
        python: its interpreter.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv/bin/python"

    def install(self) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", self.folder / "venv")
        (packages,) = (self.folder / "venv/lib").glob("python*/site-packages")
        # A path in a .pth file is added without the .pth files in it, and so without our tree.
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", self.folder / "wheel", cwd=ROOT)
        (wheel,) = (self.folder / "wheel").glob("lockgate-*.whl")
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps", "--no-index")
        examples = (self.copied(name) for name in EXAMPLES)
        run(*pip, "--no-build-isolation", "--ignore-installed", "--no-warn-script-location", wheel, *examples)

    def copied(self, name: str) -> Path:
        """The example, apart from our tree."""
        return Path(shutil.copytree(ROOT / "examples" / name, self.folder / "examples" / name, dirs_exist_ok=True))

    def run(self, *arguments: object, cwd: Path | None = None) -> str:
        """What its Python says."""
        return run(self.python, *arguments, cwd=cwd or self.folder)


def run(*command: object, cwd: Path | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    outside = Outside(tmp_path_factory.mktemp("outside"))
    outside.install()
    return outside


def test_there_is_every_example() -> None:
    found = {str(path.parent.relative_to(ROOT / "examples")) for path in (ROOT / "examples").rglob("pyproject.toml")}
    assert found >= set(EXAMPLES)
    assert all(name in EXAMPLES for name in found if not name.startswith("issuers/"))


def test_nothing_of_our_tree_is_there(outside: Outside) -> None:
    said = outside.run("-c", "import sys, lockgate, lockgate_app, lockgate_ra, ca_product; print(*sys.path)")
    assert str(ROOT / "core") not in said.split()
    version = outside.run("-c", "import lockgate_ra; print(lockgate_ra.__file__, lockgate_ra.__version__)")
    assert version.startswith(str(outside.folder))
    assert outside.run(outside.python.with_name("lockgate"), "--version").split()[-1] == version.split()[-1]


@pytest.mark.parametrize("name", [name for name, count in EXAMPLES.items() if count])
def test_an_example_passes_its_tests(outside: Outside, name: str) -> None:
    example = outside.folder / "examples" / name
    shutil.rmtree(example / example.name)  # what is tested is what was installed
    said = outside.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", cwd=example)
    assert re.search(rf"^{EXAMPLES[name]} passed in", said, re.MULTILINE), said
