"""Steps of outside_ocsp.feature: what came of it."""

from pytest_bdd import parsers, scenarios, then

from tests.features.steps.outside_cas import *  # noqa: F403
from tests.features.steps.outside_ocsp import *  # noqa: F403
from tests.support.scenarios.outside_ca import serial
from tests.support.scenarios.outside_ocsp import OcspSite
from tests.support.scenarios.world import World

scenarios("outside_ocsp.feature")


@then("PartnerCA was asked nothing")
def asked_nothing(site: OcspSite) -> None:
    assert site.asked == []


@then("PartnerCA was asked once, about the RA's certificate")
def asked_once(world: World, site: OcspSite) -> None:
    assert site.asked == [serial(world.ra)]


@then("PartnerCA was asked twice, about the RA's certificate")
def asked_twice(world: World, site: OcspSite) -> None:
    assert site.asked == [serial(world.ra)] * 2


@then("no question is stored")
def nothing_stored(site: OcspSite) -> None:
    assert site.all() == []


@then("the question about the RA is stored")
def stored(world: World, site: OcspSite) -> None:
    assert site.kept().serial_number == serial(world.ra)


@then(parsers.parse('the question has failed because "{reason}"'))
def failed(site: OcspSite, reason: str) -> None:
    assert reason in site.kept().trouble
