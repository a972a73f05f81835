"""Steps of monitoring.feature."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pytest_bdd import given, parsers, scenarios, then, when

from lockgate.audit import AuditEvent, Event
from lockgate.errors import ConfigurationError
from lockgate.queue.message import NewMessage
from lockgate_app.container.ca_health import ca_readings
from lockgate_app.health.facts import ProcessFacts
from lockgate_app.health.metrics import HostCollector, Recordings, exposition
from lockgate_app.health.readings import HostReadings, read_now
from lockgate_app.settings import CaZone, RaZone
from tests.support.scenarios.world import World

scenarios("monitoring.feature")


def zone_of(world: World, host: str) -> CaZone | RaZone:
    configurations: dict[str, Callable[[], CaZone | RaZone]] = {
        "CA's host": lambda: world.ca_side.configuration.zone,
        "RA's host": lambda: world.ra_host.zone,
    }
    return configurations[host]()


@dataclass
class Monitoring:
    """What scrapes the CA's host.

    Attributes:
        before: the time series of its first look, by name and labels.
    """

    readings: HostReadings
    recordings: Recordings = field(default_factory=Recordings)
    before: dict[tuple[str, str], float] = field(default_factory=dict)

    def look(self) -> str:
        assert self.readings.entries is not None
        self.recordings.count(self.readings.entries())
        return exposition(
            HostCollector(lambda: read_now(self.readings), ProcessFacts, self.recordings), None
        )().decode()

    def series(self) -> dict[tuple[str, str], float]:
        families = text_string_to_metric_families(self.look())
        samples = (sample for family in families for sample in family.samples)
        return {(sample.name, str(sorted(sample.labels.items()))): sample.value for sample in samples}

    def value(self, name: str, label: str) -> float:
        (found,) = (value for (named, labels), value in self.series().items() if named == name and label in labels)
        return found


@given(parsers.parse("the lockgate.toml of the {host} as it was written first"))
def written_first(host: str) -> None:
    """Nothing is changed."""


@given(parsers.parse("the lockgate.toml of the {host} says that monitoring listens on {address}, exposed = {exposed}"))
def listening_on(world: World, host: str, address: str, exposed: str) -> None:
    configuration = world.ra_host if host == "RA's host" else world.ca_side.configuration
    configuration.put("health", {"listen": address, "exposed": exposed == "true"})


@given("monitoring watches the CA's host", target_fixture="monitoring")
def watch(world: World) -> Iterator[Monitoring]:
    with ca_readings(world.ca_side.configuration.zone) as readings:
        monitoring = Monitoring(readings)
        monitoring.before = monitoring.series()
        yield monitoring


@when(parsers.parse('a request for "{username}" is refused for the reason "{reason}"'))
def refuse(world: World, username: str, reason: str) -> None:
    with world.ca.transaction(world.fence()) as work:
        work.audit(AuditEvent(Event.REQUEST_REFUSED, username, username, {"reason": reason}))


@when(parsers.parse('the RA puts a message with the id "{message_id}" that nobody takes up'))
def put(world: World, message_id: str) -> None:
    world.store.put(NewMessage(message_id, b"a message"))


@then(parsers.parse("nothing of the {host} listens for monitoring"))
def nothing_listens(world: World, host: str) -> None:
    assert zone_of(world, host).health is None


@then(parsers.parse("monitoring listens on {address}"))
def listens(world: World, address: str) -> None:
    tables = [zone.health for zone in (zone_of(world, "CA's host"), zone_of(world, "RA's host"))]
    assert [table.host for table in tables if table] == [address]


@then(parsers.parse("the configuration of the {host} is refused"))
def refused(world: World, host: str) -> None:
    with pytest.raises(ConfigurationError, match="other hosts reach"):
        zone_of(world, host)


@then(parsers.parse("monitoring counts {issued:d} certificate issued, and {refused:d} refusal for another reason"))
def counts(monitoring: Monitoring, issued: int, refused: int) -> None:
    assert monitoring.value("lockgate_audit_events_total", "certificate.issued") == issued
    assert monitoring.value("lockgate_refusals_total", "'other'") == refused


@then(parsers.parse("monitoring counts {number:d} message that is due"))
def counts_due(monitoring: Monitoring, number: int) -> None:
    assert monitoring.value("lockgate_messages_due", "") == number


@then("there are as many time series as before")
def as_many(monitoring: Monitoring) -> None:
    assert monitoring.series().keys() == monitoring.before.keys()


@then(parsers.parse('none of them holds the word "{word}"'))
def holds_no(monitoring: Monitoring, word: str) -> None:
    assert word not in monitoring.look()
