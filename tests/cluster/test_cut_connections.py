"""Connections to the databases are lost, delayed and half-closed under load: everything is answered, once."""

import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.cluster.proxy import Proxy
from tests.cluster.traffic import LEASE, flowing
from tests.crash.correspondence import complaints
from tests.crash.installation import Installation

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
ROUNDS = 3


@pytest.mark.parametrize(
    "kind", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("postgresql", "mariadb")]
)
def test_lost_late_and_half_closed_connections(kind: str, tmp_path: Path, fresh_database: Callable[[str], str]) -> None:
    seed = secrets.token_hex(8)
    print(f"seed {seed}")
    direct = [make_url(fresh_database(kind)) for _ in range(2)]
    with closing(Proxy(direct[0].port or 0, seed)) as proxy:
        ca, messages = (url.set(port=proxy.port).render_as_string(hide_password=False) for url in direct)
        with Installation(tmp_path / "site", ca, [messages], LEASE) as site:
            with flowing(site) as (traffic,), proxy.storm():
                traffic.wait(ROUNDS)
            print(proxy.met)
            assert not (wrong := complaints(site, [traffic.correspondence])), wrong
    assert sum(proxy.met.values()) > 0
