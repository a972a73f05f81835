"""Bouncy Castle against the CA's CMP service: what `openssl cmp` cannot do."""

import threading

import pytest

from tests.protocol.approving import Approver
from tests.protocol.cmp_site import REFERENCE, SECRET, CmpSite, Endpoint, common_name
from tests.support.wire.cmp_bouncy import BouncyCmp, BouncyOutcome, Option

pytestmark = pytest.mark.postgresql


@pytest.fixture
def device(endpoint: Endpoint, bouncy: BouncyCmp, cmp_site: CmpSite, request: pytest.FixtureRequest) -> "Device":
    return Device(endpoint, bouncy, cmp_site, common_name(request))


class Device:
    """A client with a name of its own, that talks to one endpoint."""

    def __init__(self, endpoint: Endpoint, bouncy: BouncyCmp, site: CmpSite, name: str) -> None:
        self.endpoint = endpoint
        self.bouncy = bouncy
        self.site = site
        self.name = name

    @property
    def two(self) -> tuple[str, str]:
        """Two subjects."""
        return f"CN={self.name}", f"CN={self.name}-2"

    def run(self, command: str, alias: str, *subjects: str, **options: Option) -> BouncyOutcome:
        return self.bouncy.run(command, self.endpoint.url(alias), *subjects, **options)

    @property
    def shared(self) -> dict[str, Option]:
        return {"secret": SECRET, "reference": REFERENCE, "trusted": self.site.trusted}

    @property
    def desk(self) -> dict[str, Option]:
        """What the RA signs with."""
        desk = self.site.desk
        return {"cert": desk.certificate, "key": desk.key, "trusted": self.site.trusted}

    @property
    def ra(self) -> dict[str, Option]:
        """What the RA signs nested messages with."""
        return {"ra": self.site.desk.certificate, "rakey": self.site.desk.key}


def events(outcome: BouncyOutcome) -> list[str]:
    return [line for line in outcome.lines if line.startswith(("sent ", "received "))]


def subjects(outcome: BouncyOutcome) -> list[str]:
    return [certificate.subject.rfc4514_string() for certificate in outcome.certificates]


@pytest.mark.parametrize("mac", ["pbm", "pbmac1"])
def test_it_enrols_by_both_macs(device: Device, mac: str) -> None:
    done = device.run("ir", "devices", f"CN={device.name}", mac=mac, **device.shared)
    assert (done.code, subjects(done)) == (0, [f"CN={device.name}"])
    assert events(done) == ["sent ir", "received ip", "sent certConf", "received pkiconf"]
    assert done.lines.count("protected by a MAC") == 2


def test_several_requests_in_one_message(device: Device) -> None:
    done = device.run("ir", "devices", *device.two, **device.shared)
    assert (done.code, subjects(done)) == (0, list(device.two))
    assert events(done) == ["sent ir", "received ip", "sent certConf", "received pkiconf"]
    implicit = device.run("cr", "devices", f"CN={device.name}-3", f"CN={device.name}-4", implicit=True, **device.shared)
    assert (implicit.code, events(implicit)) == (0, ["sent cr", "received cp"])
    assert len(implicit.certificates) == 2


def test_an_ra_vouches_for_keys(device: Device) -> None:
    done = device.run("ir", "desk", f"CN={device.name}", popo="raverified", **device.desk)
    assert (done.code, subjects(done)) == (0, [f"CN={device.name}"])
    refused = device.run("ir", "devices", f"CN={device.name}-2", popo="raverified", **device.shared)
    assert refused.code == 1
    assert "(raVerified) is not accepted here" in refused.lines[-1]


def test_a_message_travels_in_an_ras_own(device: Device) -> None:
    done = device.run("ir", "desk", f"CN={device.name}", **device.ra, **device.desk)
    assert (done.code, subjects(done)) == (0, [f"CN={device.name}"])
    assert events(done) == ["sent ir", "received ip", "sent certConf", "received pkiconf"]
    stranger = device.run("ir", "devices", f"CN={device.name}-2", **device.ra, **device.shared)
    assert (stranger.code, stranger.certificates) == (1, ())


def test_several_messages_travel_in_one(device: Device) -> None:
    done = device.run("ir", "desk", *device.two, batch=True, **device.ra, **device.desk)
    assert (done.code, subjects(done)) == (0, list(device.two))
    assert "received nested" in done.lines


def test_a_holder_updates_and_revokes(device: Device) -> None:
    enrolled = device.run("ir", "devices", f"CN={device.name}", **device.shared)
    assert enrolled.code == 0, enrolled.lines
    own = enrolled.directory / "certificate-0.pem"
    holder: dict[str, Option] = {
        "cert": own,
        "key": enrolled.directory / "key-0.pem",
        "trusted": device.site.trusted,
    }
    updated = device.run("kur", "devices", f"CN={device.name}", old=own, **holder)
    assert (updated.code, subjects(updated)) == (0, [f"CN={device.name}"])
    revoked = device.run("rr", "devices", old=own, reason=4, **holder)
    assert (revoked.code, revoked.lines[-1]) == (0, "status 0")
    assert sorted(device.site.statuses(device.name)) == ["good", "revoked"]


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_polls_until_administrators_have_decided(device: Device, approver: Approver, verb: str) -> None:
    reason = ("--reason", "the name is mistyped") if verb == "reject" else ()
    done: list[BouncyOutcome] = []
    asking = (f"CN={device.name}",)
    thread = threading.Thread(target=lambda: done.append(device.run("ir", "guarded", *asking, **device.shared)))
    thread.start()
    approver.decide(device.name, verb, *reason)
    thread.join(90)
    lines = done[0].lines
    assert "waits 1 s" in lines
    if verb == "approve":
        assert (done[0].code, subjects(done[0])) == (0, [f"CN={device.name}"])
    else:
        assert done[0].code == 1
        assert "the name is mistyped" in lines[-1]


def test_a_wrong_secret(device: Device) -> None:
    refused = device.run("ir", "devices", f"CN={device.name}", **{**device.shared, "secret": "a guess of a stranger"})
    assert (refused.code, refused.certificates) == (1, ())
    assert device.site.statuses(device.name) == []
