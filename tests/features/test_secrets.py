"""Steps of secrets.feature."""

from pytest_bdd import parsers, scenarios, when

from tests.features.twists import DRAFTS
from tests.features.world import World
from tests.forge import cbc_enveloped, container

scenarios("secrets.feature")


@when(parsers.parse("the RA sends an encrypted and unsigned submessage, but {twist}"))
def send_unsigned(world: World, twist: str) -> None:
    draft = world.draft(sign=False)
    if twist == "its envelope is not authenticated":
        world.put(container(cbc_enveloped(draft.signed_bytes(), world.worker_identity.certificate)))
        return
    DRAFTS[twist](world, draft)
    world.put_draft(draft)
