"""`lockgate check` on the host of a CA that answers CMP: who may deliver messages, and for which alias."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lockgate.errors import ConfigurationError
from lockgate_app.checks import Severity, examine
from lockgate_app.container.ca import CaContainer
from lockgate_app.deployment import Deployment
from lockgate_app.settings import load, load_ca
from tests.integration.app.commands import Outcome, copied, edited
from tests.support.deployments import created

Command = Callable[..., Outcome]


@pytest.fixture(scope="module")
def pristine_cmp(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A new deployment whose CA answers CMP; no test changes it."""
    return created(tmp_path_factory.mktemp("pristine") / "deployment", fronts={"cmp"})


@pytest.fixture
def own(pristine_cmp: Deployment, tmp_path: Path) -> Deployment:
    return copied(pristine_cmp, tmp_path / "deployment")


def warnings(deployment: Deployment, config: Path | None = None) -> list[tuple[str, str]]:
    config = config or deployment.ca_config
    found = examine(config, load(config))
    return [(one.subject, one.text) for one in found if one.verdict is Severity.WARNING]


NOTHING = ("role RA", "/action/deliver without a rule /cmp/ALIAS: it delivers nothing")
UNKNOWN = ("role RA", "/cmp/nosuch: there is no [cmp.alias.nosuch]")
NOBODY = ("CMP alias cmp", "no role with members has /action/deliver and /cmp/cmp: every message is refused")


def rules(*, without: str = "", and_: str = "") -> tuple[str, ...]:
    removed = (part for rule in without.split() for part in ("--remove-rule", rule))
    return (*removed, *(part for rule in and_.split() for part in ("--add-rule", rule)))


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        (rules(without="/cmp/cmp"), [NOTHING, NOBODY]),
        (rules(without="/cmp/cmp", and_="/cmp/*"), []),
        (rules(without="/cmp/cmp /action/deliver", and_="/"), []),
        (rules(without="/action/deliver"), [NOBODY]),
        (rules(without="/action/deliver", and_="/action/*"), []),
        (rules(without="/administrator"), [NOBODY]),
        (rules(and_="/cmp/nosuch"), [UNKNOWN]),
        (rules(without="/cmp/cmp", and_="/cmp/nosuch"), [UNKNOWN, NOBODY]),
    ],
)
def test_who_may_deliver(
    own: Deployment, in_process: Command, change: tuple[str, ...], warned: list[tuple[str, str]]
) -> None:
    done = in_process("--config", own.ca_config, "role", "edit", "RA", *change)
    assert done.code == 0
    assert (f"warning: {UNKNOWN[1]}" in done.err) is (UNKNOWN in warned)
    assert warnings(own) == warned


def test_two_halves_of_the_right_to_deliver_do_not_add_up(own: Deployment, in_process: Command) -> None:
    assert in_process("--config", own.ca_config, "role", "edit", "RA", "--remove-rule", "/action/deliver").code == 0
    member = "0" * 64
    other = ("--rule", "/administrator", "--rule", "/action/deliver", "--fingerprint", member)
    assert in_process("--config", own.ca_config, "role", "add", "Other", *other).code == 0
    assert NOBODY in warnings(own)


def test_a_role_without_members_delivers_nothing(own: Deployment, in_process: Command) -> None:
    container = CaContainer(zone=load_ca(own.ca_config))
    (member,) = container.inspection().role("RA").members
    container.engine().dispose()
    taken = ("remove-member", "RA", "--fingerprint", member.fingerprint)
    assert in_process("--config", own.ca_config, "role", *taken).code == 0
    assert warnings(own) == [NOBODY]


def test_an_alias_that_clients_reach_directly_needs_nobody_who_delivers(own: Deployment, in_process: Command) -> None:
    assert in_process("--config", own.ca_config, "role", "edit", "RA", "--remove-rule", "/action/deliver").code == 0
    edited(own.ca_config, "[cmp.alias.cmp]", "[cmp.direct]\n\n[cmp.alias.cmp]")
    assert warnings(own) == []


@pytest.mark.parametrize(("alias", "warned"), [("cmp", False), ("other", True)])
def test_the_alias_of_the_well_known_address_is_among_those_that_pass(
    own: Deployment, alias: str, warned: bool
) -> None:
    edited(own.ra_config, 'default_alias = "cmp"', f'default_alias = "{alias}"')
    told = f"default_alias: {alias} is not among the aliases: /.well-known/cmp refuses every message"
    assert (("CMP", told) in warnings(own, own.ra_config)) is warned


def test_an_alias_in_the_file_of_the_ra_belongs_on_the_other_host(own: Deployment) -> None:
    own.ra_config.write_text(f"{own.ra_config.read_text()}\n[cmp.alias.cmp]\nmode = 'ra'\n")
    with pytest.raises(
        ConfigurationError, match=r"cmp\.alias: unknown key; \[cmp\.alias\.NAME\] belongs on the CA's host"
    ):
        load(own.ra_config)


def test_answers_need_another_key_than_the_workers(own: Deployment) -> None:
    edited(own.ca_config, '"cmp.p12"', '"worker.p12"')
    edited(own.ca_config, '"cmp.password"', '"worker.password"')
    told = "keyStorePath is the keystore of worker main: answers need a key of their own"
    assert warnings(own) == [("CMP", told)]
