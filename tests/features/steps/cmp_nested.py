"""RAs that sign: what they ask for, and what they send on in nested messages."""

from pytest_bdd import given, parsers, then, when

from lockgate.certification.revocation import RevocationReason
from lockgate_formats.cmp.crmf import RA_VERIFIED
from lockgate_formats.cmp.vocabulary import PkiStatus
from tests.features.steps.cmp_outcomes import NAMES
from tests.features.steps.cmp_requests import ra
from tests.support.scenarios.ca_side import other_authority
from tests.support.scenarios.cmp_site import CmpSite, key_of, shared
from tests.support.wire.cmp_answers import CmpAnswer, read_answer
from tests.support.wire.cmp_messages import CmpMessage, Signature

ALIAS = "two"


@given("an RA that the alias names")
@given("an RA that the alias does not name")
def named_or_not() -> None:
    """As the aliases are."""


@given(parsers.parse('the certificate of the RA "{name}" is revoked'))
def revoked(site: CmpSite, name: str) -> None:
    site.world.ca_side.revoke(site.desk(name), RevocationReason.SUPERSEDED)


@when(parsers.parse('the RA "{name}" asks the alias "{alias}" for a certificate for "{other}"'))
def asks_at(site: CmpSite, name: str, alias: str, other: str) -> None:
    site.send(name, ra(site, name, other).request(time=site.now), alias)


@when(parsers.parse('the RA "{name}" asks for a certificate for "{other}", which has shown that it has the key'))
def has_verified(site: CmpSite, name: str, other: str) -> None:
    client = ra(site, name, other)
    site.send(name, client.request(client.cert_req_msg(possession=RA_VERIFIED)))


# ---- nested messages


def sent_on(site: CmpSite, *messages: CmpMessage, by: Signature | None = None) -> CmpMessage:
    """The nested message in which the RA sends those on; what is in them is kept."""
    client = ra(site, "desk", "router")
    site.inner = list(messages)
    return (client.with_(protection=by) if by else client).nested(*(message.octets for message in messages))


def inner_answers(site: CmpSite) -> list[CmpAnswer]:
    """What each of the messages in the nested one was answered."""
    found = zip(site.answer.inner, site.inner, strict=True)
    return [read_answer(octets, message, site.service) for octets, message in found]


@when('the RA "desk" sends on the request of "router"')
def sends_one_on(site: CmpSite) -> None:
    nested = sent_on(site, site.client("router").request())
    found = site.deliver(nested.octets, ALIAS)
    assert found is not None
    site.speaker = "router"
    site.answers.append(read_answer(found, site.inner[0], site.service))


@when(
    parsers.re(
        'the RA "desk" sends on the requests of "router" and "gateway" together'
        '(?P<wrong>, and that of "gateway" has a wrong secret)?$'
    )
)
def sends_two_on(site: CmpSite, wrong: str | None) -> None:
    second = site.client("gateway", **({"protection": shared(secret="a guess")} if wrong else {}))
    site.send("desk", sent_on(site, site.client("router").request(), second.request()), ALIAS)


@when('the RA "desk" sends on the same once more')
def sends_on_again(site: CmpSite) -> None:
    site.send("desk", site.sent["desk"], ALIAS)


@when('the RA "desk" sends on a request of "router" that nobody has protected')
def sends_unprotected_on(site: CmpSite) -> None:
    nested = sent_on(site, site.client("router").request().with_(protection=None))
    found = site.deliver(nested.octets, ALIAS)
    assert found is not None
    site.answers.append(read_answer(found, site.inner[0], site.service))


@when('the RA "desk" sends on a nested message')
def nested_twice(site: CmpSite) -> None:
    site.send("desk", sent_on(site, sent_on(site, site.client("router").request())), ALIAS)


@when('an RA of another CA sends on the request of "router"')
def stranger_sends_on(site: CmpSite) -> None:
    stranger = other_authority().issue("desk", key_of("a stranger"))
    signature = Signature(stranger.certificate, key_of("a stranger"))
    site.send("desk", sent_on(site, site.client("router").request(), by=signature), ALIAS)


# ---- answers


@then('the answer is for "router", and protected by its secret')
def for_router(site: CmpSite) -> None:
    assert not site.answer.signed


@then("it holds a certificate for its key")
def holds_certificate(site: CmpSite) -> None:
    assert [response.status.status for response in site.answer.responses] == [PkiStatus.ACCEPTED]
    assert list(site.world.issued()) == ["router"]


@then("the answer is nested, and signed by the service")
def is_nested(site: CmpSite) -> None:
    assert (site.answer.kind, site.answer.signed) == ("nested", True)


@then("it holds an answer for each, protected by its secret, with a certificate")
def holds_both(site: CmpSite) -> None:
    for answer in inner_answers(site):
        assert not answer.signed
        assert len(answer.certificates) == 1
    assert sorted(site.world.issued()) == ["gateway", "router"]


@then(parsers.parse('"router" gets a certificate, and "gateway" is refused as {failure}'))
def one_of_both(site: CmpSite, failure: str) -> None:
    first, second = inner_answers(site)
    assert len(first.certificates) == 1
    assert [status.fail_info for status in second.statuses] == [frozenset({NAMES[failure]})]
    assert list(site.world.issued()) == ["router"]
