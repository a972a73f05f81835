"""Alembic's entry point."""

from lockgate_persistence.migrating import run_environment

run_environment()
