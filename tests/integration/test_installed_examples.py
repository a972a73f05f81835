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
    "embed/file_messages": 108,
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


BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SUITE = """
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from issuer import ProductIssuer

from lockgate_testing.contracts.issuer import IssuerContract, IssuerSubject


class TestIssuerOfThePage(IssuerContract):
    @pytest.fixture
    def subject(self):
        key, certificate = load_pem_private_key(Path("ca.key").read_bytes(), None), Path("ca.der").read_bytes()
        return IssuerSubject(ProductIssuer("ProductCA", key, certificate), "ProductCA", certificate)
"""
CSR = "req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=alice -out a.csr"
LINES = 50
"""An issuer has no more."""


class Newcomer:
    """Follows docs/embedding.md to the letter, in a folder of its own."""

    def __init__(self, outside: Outside, folder: Path) -> None:
        self.folder, self.path = folder, f"{outside.python.parent}:/usr/bin:/bin"
        blocks = BLOCK.findall((ROOT / "docs/embedding.md").read_text())
        programs = [text for kind, text in blocks if kind == "python"]
        self.issuer, self.product = programs[:2]
        commands = "".join(text for kind, text in blocks if kind == "console").replace("\\\n", " ")
        self.commands = [line.removeprefix("$ ").split() for line in commands.splitlines()]
        (folder / "issuer.py").write_text(self.issuer)
        (folder / "product.py").write_text(self.product)

    def begin(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command], cwd=self.folder, env={"PATH": self.path}, stdout=-1, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *command: str) -> str:
        process = self.begin(*command)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said


def test_the_page_is_followed_to_a_certificate(outside: Outside, tmp_path: Path) -> None:
    newcomer = Newcomer(outside, tmp_path)
    assert newcomer.issuer == (ROOT / "examples/embed/ca_product/ca_product/issuer.py").read_text()
    assert newcomer.issuer.count("\n") <= LINES
    *before, serve = newcomer.commands
    assert [command[0] for command in before] == ["openssl", "lockgate", "python", "lockgate"]
    for command in before:
        newcomer.run(*command)
    (tmp_path / "test_issuer.py").write_text(SUITE)
    assert re.search(r"^8 passed", newcomer.run("python", "-m", "pytest", "-q", "-p", "no:xdist"), re.MULTILINE)
    newcomer.run("openssl", *CSR.split())
    product = newcomer.begin(*serve)
    try:
        asked = "--config deployment/ra/lockgate.toml request pkcs10 --username alice --subject-dn CN=alice --csr a.csr"
        more = "--ca ProductCA --end-entity-profile EMPTY --certificate-profile ENDUSER --output a.pem --wait 100"
        newcomer.run("lockgate", *asked.split(), *more.split())
    finally:
        product.terminate()
        said, _ = product.communicate(timeout=120)
    assert product.returncode == 0, said
    newcomer.run("openssl", *["x509", "-inform", "DER", "-in", "ca.der", "-out", "ca.pem"])
    assert newcomer.run("openssl", "verify", "-CAfile", "ca.pem", "a.pem") == "a.pem: OK\n"


@pytest.mark.parametrize("name", [name for name, count in EXAMPLES.items() if count])
def test_an_example_passes_its_tests(outside: Outside, name: str) -> None:
    example = outside.folder / "examples" / name
    shutil.rmtree(example / example.name)  # what is tested is what was installed
    said = outside.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", cwd=example)
    assert re.search(rf"^{EXAMPLES[name]} passed in", said, re.MULTILINE), said
