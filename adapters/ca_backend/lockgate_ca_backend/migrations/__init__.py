"""The CA database's schema, step by step."""

from lockgate_persistence.migrating import Migrations

CERTIFICATION_AUTHORITY = Migrations(package=__name__, version_table="lockgate_ca_version", newest="0022")
