"""The primary of a cluster that Patroni runs dies under load: everything is answered, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.patroni import TTL, Cluster, cluster, until
from tests.cluster.traffic import LEASE, flowing
from tests.crash.correspondence import complaints
from tests.crash.installation import Installation
from tests.support.parts import part_or_skip

pytestmark = [pytest.mark.cluster, pytest.mark.postgresql, pytest.mark.timeout(300)]
LATE = 10
"""Seconds after the primary's time at which a standby has been promoted, at the latest."""


@pytest.fixture
def patroni() -> Iterator[Cluster]:
    """The cluster."""
    with part_or_skip(cluster()) as made:
        yield made


def test_the_primary_dies_under_load(patroni: Cluster, tmp_path: Path) -> None:
    ca = patroni.create_database("ca", replicated=True)
    messages = patroni.create_database("messages", replicated=False)
    with Installation(tmp_path / "site", ca, [messages], LEASE) as site:
        with flowing(site) as (traffic,):
            traffic.wait(1)
            primary = patroni.primary()
            assert primary is not None
            primary.kill()
            seconds = until(lambda: patroni.primary() is not None)
            print(f"another primary after {seconds:.1f} s")
            assert patroni.primary() is not primary
            assert seconds < TTL + LATE
            traffic.wait(2)
        assert not (wrong := complaints(site, [traffic.correspondence])), wrong
