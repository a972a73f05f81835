"""Our CMP client for tests: with a clock that does not sleep, and a scripted CA to talk to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lockgate_formats.cmp_client import (
    AnswerTrust,
    CertificateRequest,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    Credentials,
    SharedSecret,
    SigningCredentials,
)
from lockgate_testing.doubles.host import SteppingClock
from lockgate_transport.host.clock import HostRandom
from tests.support.pki.identities import Authority, Identity, ec_key, make_authority
from tests.support.wire.cmp_scripted_ca import SECRET, Said, ScriptedCa

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REFERENCE = b"device-7"
SHARED = SharedSecret(REFERENCE, SECRET)


@cache
def authority() -> Authority:
    """The CA that certifies devices and its own CMP service."""
    return make_authority("CMP tests CA", ec_key(401))


@cache
def service() -> Identity:
    """The signer of its answers."""
    return authority().issue("CMP service", ec_key(402), "digital_signature")


@cache
def device() -> Identity:
    """A device, as the CA certifies it."""
    return authority().issue("device", ec_key(403), "digital_signature")


@cache
def holder() -> Identity:
    """The same device's current certificate, which its messages are signed with."""
    return authority().issue("device", ec_key(404), "digital_signature")


@cache
def signing() -> SigningCredentials:
    """What the device signs with."""
    return SigningCredentials(holder().key, holder().der)


def trusting(**changes: Any) -> AnswerTrust:
    """Trust in that CA, whose service has that name."""
    name = service().certificate.subject.public_bytes()
    return AnswerTrust(**{"authorities": (authority().der,), "sender": name, **changes})


def asking(**changes: Any) -> CertificateRequest:
    """A request for the device's certificate."""
    subject = device().certificate.subject.public_bytes()
    return CertificateRequest(**{"subject": subject, "key": device().key, **changes})


@dataclass(frozen=True)
class Conversation:
    """A client and the CA that it talks to."""

    client: CmpClient
    ca: ScriptedCa
    clock: SteppingClock


def conversation(
    *script: Said | Exception,
    credentials: Credentials = SHARED,
    trust: AnswerTrust | None = None,
    signer: Identity | None = None,
    keys: tuple[Any, ...] = (),
    **settings: Any,
) -> Conversation:
    """A client, and a CA that answers with `script`.

    Args:
        signer: of the answers; without, they have a MAC.
    """
    ca, clock = ScriptedCa(list(script), signer), SteppingClock(NOW)
    parts = CmpClientParts(ca.carry, clock, HostRandom())
    return Conversation(CmpClient(parts, credentials, trust, CmpClientSettings(**settings), keys), ca, clock)


def signed(*script: Said | Exception, **options: Any) -> Conversation:
    """The same, with signatures on both sides."""
    given = {"credentials": signing(), "trust": trusting(), "signer": service(), **options}
    return conversation(*script, **given)
