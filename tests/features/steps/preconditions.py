"""What is so before anything is sent: profiles, roles, the worker's settings, end entities."""

import dataclasses

from pytest_bdd import given, parsers

from lockgate.certification.endentity import EndEntityStatus
from lockgate.certification.usages import KeyUsage
from tests.support.scenarios.approvers import give_role
from tests.support.scenarios.world import RA_RIGHTS, World


@given(parsers.parse('certificates of "{name}" may be for keys whose possession nobody has shown'))
def unproven_keys(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, dataclasses.replace(profile, unproven_keys=True))


@given(parsers.parse('certificates of "{name}" are only for keys whose possession was shown'))
def proven_keys(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, dataclasses.replace(profile, unproven_keys=False))


@given(parsers.parse('certificates of "{name}" can be renewed in their last {days:d} days'))
def renewal_window(world: World, name: str, days: int) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    world.ca_side.administration.put_profile(name, dataclasses.replace(profile, renewal_days=days))


@given(parsers.parse('certificates of "{name}" allow keyEncipherment alone'))
def encipherment_alone(world: World, name: str) -> None:
    profile = world.ca_side.inspection.profiles().certificate[name]
    usage = frozenset[KeyUsage]({"keyEncipherment"})
    world.ca_side.administration.put_profile(name, dataclasses.replace(profile, key_usage=usage))


@given("the RA may do everything")
def mighty_ra(world: World) -> None:
    give_role(world, "mighty RA", world.ra, "/")


@given(
    parsers.re(
        "a worker that requires (?P<required>signatures and encryption|signatures only|encryption only"
        "|neither signatures nor encryption)"
    )
)
def worker(world: World, required: str) -> None:
    words = required.split() if "neither" not in required else []
    world.require(sign="signatures" in words, encrypt="encryption" in words)


@given("a worker without a keystore that requires neither signatures nor encryption")
def keyless_worker(world: World) -> None:
    world.require(sign=False, encrypt=False, keystore=False)


@given(parsers.re(r'a worker that requires signatures and encryption, with the whitelist "(?P<whitelist>.*)"'))
def listed_worker(world: World, whitelist: str) -> None:
    world.require(sign=True, encrypt=True, whitelist=whitelist)


@given("the worker accepts old devices")
def old_devices_served(world: World) -> None:
    world.configure(legacy_devices=True)


@given(parsers.parse("an RA with one role: {rules}"))
def ra_with_role(world: World, rules: str) -> None:
    world.grant(rules)


@given("an RA in no role")
def ra_without_role(world: World) -> None:
    world.grant()


@given(parsers.parse('the end entity "{name}" with the password "{password}" that waits for its certificate'))
def waiting_end_entity(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password)


@given(parsers.parse('the end entity "{name}" with the password "{password}" that has the status GENERATED'))
def generated_end_entity(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password, status=EndEntityStatus.GENERATED)


@given("the RA may view the end entities of its profile")
def viewing_ra(world: World) -> None:
    """And nothing else."""
    world.grant(RA_RIGHTS.replace("create", "view"))


@given(parsers.parse('"{name}" is stored with the password "{password}"'))
def stored(world: World, name: str, password: str) -> None:
    world.ca_side.store_end_entity(name, password=password)
