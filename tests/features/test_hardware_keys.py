"""Steps of hardware_keys.feature: on a deployment whose keys `lockgate init` has made in a token of SoftHSM."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from pkcs11 import Attribute, ObjectClass
from pytest_bdd import given, parsers, scenarios, then, when
from structlog.testing import capture_logs

from lockgate.administration.listings import CertificateQuery
from lockgate.administration.pages import Page
from lockgate.errors import LockgateError
from lockgate.ra.sent import SentMessage
from lockgate.requests.submessages import PKCS10Request, PKCS10Response
from lockgate_app import deployment
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.ra import connect
from lockgate_app.deployment import CA_NAME, Deployment
from lockgate_app.new_keystores import NewKeysIn
from lockgate_app.settings import load_ca
from lockgate_app.workers import choice, running
from lockgate_ca_backend import signing
from lockgate_keys.hardware.keys import TokenRsaKey
from lockgate_keys.hardware.keystore import PROOF
from tests.integration.app.commands import Outcome, edited, lockgate
from tests.support.hardware import SoftHsm, TestToken
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key

scenarios("hardware_keys.feature")

PROOFS = (PROOF, signing.PROOF)
"""What keys sign when a worker starts."""
WRONG_PIN = "wrong-Hq7vT2m9Ls"
PIN_IN_URI = "uri-pin-8sXw4Kd1"

_COMMAND = "from lockgate_app.cli.main import main; main()"


@dataclass
class Site:
    """Both hosts, and what became of a request.

    Attributes:
        stack: ends what a scenario has changed.
    """

    own: Deployment
    token: TestToken
    patch: pytest.MonkeyPatch
    stack: ExitStack = field(default_factory=ExitStack)
    sent: SentMessage | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    failure: LockgateError | None = None

    def lockgate(self, *arguments: object) -> Outcome:
        """The command in a process of its own, which imports what this one does."""
        command = [sys.executable, "-c", _COMMAND, "--config", *map(str, (self.own.ca_config, *arguments))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.outcomes.append(Outcome(done.returncode, done.stdout, done.stderr))
        return self.outcomes[-1]


@pytest.fixture(scope="session")
def in_token(softhsm: SoftHsm, tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployment, TestToken]:
    token = softhsm.new_token()
    directory = tmp_path_factory.mktemp("hardware") / "deployment"
    return deployment.create(directory, token=NewKeysIn(token.uri, token.pin)), token


@pytest.fixture
def site(in_token: tuple[Deployment, TestToken], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made, token = in_token
    shutil.copytree(made.directory, tmp_path / "deployment")
    with ExitStack() as stack:
        yield Site(Deployment(tmp_path / "deployment"), token, monkeypatch, stack)


@given('a CA, a worker and an RA whose keys "lockgate init" has made in a token')
def made(site: Site) -> None:
    assert {path.suffix for path in site.own.directory.rglob("*.p1[12]")} == {".p11"}


@given(parsers.parse('a CA "{name}" whose key is not in the token any more'))
def lost(site: Site, name: str) -> None:
    runs(site, f"ca create {name} --subject-dn CN={name} --key P-256")
    runs(site, f"role edit RA --add-rule /ca/{name}")
    site.token.lose(label=name)


@when(parsers.re('the RA sends a request for "(?P<username>[^"]+)"(?: to the CA "(?P<ca>[^"]+)")?'))
def send(site: Site, username: str, ca: str | None) -> None:
    names = {"end_entity_profile": "EMPTY", "certificate_profile": "ENDUSER", "ca_name": ca or CA_NAME}
    described: dict[str, Any] = names
    asked = PKCS10Request(
        request_id=1, username=username, subject_dn=f"CN={username}", pkcs10=pkcs10(rsa_key(80)), **described
    )
    with connect(site.own.ra_config) as ra:
        site.sent = ra.send([asked])


@when("the worker runs")
def run_worker(site: Site) -> None:
    zone = load_ca(site.own.ca_config)
    site.failure = None
    try:
        with capture_logs():
            running.run_once(zone, choice.chosen(zone, None), wait=False)
    except LockgateError as error:
        site.failure = error


def _before(site: Site) -> None:
    site.stack.enter_context(site.token.softhsm.away())


def _pulled_out_by(site: Site, function: str, whose: str) -> None:
    """The first time that the key uses that function for the round, the token goes away: then it is asked."""
    original: Callable[..., bytes] = getattr(TokenRsaKey, function)
    gone: list[bytes] = []

    def pulled_out(key: TokenRsaKey, octets: bytes, *more: AsymmetricPadding) -> bytes:
        if key.uri.object.startswith(whose) and octets not in PROOFS and not gone:
            gone.append(octets)
            site.stack.enter_context(site.token.softhsm.away())
        return original(key, octets, *more)

    site.patch.setattr(TokenRsaKey, function, pulled_out)


MOMENTS: dict[str, Callable[[Site], None]] = {
    "before the worker opens a request": _before,
    "while the worker opens a request": lambda site: _pulled_out_by(site, "decrypt", "worker"),
    "while the CA signs the certificate": lambda site: _pulled_out_by(site, "sign", CA_NAME),
    "while the worker signs the answer": lambda site: _pulled_out_by(site, "sign", "worker"),
}


@when(parsers.re(f"the token goes away (?P<moment>{'|'.join(MOMENTS)})"))
def goes_away(site: Site, moment: str) -> None:
    MOMENTS[moment](site)


@when("the token is back")
def is_back(site: Site) -> None:
    site.stack.close()


@then("nothing was answered, and no request refused")
def waits(site: Site) -> None:
    assert site.failure is not None
    assert "cannot be used now" in str(site.failure)
    listed = lockgate("--config", site.own.ca_config, "audit", "show", "--json")
    assert listed.code == 0, listed.err
    assert "request.refused" not in listed.out
    assert "message.set_aside" not in listed.out


@then("the answer is: a certificate")
def answered(site: Site) -> None:
    assert site.failure is None, site.failure
    assert site.sent is not None
    with connect(site.own.ra_config) as ra:
        (response,) = ra.look(site.sent) or ()
    assert isinstance(response, PKCS10Response)
    assert response.success, response.fail_info


@then(parsers.re(r'"(?P<username>[^"]+)" has (?P<count>\d) certificates?'), converters={"count": int})
def has_certificates(site: Site, username: str, count: int) -> None:
    container = CaContainer(zone=load_ca(site.own.ca_config))
    found = container.inspection().certificates(CertificateQuery(username=username), Page())
    container.engine().dispose()
    assert len(found.items) == count


@then(parsers.parse("{count:d} message waits, with all its attempts"))
def waiting(site: Site, count: int) -> None:
    listed = lockgate("--config", site.own.ca_config, "messages", "list", "--status", "waiting", "--json")
    assert [message["attempts"] for message in json.loads(listed.out)["messages"]] == [0] * count


@then("no file and no row holds a private key")
def no_private_key(site: Site) -> None:
    files = [path for path in site.own.directory.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes() or path.suffix in {".p12", ".key"}]
    container = CaContainer(zone=load_ca(site.own.ca_config))
    checks = container.secret_checks()
    assert not checks.problems()
    container.engine().dispose()
    assert checks.in_token == {CA_NAME}


@when(parsers.parse("an operator runs: {command}"))
def runs(site: Site, command: str) -> None:
    done = site.lockgate(*command.replace("W.p11", str(site.own.ca / "W.p11")).split())
    assert done.code == 0, done.err


@then("every private key in the token is sensitive, and could never be read")
def never_read(site: Site) -> None:
    flags = (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE, Attribute.LOCAL)
    found = site.token.token.use(
        lambda session: [
            [key[flag] for flag in flags]
            for key in list(session.session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        ]
    )
    assert len(found) >= 4
    assert all(map(all, found))


@given("the configuration of the CA's host has a wrong PIN")
def wrong_pin(site: Site) -> None:
    for name in ("worker.password", "token.password"):
        (site.own.ca / name).write_text(WRONG_PIN)


@when(parsers.re(r"the worker is started (?P<count>\d) times?"))
def started(site: Site, count: str) -> None:
    site.outcomes.clear()
    for _ in range(int(count)):
        assert site.lockgate("worker", "--once").code != 0


@then(parsers.re("it does not start, and (?P<count>one|none) of them has tried the PIN"))
def tried(site: Site, count: str) -> None:
    said = [outcome.err for outcome in site.outcomes]
    assert all("PIN" in one for one in said), said
    assert sum("does not take the PIN" in one for one in said) == {"one": 1, "none": 0}[count], said


@when("the PIN is corrected")
def corrected(site: Site) -> None:
    for name in ("worker.password", "token.password"):
        (site.own.ca / name).write_text(site.token.pin)


@given("the URI of the CA's token holds a PIN")
def pin_in_settings(site: Site) -> None:
    edited(site.own.ca_config, "?module-path=", f"?pin-value={PIN_IN_URI}&module-path=")


@given("the URI of the worker's key holds a PIN")
def pin_in_keystore(site: Site) -> None:
    edited(site.own.ca / "worker.p11", "?module-path=", f"?pin-value={PIN_IN_URI}&module-path=")


@when('"lockgate check" is run, it finds nothing wrong')
def nothing_wrong(site: Site) -> None:
    done = site.lockgate("check")
    assert done.code == 0, done.out


@then(parsers.parse('"lockgate check" is run, it says "{words}"'))
@when(parsers.parse('"lockgate check" is run, it says "{words}"'))
def says(site: Site, words: str) -> None:
    done = site.lockgate("check")
    assert done.code != 0
    assert words in " ".join((done.out + done.err).split())


@then("no PIN was shown")
def not_shown(site: Site) -> None:
    assert site.outcomes
    said = "".join(outcome.out + outcome.err for outcome in site.outcomes)
    assert not [pin for pin in (site.token.pin, WRONG_PIN, PIN_IN_URI) if pin in said]
