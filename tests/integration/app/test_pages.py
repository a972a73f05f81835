"""The pages of docs/ that can be followed to the letter are: every command runs, and prints what the page says."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.parts import needed_program
from tests.support.walking import walk
from tests.support.wire.cmp_serve import free_port

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = ["tutorial.md"]
PATIENCE = 500


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Ports that are free, a home of its own, and modules that stay compiled from one command to the next."""
    for name in ("curl", "openssl"):
        needed_program(name, name)
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(free_port()),
        "HEALTH": str(free_port()),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("compiled")),
    }


@pytest.mark.timeout(PATIENCE + 60)
@pytest.mark.parametrize("page", PAGES)
def test_the_page_can_be_followed_to_the_letter(page: str, environment: Mapping[str, str], tmp_path: Path) -> None:
    walked = walk(DOCS / page, tmp_path, environment, PATIENCE)
    for step, _, printed in walked.done:
        assert step.fits(printed), f"{step.command}\nprints\n{printed}\ninstead of\n{step.shown}"
    last, code, printed = walked.done[-1]
    assert len(walked.done) == walked.asked, f"{last.command}\nends with {code}:\n{printed}"
