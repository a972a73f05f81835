"""The message database's schema, step by step. Whoever owns that database may run these without the CA's part."""

from lockgate_persistence.migrating import Migrations

MESSAGES = Migrations(package=__name__, version_table="lockgate_message_version", newest="0005")
