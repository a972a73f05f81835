"""Coming from EJBCA's External RA: its properties files become the settings of both hosts."""

from lockgate_app.migration.outcomes import Fate, Outcome
from lockgate_app.migration.settings_files import Migration, migrate

__all__ = ["Fate", "Migration", "Outcome", "migrate"]
