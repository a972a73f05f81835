"""The deployment that real clients talk to: one for all tests."""

from collections.abc import Iterator

import pytest
from cryptography import x509

from tests.protocol.approving import Approver
from tests.protocol.cmp_site import ENDPOINTS, CmpSite, Endpoint
from tests.protocol.cmp_site import build as build_cmp
from tests.protocol.site import CHALLENGE, Site, build, get
from tests.support.databases.servers import Server
from tests.support.pki.bundles import bundled
from tests.support.pki.identities import rsa_key
from tests.support.wire.cmp_bouncy import bouncy
from tests.support.wire.cmp_openssl import openssl, openssl_library
from tests.support.wire.scep_client import Device

__all__ = ["bouncy", "openssl", "openssl_library"]


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def server_certificate(site: Site) -> x509.Certificate:
    """The transport certificate, as GetCACert gives it."""
    body, content_type = get(f"{site.url()}?operation=GetCACert&message=ManagementCA")
    assert content_type == "application/x-x509-ca-ra-cert"
    server, authority = bundled(body)
    server.verify_directly_issued_by(authority)
    return server


@pytest.fixture(scope="session")
def authority(site: Site) -> x509.Certificate:
    return x509.load_pem_x509_certificate(site.deployment.ca_certificate.read_bytes())


@pytest.fixture
def device(server_certificate: x509.Certificate, authority: x509.Certificate, request: pytest.FixtureRequest) -> Device:
    """A device of the test's own, with a key that tests share."""
    name = request.node.name.replace("_", "-")[:60]
    return Device(rsa_key(81), server_certificate, authority.subject.public_bytes(), name, CHALLENGE)


# ---- CMP


@pytest.fixture(scope="session")
def cmp_site(postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CmpSite]:
    """A CA with a CMP service, and a worker, running."""
    directory = tmp_path_factory.mktemp("cmp-site") / "deployment"
    site = build_cmp(directory, postgresql_server.fresh_url(), postgresql_server.fresh_url())
    site.start_worker()
    yield site
    site.stop_all()


@pytest.fixture(scope="session")
def endpoints(cmp_site: CmpSite) -> dict[str, Endpoint]:
    """Where the service is reached."""
    return {name: cmp_site.start_endpoint(name) for name in ENDPOINTS}


@pytest.fixture(params=ENDPOINTS)
def endpoint(request: pytest.FixtureRequest, endpoints: dict[str, Endpoint]) -> Endpoint:
    """Each of them."""
    return endpoints[str(request.param)]


@pytest.fixture(scope="session")
def approver(cmp_site: CmpSite) -> Approver:
    """Decides on what the alias `guarded` asks for."""
    return Approver(cmp_site.ca, cmp_site.files)
