"""`lockgate db upgrade` where the owner of a message database has changed what says which version its tables are of."""

import pytest
from sqlalchemy import text

from lockgate_app.deployment import Deployment
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.integration.app.commands import lockgate

NEWER = "The database's tables were made by a newer version of this product; install that one."
VERSIONS = "lockgate_message_version"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(f"update {VERSIONS} set version_num = '9999'", id="a version of the future"),
        pytest.param(f"insert into {VERSIONS} values ('0001')", id="two versions at once"),
    ],
)
def test_a_message_database_that_cannot_be_upgraded_keeps_no_other_one_from_it(
    deployment: Deployment, change: str
) -> None:
    with deployment.ca_config.open("a") as file:
        file.write('\n[data_sources.Second]\nurl = "sqlite:///../messages/second.db"\n')
    (deployment.ca / "ca.db").unlink()
    by_its_owner(deployment, change)
    done = lockgate("--config", deployment.ca_config, "db", "upgrade")
    assert done.code == 2
    assert done.err.splitlines() == [f"lockgate: data source RAMessage1DS: {NEWER}"]
    assert done.out.splitlines() == ["data source Second: schema current", "CA database: schema current"]


def test_the_check_tells_of_two_versions_at_once_among_all_the_rest(deployment: Deployment) -> None:
    by_its_owner(deployment, f"insert into {VERSIONS} values ('0001')")
    done = lockgate("--config", deployment.ca_config, "check")
    assert done.code == 1
    assert NEWER in done.out
    assert "worker.p12 is readable for its owner only" in done.out


def by_its_owner(deployment: Deployment, statement: str) -> None:
    """What the owner of the message database does there."""
    url = f"sqlite:///{deployment.directory / 'messages/messages.db'}"
    engine = open_engine(DatabaseSettings(url=url, prefill=False))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
