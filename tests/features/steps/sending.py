"""What the RA sends, and the worker's run."""

from pytest_bdd import parsers, when

from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.deviations import DRAFTS
from tests.support.scenarios.hostile_octets import SUBMESSAGES
from tests.support.scenarios.world import World
from tests.support.wire.cms_objects import container


@when(parsers.re(r'the RA sends an? (?P<protection>[a-z ]+) PKCS10Request for "(?P<name>\w+)"'))
def send_request(world: World, protection: str, name: str) -> None:
    world.send(world.request(name), protection=protection)


@when(
    parsers.re(
        r"the RA sends an? (?P<protection>[a-z ]*?) ?PKCS10Request for the existing end entity"
        r' "(?P<name>\w+)" with the challenge password "(?P<password>.*)"'
    )
)
def send_self_authenticating(world: World, protection: str, name: str, password: str) -> None:
    """Past the client's own check, as another client would."""
    protection = protection or "signed and encrypted"
    draft = world.draft(name, sign="signed" in protection, encrypt="encrypted" in protection)
    draft.ask(pkcs10=pkcs10(rsa_key(21), challenge=password or None), create_or_edit_user=False)
    world.put_draft(draft)


@when(parsers.parse("the RA sends a submessage, but {deviation}"))
def send_deviating(world: World, deviation: str) -> None:
    draft = world.draft()
    DRAFTS[deviation](world, draft)
    world.put_draft(draft)


@when(parsers.parse("the database holds a submessage that is {deviation}"))
def put_octets(world: World, deviation: str) -> None:
    world.put(container(SUBMESSAGES[deviation](world)))


@when("the worker runs")
def run_worker(world: World) -> None:
    world.run_worker()
