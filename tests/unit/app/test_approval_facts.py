"""What people are shown of an action: every field beside the stored one, and nothing that is not signed."""

from typing import Any

import pytest

from lockgate.effects.outline import outlined
from lockgate.effects.statement import Foreign
from lockgate.errors import CallerError
from lockgate.rights.authorization import Action
from lockgate_app.approval_facts import (
    ChangedField,
    action_facts,
    canonical,
    changes,
    read_action,
    told_changes,
    told_facts,
)

ALICE: dict[str, Any] = {"username": "alice", "subject_dn": "CN=alice", "email": None, "subject_alt_name": []}
RENAMED = ALICE | {"subject_dn": "CN=alice,O=Other"}
KEY = {"public_key": "sha256:00"}


def action(*effects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"effects": list(effects), "end_entities": ["alice"], "rests_on": [], **more}


def fields(*effects: dict[str, Any], stored: dict[str, Any] | None = None) -> dict[str, ChangedField]:
    return {field.name: field for change in changes(action(*effects), stored) for field in change.fields}


def test_a_new_end_entity_has_nothing_to_differ_from_but_its_values_are_marked() -> None:
    found = fields({"effect": "save", "before": None, "after": ALICE})
    assert found["subject DN"] == ChangedField("subject DN", None, "CN=alice", differs=True)
    assert not found["email"].differs
    assert not found["subject alternative name"].differs


def test_a_change_is_compared_with_what_the_action_says_was_stored() -> None:
    found = fields({"effect": "save", "before": ALICE, "after": RENAMED})
    assert found["subject DN"] == ChangedField("subject DN", "CN=alice", "CN=alice,O=Other", differs=True)
    assert not found["username"].differs


def test_a_request_type_of_a_deployer_cannot_pass_its_effect_for_another() -> None:
    said = {"effect": "read", "after": "x", "described": "y"}
    outline = dict(outlined(Foreign(actions=frozenset({Action.EDIT}), call=print, outline=said)))
    (change,) = changes(read_action(canonical(action(outline))))
    assert change.title == "foreign"
    assert change.fields == (ChangedField("outline", None, "after: x, described: y, effect: read"),)


def test_what_is_stored_now_counts_for_every_effect() -> None:
    effect = {"effect": "certify", "owner": "alice", "described": RENAMED, "key": KEY}
    found = fields(effect, stored={"alice": ALICE})
    assert (found["subject DN"].stored, found["subject DN"].differs) == ("CN=alice", True)
    assert found["key"] == ChangedField("key", None, "subject public key: sha256:00")
    assert not fields(effect)["subject DN"].differs, "nothing is known to compare it with"


def test_a_member_that_this_version_does_not_know_is_shown() -> None:
    assert told_facts(action_facts(action(quorum=2, later={"a": [1, None]})))["later"] == "a: [1, none]"
    assert fields({"effect": "later", "extent": "all"})["extent"].asked == "all"


def test_people_read_the_terms_of_certificates_and_none_where_there_is_nothing() -> None:
    certify = {"effect": "certify", "described": ALICE, "keep": False, "token": "P12", "serial_number": None}
    names = ["DNSNAME=a.example", "UNIFORMRESOURCEIDENTIFIER=http://a.example/?b\\,c"]
    told = told_changes(
        action({"effect": "save", "before": ALICE, "after": ALICE | {"subject_alt_name": names}}, certify)
    )
    assert told == [
        "Add or change an end entity",
        "  username: alice",
        "  subject DN: CN=alice",
        "  email: none",
        f"* subject alternative name: {', '.join(names)} (stored: none)",
        "Issue a certificate",
        "  username: alice",
        "  subject DN: CN=alice",
        "  email: none",
        "  subject alternative name: none",
        "  the CA keeps the private key: no",
        "  private key handed out as: P12",
        "  serial number asked for: none",
    ]


def test_a_username_in_the_name_of_a_secret_stays_as_it_is() -> None:
    facts = told_facts(action_facts(action(secrets={"new password of a_b": "00"}, ca_names=["A", "B"])))
    assert (facts["secrets"], facts["CAs"]) == ("new password of a_b: 00", ["A", "B"])


def test_only_the_canonical_octets_of_an_action_are_read() -> None:
    octets = canonical(action({"effect": "save", "before": None, "after": ALICE}))
    assert canonical(read_action(octets)) == octets


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[" * 100_000,
        b"[]",
        b'{"effects":[],"effects":[],"end_entities":[],"rests_on":[]}',
        b'{"effects":[],"end_entities":[],"rests_on":[]} ',
        b'{"effects":[{"effect":"save"}],"end_entities":[7],"rests_on":[]}',
        b'{"effects":[{"after":{},"before":null,"effect":"save"}],"end_entities":[],"rests_on":[]}',
        b'{"effects":[]}',
    ],
)
def test_other_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(CallerError):
        read_action(octets)
