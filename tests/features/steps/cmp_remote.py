"""CMP clients whose CA is one that a remote issuer signs for."""

from dataclasses import replace

from pytest_bdd import given, parsers, when

from lockgate.certification.endentity import EndEntity
from tests.features.steps.cmp_clients import with_protection
from tests.features.steps.remote_issuer_actions import run
from tests.support.scenarios.cmp_site import DELIVERING, CmpSite
from tests.support.scenarios.remote_issuer import REMOTE_CA, RemoteSite


@given(parsers.parse('the client "{name}" of RemoteCA with a one-time password'))
def of_remote_ca(site: CmpSite, name: str) -> None:
    site.world.grant(DELIVERING)
    site.configure("client", defaultCA=REMOTE_CA)
    if name not in site.passwords:
        with_protection(site, name, "a one-time password")

    def move(stored: EndEntity) -> EndEntity:
        return replace(stored, ca_name=REMOTE_CA)

    site.world.ca_side.administration.edit_end_entity(name, move)


@when("the runner of the remote issuer has run")
def runner_runs(remote: RemoteSite) -> None:
    run(remote)
