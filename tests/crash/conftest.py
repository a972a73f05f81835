"""A deployment with both of its databases on one kind of server, for all tests that change nothing but their own."""

from collections.abc import Callable, Iterator

import pytest

from tests.crash.cmp_jobs import by_secret
from tests.crash.cmp_site import CmpSite
from tests.crash.jobs import JOBS
from tests.crash.nodes import Nodes
from tests.support.databases.servers import DATABASES, marked


@pytest.fixture(scope="session", params=marked(DATABASES))
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fresh_database: Callable[[str], str]
) -> Iterator[CmpSite]:
    """Its workers have everything open."""
    directory = tmp_path_factory.mktemp("crash") / "deployment"
    with CmpSite(directory, fresh_database(request.param), fresh_database(request.param)) as made:
        JOBS["PKCS10Request"].put(made)
        made.prepare()
        yield made


@pytest.fixture(scope="session")
def nodes(site: CmpSite) -> Iterator[Nodes]:
    """Further nodes of its CA, which have everything open."""
    with Nodes(site.config) as nodes:
        nodes.warm_up(by_secret(site).task)
        yield nodes
