"""A release can be made again: the same commit gives the same octets, whoever builds it, and wherever."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOMENT = "1700000000"


def built(place: Path, mask: int) -> dict[str, str]:
    """Digests of wheel, sdist and the site of the documents, built in a copy of the checkout at that place."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    previous = os.umask(mask)
    try:
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, place / name)
        environment = os.environ | {"SOURCE_DATE_EPOCH": MOMENT}
        for command in (["-m", "hatchling", "build", "-d", "out"], ["scripts/mkdocs/archive.py", "out"]):
            subprocess.run([sys.executable, *command], cwd=place, env=environment, capture_output=True, check=True)
    finally:
        os.umask(previous)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (place / "out").iterdir()}


def test_two_builds_are_equal(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "another place"
    one.mkdir()
    other.mkdir()
    first = built(one, 0o022)
    wheel, sdist, site = sorted(first, key=lambda name: (name.endswith(".gz"), "docs" in name))
    assert (wheel[-4:], sdist[-7:], site[-12:]) == (".whl", ".tar.gz", "-docs.tar.gz")
    with tarfile.open(one / "out" / site) as archive:
        assert f"{site.removesuffix('.tar.gz')}/index.html" in archive.getnames()
    assert first == built(other, 0o077)
