"""Databases as an older version of the product has left them."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from lockgate_persistence.migrating import Migrations


def step_back(engine: Engine, migrations: Migrations, revision: str) -> None:
    """To the schema of that revision."""
    config = Config()
    config.set_main_option("script_location", f"{migrations.package}:")
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = migrations.version_table
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
