"""Cards with two certificates: their renewal, and how it can be wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from lockgate.certification.revocation import RevocationReason
from lockgate.requests.submessages import (
    CardRenewalRequest,
)
from tests.support.pki.certificate_requests import pkcs10
from tests.support.pki.identities import rsa_key
from tests.support.scenarios.ca_side import BLOCKED_KEY, other_authority
from tests.support.scenarios.old_keys import compromise_another, condemn, keep, let_expire, open_window_late
from tests.support.scenarios.world import World


@dataclass
class Card:
    """A card: its old keys, its new ones, and its certificates, DER."""

    certificates: dict[str, bytes] = field(default_factory=dict)
    old: Mapping[str, Any] = field(default_factory=lambda: {"auth": rsa_key(31), "sign": rsa_key(32)})
    new: Mapping[str, Any] = field(default_factory=lambda: {"auth": rsa_key(33), "sign": rsa_key(34)})


def renewal(card: Card, **fields: Any) -> CardRenewalRequest:
    values: dict[str, Any] = {"request_id": 7}
    for half in ("auth", "sign"):
        values[f"{half}_cert"] = card.certificates[half]
        values[f"{half}_pkcs10"] = pkcs10(card.new[half], signed_by=card.old[half])
    return CardRenewalRequest(**(values | fields))


def of_bob(world: World, card: Card) -> dict[str, Any]:
    world.send(world.request("bob", pkcs10=pkcs10(rsa_key(35))))
    world.run_worker()
    certificate = world.seen()[0].content.response.certificate  # type: ignore[attr-defined]
    return {"sign_cert": certificate, "sign_pkcs10": pkcs10(card.new["sign"], signed_by=rsa_key(35))}


def revoked(world: World, card: Card) -> dict[str, Any]:
    number = x509.load_der_x509_certificate(card.certificates["sign"]).serial_number
    world.ca_side.administration.revoke(RevocationReason.SUPERSEDED, ca_name="ManagementCA", serial_number=number)
    return {}


def old(change: Callable[[World, Card], None]) -> Callable[[World, Card], dict[str, Any]]:
    """A deviation in what the CA knows of the old certificates; the request stays as it is."""

    def deviate(world: World, card: Card) -> dict[str, Any]:
        change(world, card)
        return {}

    return deviate


DEVIATIONS: Mapping[str, Callable[[World, Card], dict[str, Any]]] = {
    "nothing else": lambda *_: {},
    "the sign PKCS10 is signed by its new key": lambda _, card: {"sign_pkcs10": pkcs10(card.new["sign"])},
    "the auth PKCS10 is signed by the sign key": lambda _, card: {
        "auth_pkcs10": pkcs10(card.new["auth"], signed_by=card.old["sign"])
    },
    "the sign PKCS10 is garbage": lambda *_: {"sign_pkcs10": b"garbage"},
    "the sign certificate was issued elsewhere": lambda _, card: {
        "sign_cert": other_authority().issue("alice", card.old["sign"]).der
    },
    "the sign certificate is garbage": lambda *_: {"sign_cert": b"garbage"},
    "both certificates are the same": lambda _, card: {
        "sign_cert": card.certificates["auth"],
        "sign_pkcs10": pkcs10(card.new["sign"], signed_by=card.old["auth"]),
    },
    'the sign certificate belongs to "bob"': of_bob,
    "the sign certificate is revoked": revoked,
    "the sign certificate expired 400 days ago": old(lambda world, card: let_expire(world, card.certificates["sign"])),
    "the sign certificate cannot be renewed yet": old(lambda world, _: open_window_late(world)),
    "the CA keeps the sign key": old(lambda world, card: keep(world, "alice", card.old["sign"])),
    "the sign key is condemned": old(lambda world, card: condemn(world, card.certificates["sign"])),
    "the sign key was compromised in another certificate": old(
        lambda world, card: compromise_another(world, "bob", card.old["sign"])
    ),
    "the sign key is on the blocklist": lambda _, card: {
        "sign_pkcs10": pkcs10(rsa_key(BLOCKED_KEY), signed_by=card.old["sign"])
    },
    "the sign certificate shall come from an unknown CA": lambda *_: {"sign_ca": "NoCA"},
    "the sign certificate shall come from OtherCA": lambda *_: {"sign_ca": "OtherCA"},
    "the sign certificate shall have an unknown profile": lambda *_: {"sign_profile": "NONE"},
}
