"""SIGKILL of workers among many messages: those that had not been begun are never set aside, the one that kills is."""

import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lockgate.queue.message import MessageStatus
from lockgate.requests.submessages import PKCS10Request
from lockgate_app.settings import load_ca
from tests.crash.boundaries import KillAt
from tests.crash.forking import die
from tests.crash.site import Site
from tests.support.databases.servers import DATABASES
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
INNOCENT = 20
KILLS = 60
EARLY = range(36, 76)
"""Statement boundaries at which a worker has claimed everything and settled nothing, or next to nothing."""
POISON = "mallory"


@dataclass(frozen=True)
class Poison:
    """SIGKILL whenever this process comes to one end entity; each time goes to a file first."""

    username: str
    file: Path

    def __call__(self) -> None:
        def statement(_: Any, __: Any, ___: str, parameters: Any, *____: Any) -> None:
            if repr(self.username) in repr(parameters):
                with self.file.open("a") as lines:
                    print("killed", file=lines)
                die()

        event.listen(Engine, "before_cursor_execute", statement)

    def deaths(self) -> int:
        return len(self.file.read_text().splitlines()) if self.file.exists() else 0


@dataclass(frozen=True)
class Both:
    """Two faults."""

    first: Callable[[], None]
    second: Callable[[], None]

    def __call__(self) -> None:
        self.first()
        self.second()


@pytest.fixture(
    params=[pytest.param(name, marks=[] if name == "sqlite" else getattr(pytest.mark, name)) for name in DATABASES]
)
def site(request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[str], str]) -> Iterator[Site]:
    with Site(tmp_path / "site", fresh_database(request.param), fresh_database(request.param)) as site:
        yield site


def send(site: Site, username: str) -> str:
    return site.send(
        PKCS10Request(
            request_id=1,
            username=username,
            subject_dn=f"CN={username}",
            ca_name="ManagementCA",
            end_entity_profile="EMPTY",
            certificate_profile="ENDUSER",
            pkcs10=pkcs10(rsa_key(21)),
        )
    )


def test_kills_cost_innocent_messages_nothing_and_a_message_that_kills_is_set_aside(site: Site, tmp_path: Path) -> None:
    seed = secrets.token_hex(8)
    print(f"seed {seed}")
    choose, poison = random.Random(seed), Poison(POISON, tmp_path / "poisoned")
    first = [send(site, f"innocent-{number}") for number in range(INNOCENT // 2)]
    killer = send(site, POISON)
    innocent = [*first, *(send(site, f"innocent-{number}") for number in range(INNOCENT // 2, INNOCENT))]
    for _ in range(KILLS):
        site.run_worker(Both(KillAt(choose.choice(EARLY), tmp_path / "boundary"), poison))
        site.age_leases()
    assert len(site.messages(MessageStatus.IN_PROCESS)) > INNOCENT // 2, "they were not claimed again and again"
    while not site.run_worker(poison):
        site.age_leases()
    set_aside = site.messages(MessageStatus.SET_ASIDE)
    assert [(message.message_id, (message.reason or "").partition(":")[0]) for message in set_aside] == [
        (killer, "too_many_attempts")
    ]
    assert [message_id for message_id in innocent if site.answers(message_id) is None] == []
    assert poison.deaths() <= 1 + load_ca(site.config).workers["main"].max_attempts
