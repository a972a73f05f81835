"""The deployment that real clients talk to: one for all tests."""

from collections.abc import Iterator

import pytest

from tests.protocol.site import Site, build
from tests.support.databases.servers import Server


@pytest.fixture(scope="module")
def site(postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two SCEP servers and a worker, running."""
    directory = tmp_path_factory.mktemp("site") / "deployment"
    site = build(directory, postgresql_server.fresh_url(), postgresql_server.fresh_url())
    site.start("worker", "--config", site.deployment.ca_config, "worker")
    for number in (0, 1):
        site.start_server(number)
    yield site
    for name in list(site.processes):
        site.stop(name)
