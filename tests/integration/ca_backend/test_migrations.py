"""The CA's database from one release's schema to the next."""

from alembic import command
from sqlalchemy import text

from lockgate.endentity import TokenType
from lockgate_ca_backend.administration import Administration
from lockgate_ca_backend.authority import InProcessCa
from lockgate_ca_backend.coordination import SqlCoordinator
from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence import revisions
from lockgate_persistence.engines import DatabaseSettings, open_engine
from lockgate_persistence.migrating import SchemaState, state
from tests.features.office import SECRET
from tests.features.world import LEASE

ALICE = {
    "username": "alice", "subjectdn": "CN=alice", "subjectaltname": "[]", "endentityprofile": "EMPTY",
    "certificateprofile": "ENDUSER", "caname": "ManagementCA", "status": 10, "attempts": 5,
    "revision": 1, "modified": 0,
}  # fmt: skip


def test_end_entities_from_before_tokens_have_keys_of_their_own(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(url=database_url, prefill=False))
    with engine.begin() as connection:
        config = revisions._config(CERTIFICATION_AUTHORITY.package)
        config.attributes["connection"] = connection
        config.attributes["version_table"] = CERTIFICATION_AUTHORITY.version_table
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        columns = ", ".join(ALICE)
        values = ", ".join(f":{name}" for name in ALICE)
        connection.execute(text(f"insert into end_entity ({columns}) values ({values})"), ALICE)
    assert state(engine, CERTIFICATION_AUTHORITY) is SchemaState.BEHIND

    Administration(engine, SECRET).initialise()

    assert state(engine, CERTIFICATION_AUTHORITY) is SchemaState.CURRENT
    fence = SqlCoordinator(engine).acquire("worker", "here", LEASE)
    assert fence is not None
    with InProcessCa(engine, SECRET).transaction(fence) as work:
        found = work.end_entity("alice")
    assert found is not None
    assert found.token is TokenType.USER_GENERATED
    engine.dispose()
