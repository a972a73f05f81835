"""A CA outside: RAs, workers and administrators have certificates of it, and its CRLs are in a file."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lockgate.audit import Event
from lockgate.outside.fetching import CrlFetching
from lockgate.ports import FetchState
from lockgate_app.keys import certificate_pem
from lockgate_keys.pkcs12 import write_pkcs12
from tests.support.pki.crls import Reason, crl
from tests.support.pki.identities import Authority, Identity, ec_key, make_authority, rsa_key
from tests.support.scenarios.turns import AtOnce
from tests.support.scenarios.world import KEYSTORE_PASSWORD, RA_KEY, RA_RIGHTS, WORKER, WORKER_KEY, World

PARTNER = "PartnerCA"
CRL_FILE = "partner.crl"
LIFETIME = timedelta(hours=6)


class OutsideSite:
    """The CA outside, and what it has published.

    Attributes:
        ra_before: the RA's certificate of ManagementCA, for the same key as that of the CA outside.
        number: of its last CRL; `published_at` its thisUpdate.
        stated: what the configuration says of it.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.authority: Authority = make_authority("Partner CA", ec_key(71))
        self.ra_before = world.ra
        self.number = 0
        self.passed = timedelta()
        self.published_at = self.now()
        self.folder = world.ca_side.configuration.path.parent
        (self.folder / "partner.pem").write_bytes(certificate_pem(self.authority.der))
        self.stated: dict[str, object] = {"ca_certificates": ["partner.pem"], "crls": [CRL_FILE]}
        self.configure()

    def configure(self, **settings: object) -> None:
        """Let the configuration say that of the CA."""
        self.world.ca_side.configuration.put(f"ca.outside.{PARTNER}", self.stated | settings)

    def become_raissuer(self) -> None:
        """RA and workers have certificates of it from now on."""
        world = self.world
        worker = self.authority.issue("worker", rsa_key(WORKER_KEY))
        keystore = self.folder / "partner-worker.p12"
        write_pkcs12(keystore, worker.key, worker.der, (), KEYSTORE_PASSWORD, "")
        world.configure(raissuer=PARTNER, **{"keystore.path": keystore.name})
        for name, der in (("partner.pem", self.authority.der), ("partner-worker.pem", worker.der)):
            (world.ra_host.path.parent / name).write_bytes(certificate_pem(der))
        world.ra_host.put("ra", {"worker_certificates": ["partner-worker.pem"], "ca_certificates": ["partner.pem"]})
        world.ra = self.authority.issue("ra.partner.example", rsa_key(RA_KEY))
        world.grant(RA_RIGHTS)

    def now(self) -> datetime:
        """The databases' clock."""
        return datetime.now(UTC).replace(microsecond=0) + self.passed

    def pass_by(self, duration: timedelta) -> None:
        """Let time pass."""
        self.passed += duration
        self.world.ca_side.hours.pass_by(duration)

    def make(self, revoked: Mapping[int, Reason] = {}, **changes: Any) -> bytes:
        """A CRL like its next one, with something changed."""
        values: dict[str, Any] = {
            "key": self.authority.key,
            "issuer": self.authority.certificate.subject,
            "this_update": self.now(),
            "next_update": self.now() + LIFETIME,
            "number": self.number,
            "revoked": revoked,
        }
        return crl(**(values | changes))

    def publish(self, revoked: Mapping[int, Reason] = {}, **changes: Any) -> None:
        """Write its next CRL where it publishes."""
        self.number += 1
        self.published_at = self.now()
        self.put(self.make(revoked, **changes))

    def put(self, octets: bytes) -> None:
        """Let that be where it publishes."""
        (self.folder / CRL_FILE).write_bytes(octets)

    def take_away(self) -> None:
        """Nothing is there any more."""
        (self.folder / CRL_FILE).unlink(missing_ok=True)

    def fetching(self, worker: str = WORKER) -> CrlFetching:
        """A worker's fetches, as they are after every start; each has ended when it was begun."""
        container = self.world.worker_container(worker)
        container.fetches.override(AtOnce())
        fetching: CrlFetching = container.crl_fetching()
        return fetching

    def run_fetches(self) -> None:
        """Everything that is due, and all that follows."""
        fetching, fence = self.fetching(), self.world.fence()
        fetching.round(fence)
        while fetching.round(fence).more:
            pass

    def state(self) -> FetchState | None:
        """How fetching goes."""
        return self.world.ca_side.inspection.fetch_state(PARTNER)

    def kept_numbers(self) -> list[int | None]:
        """The numbers of the CRLs that are kept."""
        return [kept.facts.number for kept in self.world.ca_side.inspection.outside_crls(PARTNER)]

    def fetched(self) -> int:
        """How many CRLs were kept, by the audit log."""
        return len(self.world.ca_side.column(f"select target from audit where event = '{Event.CRL_FETCHED}'"))


def serial(identity: Identity) -> int:
    """The serial number of its certificate."""
    return identity.certificate.serial_number
