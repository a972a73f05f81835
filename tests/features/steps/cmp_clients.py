"""CMP clients and how they protect their messages; and what the aliases say."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_bdd import given, parsers, when

from lockgate.certification.endentity import EndEntity
from tests.support.scenarios.cmp_site import OTHER_REFERENCE, OTHER_SECRET, CmpSite, key_of, shared
from tests.support.scenarios.world import World
from tests.support.wire.cmp_messages import CmpMessage, Protection, Secret, Signature

ANOTHER = "gateway"


def _one_time(site: CmpSite, name: str) -> Protection:
    site.expect(name)
    return site.one_time(name)


def _in_the_name_of_another(site: CmpSite, name: str) -> Protection:
    site.expect(ANOTHER)
    return Secret(ANOTHER.encode(), site.passwords[name].encode())


def _holder(site: CmpSite, name: str) -> Protection:
    site.enrol(name)
    return site.holder(name)


def _new_holder(site: CmpSite, name: str) -> Protection:
    """By the certificate that the client has just got."""
    return Signature(site.certificates[name], site.client(name).key)


def _desk(site: CmpSite) -> Protection:
    desk = site.desk()
    return Signature(desk.certificate, desk.key)


PROTECTIONS: Mapping[str, Callable[[CmpSite, str], Protection | None]] = {
    "a shared secret": lambda *_: shared(),
    "another shared secret": lambda *_: shared(OTHER_REFERENCE, OTHER_SECRET),
    "a wrong secret": lambda *_: shared(secret="a guess"),
    "the secret under another reference": lambda *_: shared(reference=OTHER_REFERENCE),
    "no protection": lambda *_: None,
    "a one-time password": _one_time,
    "the one-time password of another": lambda site, _: _one_time(site, ANOTHER),
    "its own one-time password in the name of another": _in_the_name_of_another,
    "a certificate": _holder,
    "the certificate of another": lambda site, _: _holder(site, ANOTHER),
    "the certificate that it confirms": _new_holder,
    "the certificate of an RA": lambda site, _: _desk(site),
}
"""What may protect the message of a client of that name."""
ALIASES = {"a shared secret": "ra", "a one-time password": "client", "a certificate": "client"}
"""Where a client sends its messages that has such a protection."""
WITH = "|".join(sorted(PROTECTIONS, key=len, reverse=True))


def under(message: CmpMessage, protection: Protection | None) -> CmpMessage:
    """The message as another sender protects it."""
    if protection is None:
        return message.with_(protection=None)
    return message.with_(protection=protection, sender=protection.sender, sender_kid=protection.key_identifier)


@given(parsers.re('the client "(?P<name>[^"]+)" with (?P<what>a shared secret|a one-time password|a certificate)$'))
def with_protection(site: CmpSite, name: str, what: str) -> None:
    equip(site, name, what)
    site.client(name, alias=ALIASES[what])


def equip(site: CmpSite, name: str, what: str) -> None:
    """Let the client protect its messages so. With a certificate, it asks for the next one, for a new key."""
    protection = PROTECTIONS[what](site, name)
    assert protection is not None
    site.client(name, protection=protection)
    if what == "a certificate":
        site.client(name, key=key_of(f"the new key of {name}"))


@given(parsers.parse('the client "{name}" at the alias "{alias}"'))
def at_alias(site: CmpSite, name: str, alias: str) -> None:
    site.client(name, alias=alias)


@given(parsers.parse('the client "{name}" of the version {version:d}'))
def of_version(site: CmpSite, name: str, version: int) -> None:
    site.client(name, pvno=version)


RULES: Mapping[str, Mapping[str, object]] = {
    "grants no implicit confirmation": {"implicit_confirm": False},
    "makes transaction ids": {"transaction_id": "made"},
    "wants a time": {"time_required": True},
    "lets a kur keep its key": {"same_key": True},
    "believes RAs that have verified it": {"ra_verified": True},
    "believes nobody": {"ra_verified": False},
    "takes every certificate of an RA": {"ra_by_purpose": True},
}


@given(parsers.re(f'the alias "(?P<alias>[^"]+)" (?P<rule>{"|".join(RULES)})$'))
def alias_says(site: CmpSite, alias: str, rule: str) -> None:
    site.configure(alias, **RULES[rule])


NAMED = {name: {"certificateProfile": name, "entityProfile": "EMPTY"} for name in ("ENDUSER", "KEEPING", "OTHER")}


@given(parsers.parse('the alias "{alias}" names the profiles ENDUSER and KEEPING'))
def names_profiles(site: CmpSite, alias: str) -> None:
    site.configure(alias, profiles={name: NAMED[name] for name in ("ENDUSER", "KEEPING")})


@when(parsers.parse('the alias "{alias}" names other profiles'))
def names_others(site: CmpSite, alias: str) -> None:
    site.configure(alias, profiles={"OTHER": NAMED["ENDUSER"]})


@given('the alias "ra" has the certificate profile KEEPING')
@when('the alias "ra" has the certificate profile KEEPING')
def another_profile(site: CmpSite) -> None:
    site.configure("ra", certificateProfile="KEEPING")


@given(parsers.parse('the alias "{alias}" says to poll again after {seconds:d} seconds'))
def says_when(site: CmpSite, alias: str, seconds: int) -> None:
    site.configure(alias, check_after=seconds)


@given(parsers.parse('the alias "{alias}" answers only: {kinds}'))
@when(parsers.parse('the alias "{alias}" answers only: {kinds}'))
def answers_only(site: CmpSite, alias: str, kinds: str) -> None:
    site.configure(alias, messages=kinds.split(", "))


@given(
    parsers.re(
        r'the alias "(?P<alias>[^"]+)" keeps at most (?P<count>\d) transactions?'
        "(?P<whose>( per sender)?) open( in all)?$"
    )
)
def bounded(site: CmpSite, alias: str, count: str, whose: str) -> None:
    site.configure(alias, **{"open_per_sender" if whose else "open_in_all": int(count)})


@given(parsers.parse('the alias "{alias}" waits {seconds:d} seconds for confirmations'))
def waits_for(site: CmpSite, alias: str, seconds: int) -> None:
    site.configure(alias, confirm_within=seconds)


@given(parsers.parse('the alias "{alias}" remembers transactions for {days:d} day'))
def remembers(site: CmpSite, alias: str, days: int) -> None:
    site.configure(alias, remember=days)


@given(parsers.re('the end entity "(?P<name>[^"]+)" is moved to (?P<place>OtherCA|the end entity profile GUARDED)'))
def moved(world: World, name: str, place: str) -> None:
    def change(stored: EndEntity) -> EndEntity:
        if place == "OtherCA":
            return replace(stored, ca_name="OtherCA")
        return replace(stored, end_entity_profile="GUARDED")

    world.ca_side.administration.edit_end_entity(name, change)
