"""Workers that run while `lockgate db upgrade` changes the tables under load: everything is answered, once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence import revisions
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrations import MESSAGES
from tests.cluster.traffic import LEASE, flowing
from tests.crash.correspondence import complaints
from tests.crash.installation import Installation
from tests.integration.app.commands import lockgate
from tests.support.databases.schema import step_back
from tests.support.databases.servers import DATABASES, marked

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(180)]


@pytest.mark.parametrize("kind", marked(DATABASES))
def test_no_message_is_lost_or_answered_twice(kind: str, tmp_path: Path, fresh_database: Callable[[str], str]) -> None:
    """The tables go back by one revision first, with which workers of this version cannot go on."""
    ca, messages = fresh_database(kind), fresh_database(kind)
    with Installation(tmp_path / "site", ca, [messages], LEASE) as site:
        with flowing(site) as (traffic,):
            traffic.wait(1)
            for url, migrations in ((messages, MESSAGES), (ca, CERTIFICATION_AUTHORITY)):
                engine = open_engine(DatabaseSettings(url=url, prefill=False))
                step_back(engine, migrations, revisions.known(migrations.package)[1])
                engine.dispose()
            upgraded = lockgate("--config", site.config(site.workers[0]), "db", "upgrade")
            assert (upgraded.code, upgraded.out.count("schema current")) == (0, 2), upgraded.err
            traffic.wait(1)
        assert not (wrong := complaints(site, [traffic.correspondence])), wrong
