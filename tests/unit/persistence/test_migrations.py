"""What each set of migrations says of itself."""

import pytest

from lockgate_ca_backend.migrations import CERTIFICATION_AUTHORITY
from lockgate_persistence import revisions
from lockgate_persistence.migrating import Migrations
from lockgate_persistence.migrations import MESSAGES


@pytest.mark.parametrize("migrations", [MESSAGES, CERTIFICATION_AUTHORITY], ids=["messages", "ca"])
def test_the_newest_revision_is_the_one_that_is_needed(migrations: Migrations) -> None:
    """The schema guard compares revisions as texts: each has four digits."""
    known = revisions.known(migrations.package)
    assert migrations.newest == known[0]
    assert list(known) == sorted(known, reverse=True)
    assert all(len(revision) == 4 and revision.isdecimal() for revision in known)
