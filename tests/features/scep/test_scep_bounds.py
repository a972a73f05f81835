"""Steps of scep_bounds.feature."""

import time
from datetime import timedelta

from cryptography import x509
from pytest_bdd import given, parsers, scenarios, then, when
from sqlalchemy import text

from lockgate.enrolment.outcome import Refused
from lockgate_transport.scep.failures import Failure, failure
from lockgate_transport.scep.vocabulary import FailInfo
from tests.features.steps.scep_outcomes import refused
from tests.features.steps.scep_requests import renewing
from tests.support.scenarios.scep_site import KEYS, Site
from tests.support.wire.scep_values import GET_CERT, PENDING, RENEWAL_REQ

scenarios("scep_bounds.feature")


@given("a worker that takes 1 request in an hour from the RA")
def worker_bounded(site: Site) -> None:
    """An hour has just begun."""
    site.world.ca_side.hours.pass_by(timedelta(hours=1) - timedelta(seconds=time.time() % 3600))
    site.world.configure(max_per_hour=1)


@when("another device asks for a certificate")
def another_asks(site: Site) -> None:
    device = site.device("switch")
    site.send(device, device.pkcs_req(), site.clients[-1])


@when('the device "router" asks for the renewal of its new certificate')
def renews_again(site: Site) -> None:
    device = renewing(site, "router")
    device = device.with_(transaction_id=f"{device.transaction_id}-2", key=KEYS["a new key"]())
    request = device.with_(key=KEYS["gateway"]()).request
    renewed = x509.load_der_x509_certificate(site.received[-1][0])
    site.send(device, device.message(RENEWAL_REQ, request, certificate=renewed))


@when('the device "gateway" asks for the certificate with the serial of "router"')
def queries_another(site: Site) -> None:
    message = site.device("gateway").identify(
        GET_CERT, site.issuer, site.certificates["router"].serial_number, certificate=site.certificates["gateway"]
    )
    site.send(site.device("gateway"), message)


@then("the server answers that the CA takes no more requests in this hour")
def next_not_taken(site: Site) -> None:
    found = site.server().next_ca_certificates("192.0.2.1")
    assert isinstance(found, Refused)
    assert failure(found) == Failure(
        FailInfo.BAD_REQUEST, "The CA takes no more requests in this hour; try again later."
    )


@then(parsers.parse("{count:d} messages were put"))
def messages_put(site: Site, count: int) -> None:
    with site.world.engine.connect() as connection:
        assert connection.execute(text("select count(*) from message")).scalar_one() == count


@when("the CA's next hour begins")
def next_hour(site: Site) -> None:
    site.world.ca_side.hours.pass_by(timedelta(hours=1))


@then("the first 2 are told to wait")
def first_wait(site: Site) -> None:
    assert [answer.status for answer in site.answers[:2] if answer] == [PENDING, PENDING]


@then(parsers.parse('the last one is refused as {failure}: "{sentence}"'))
def last_refused(site: Site, failure: str, sentence: str) -> None:
    refused(site, failure, sentence)
