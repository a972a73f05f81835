"""The pages of docs/ that can be followed to the letter are: every command runs, and prints what the page says.

Of other pages those commands are run that need nothing else (`tests/support/typed_pages.py`)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from lockgate_app.deployment import Deployment
from tests.support.databases.servers import SERVER_NAME, PostgresqlServer, free_port, running
from tests.support.parts import needed_program, part_or_skip
from tests.support.typed_pages import PAGES, TOUR
from tests.support.walking import PATIENCE, follow, type_blocks

pytestmark = pytest.mark.timeout(PATIENCE + 60)


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_the_tutorial(home: Path, tmp_path: Path) -> None:
    follow("tutorial.md", tmp_path, home, {"PORT": str(free_port()), "HEALTH": str(free_port())})


def test_the_tour_of_the_readme(home: Path, tmp_path: Path) -> None:
    follow("../README.md", tmp_path, home, heading=TOUR)


@pytest.mark.parametrize("page", ["how-to/single-host.md", "how-to/shell-completion.md", "how-to/troubleshooting.md"])
def test_a_page_that_needs_nothing(page: str, home: Path, tmp_path: Path) -> None:
    follow(page, tmp_path, home)


def test_the_enrolment_page(home: Path, tmp_path: Path) -> None:
    follow("web-enrolment.md", tmp_path, home, {"PORT": str(free_port())})


def test_an_ocsp_responder(deployment: Deployment, home: Path) -> None:
    follow("ocsp.md", deployment.directory.parent, home, {"PORT": str(free_port())}, heading="## Setting it up")


def test_several_ras(deployment: Deployment, home: Path) -> None:
    follow("how-to/several-ras.md", deployment.directory.parent, home)


@pytest.fixture
def server() -> Iterator[PostgresqlServer]:
    """With the databases and the user that the page presupposes."""
    with part_or_skip(running(PostgresqlServer)) as server:
        engine = create_engine(server.url("admin"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("create role lockgate login createrole"))
            for name in ("ca", "messages"):
                connection.execute(text(f"create database {name} owner lockgate"))
        engine.dispose()
        yield server


@pytest.mark.postgresql
def test_two_zones(server: PostgresqlServer, home: Path, tmp_path: Path) -> None:
    needed_program("psql", "postgresql-client")
    shutil.copy(server.identity.ca, tmp_path / "db-ca.pem")
    for name in ("ca-db", "message-db"):
        (tmp_path / f"{name}.password").write_text("vKq8-Tz3w-Lm5x-Rb7j\n")
    place = f"{SERVER_NAME}:{server.port}"
    follow("how-to/two-zones.md", tmp_path, home, {"CA_DB": place, "MESSAGE_DB": place})


@pytest.mark.parametrize("page", [name for name, page in PAGES.items() if page.typed])
def test_commands_of_a_page(page: str, home: Path, tmp_path: Path) -> None:
    type_blocks(page, PAGES[page].typed, PAGES[page].before or ":", tmp_path, home)
