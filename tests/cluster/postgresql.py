"""A private PostgreSQL primary with a streaming standby."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from sqlalchemy import create_engine, text

from tests.support.databases.servers import PostgresqlServer, _postgresql_program


class Standby(PostgresqlServer):
    """A hot standby of `primary`, until it is promoted."""

    def __init__(self, primary: "Primary") -> None:
        self._primary = primary
        super().__init__(tls=False)

    def promote(self) -> None:
        """Become a primary."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            assert connection.execute(text("select pg_promote()")).scalar_one()
        engine.dispose()

    def _create(self, data: Path) -> None:
        self._run(
            *(_postgresql_program("pg_basebackup"), "-D", str(data), "-R", "--checkpoint=fast", "--no-sync"),
            *("-h", "127.0.0.1", "-p", str(self._primary.port), "-U", "app"),
        )


class Primary(PostgresqlServer):
    """A primary that lets standbys follow."""

    ACCESS: ClassVar[str] = "host replication all 127.0.0.1/32 trust\n"

    def __init__(self) -> None:
        super().__init__(tls=False)

    def wait_for_standby(self) -> None:
        """From now on no commit counts before the standby has it; databases may say otherwise for themselves."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("alter system set synchronous_standby_names = '*'"))
            connection.execute(text("select pg_reload_conf()"))
        engine.dispose()

    def stop_immediately(self) -> None:
        """What `pg_ctl stop -m immediate` does: every process ends at once, without a checkpoint."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def _create(self, data: Path) -> None:
        super()._create(data)
        with (data / "pg_hba.conf").open("a") as access:
            access.write(self.ACCESS)


def either(servers: Sequence[PostgresqlServer], database: str) -> str:
    """The URL of a database on whichever of `servers` takes writes."""
    hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in servers)
    return f"postgresql+psycopg://app@/{database}?{hosts}&target_session_attrs=read-write"
