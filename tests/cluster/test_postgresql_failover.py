"""The PostgreSQL primary ends at once under load, and its standby is promoted: everything is answered, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.cluster.postgresql import Primary, Standby, either
from tests.cluster.traffic import LEASE, flowing
from tests.crash.correspondence import complaints
from tests.crash.installation import Installation
from tests.support.databases.servers import running
from tests.support.parts import part_or_skip

pytestmark = [pytest.mark.cluster, pytest.mark.postgresql, pytest.mark.timeout(180)]
MESSAGES = ("messages0", "messages1")


@pytest.fixture
def pair() -> Iterator[tuple[Primary, Standby]]:
    """A primary and its standby. The CA's database is replicated synchronously, the message databases are not."""
    with part_or_skip(running(Primary)) as primary, running(lambda: Standby(primary)) as standby:
        engine = create_engine(primary.url("admin"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for name in ("ca", *MESSAGES):
                connection.execute(text(f"create database {name}"))
            for name in MESSAGES:
                connection.execute(text(f"alter database {name} set synchronous_commit = local"))
        engine.dispose()
        primary.wait_for_standby()
        yield primary, standby


def test_a_standby_takes_over_under_load(pair: tuple[Primary, Standby], tmp_path: Path) -> None:
    primary, standby = pair
    urls = [either(pair, name) for name in MESSAGES]
    with Installation(tmp_path / "site", either(pair, "ca"), urls, LEASE) as site:
        with flowing(site) as traffics:
            for traffic in traffics:
                traffic.wait(1)
            primary.stop_immediately()
            standby.promote()
            for traffic in traffics:
                traffic.wait(2)
        assert not (wrong := complaints(site, [traffic.correspondence for traffic in traffics])), wrong
