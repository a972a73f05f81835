"""Whether the time that the SCEP server takes to refuse a content tells what is wrong with it.

Run `python -m bench.oracle` from the project's root; `--help` lists the options. The server is asked in this process,
without a network and its noise: nobody who asks from elsewhere sees more. Every message is new, with a wrapped key of
its own, as an attacker has to send them; the kinds take turns, in another order each time.
"""

import argparse
import gc
import random
import statistics
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NoReturn, cast

from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.enrolments import Enrolments
from lockgate.enrolment.usernames import NameGeneration
from lockgate_formats.trust import IssuerTrust
from lockgate_transport.host.clock import HostRandom
from lockgate_transport.scep.rules import AliasRules
from lockgate_transport.scep.server import ScepServer
from tests.support.pki import identities
from tests.support.pki.identities import rsa_key
from tests.support.wire.scep_client import Device
from tests.support.wire.scep_failures import FAILURES, Hostile
from tests.support.wire.scep_values import PKCS_REQ, RENEWAL_REQ

SURE = 4.0
"""Standard errors between two kinds that count as told apart."""
QUESTIONS = (
    ("Bleichenbacher: is the RSA padding right?", "key cannot be unwrapped", "key is another one"),
    ("Bleichenbacher: has the key the right length?", "key has another length", "key is another one"),
    ("is a random key in use?", "key cannot be unwrapped", "key has another length"),
    ("was the key unwrapped?", "key cannot be unwrapped", "content is no certificate request"),
    ("Vaudenay, random content: is its padding right?", "key is another one", "content is no certificate request"),
    (
        "Vaudenay, a captured PKCS#10: is its padding right?",
        "envelope was taken from another's message, and badly padded",
        "envelope was taken from another's message, and changed",
    ),
    (
        "the same, by the holder of a certificate in a RenewalReq",
        "renewal: envelope was taken from another's message, and badly padded",
        "renewal: envelope was taken from another's message, and changed",
    ),
    (
        "is a captured PKCS#10's signature right?",
        "envelope was taken from another's message",
        "envelope was taken from another's message, and changed",
    ),
    (
        "is the content a PKCS#10?",
        "content is no certificate request",
        "envelope was taken from another's message",
    ),
)
"""What an attacker would ask, and the two kinds of message that differ in it."""


class NoEnrolments:
    """No content of this benchmark gets this far."""

    def ask(self, *_: object) -> NoReturn:
        """Nobody asks."""
        raise AssertionError("a content that cannot be read was")


def server() -> ScepServer:
    """A server that has nothing but its key."""
    authority, transport = identities.authority(), identities.ra()
    rules = AliasRules(
        alias="",
        challenge=ChallengeRule("open sesame"),
        names=NameGeneration(),
        create_or_edit_user=True,
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        ca_name="ManagementCA",
        issuer=authority.certificate.subject.public_bytes(),
        issuer_dn="CN=ManagementCA",
        chain=(authority.der,),
        holders=IssuerTrust([authority.der]),
    )
    return ScepServer(rules, transport.keystore, cast("Enrolments", NoEnrolments()), HostRandom())


def prepared(number: int) -> dict[str, list[bytes]]:
    """That many messages of each kind."""
    device = Device(rsa_key(31), identities.ra().certificate, challenge="open sesame")
    hostile = Hostile(device, device.with_(key=rsa_key(33)), identities.worker().certificate)
    held = identities.authority().issue("holder", rsa_key(31)).certificate
    found = {name: [device.signed(PKCS_REQ, make(hostile)) for _ in range(number)] for name, make in FAILURES.items()}
    for name in [failure for failure in FAILURES if failure.startswith("envelope") and "," in failure]:
        envelopes = [FAILURES[name](hostile) for _ in range(number)]
        found[f"renewal: {name}"] = [device.signed(RENEWAL_REQ, envelope, certificate=held) for envelope in envelopes]
    return found


def measure(number: int, warm_up: int) -> dict[str, list[float]]:
    """Microseconds that each message took to be refused."""
    scep, messages, source = server(), prepared(number + warm_up), random.Random(number)
    took: dict[str, list[float]] = {name: [] for name in messages}
    gc.disable()
    for turn in range(number + warm_up):
        for name in source.sample(sorted(messages), len(messages)):
            began = time.perf_counter()
            scep.answer(messages[name][turn], "192.0.2.1")
            took[name].append((time.perf_counter() - began) * 1e6)
    gc.enable()
    return {name: times[warm_up:] for name, times in took.items()}


def lead(first: Sequence[float], second: Sequence[float]) -> float:
    """How much more often than not a message of the second kind takes longer: 0 for never telling, 0.5 for always."""
    ordered = sorted(first)
    below = sum(bisect_left(ordered, duration) + bisect_right(ordered, duration) for duration in second) / 2
    return below / (len(first) * len(second)) - 0.5


def report(took: dict[str, list[float]], number: int) -> None:
    middle = statistics.median(statistics.median(times) for times in took.values())
    print("    µs  ratio  what is wrong")
    for name, times in sorted(took.items(), key=lambda item: statistics.median(item[1])):
        print(f"{statistics.median(times):6.0f}  {statistics.median(times) / middle:5.2f}  {name}")
    error = (1 / (6 * number)) ** 0.5
    print(f"\nratio  lead   told apart ({SURE:g} standard errors)")
    for question, first, second in QUESTIONS:
        ratio = statistics.median(took[second]) / statistics.median(took[first])
        found = lead(took[first], took[second])
        tries = f"yes, by {(SURE / found) ** 2 / 6:,.0f} messages of each kind" if abs(found) > SURE * error else "no"
        print(f"{ratio:5.3f}  {found:+.2f}  {tries:40}  {question}")


def main() -> None:
    options = argparse.ArgumentParser(description="Whether the time of a refusal tells what is wrong with a content.")
    options.add_argument("--messages", type=int, default=2000, help="of each kind")
    options.add_argument("--warm-up", type=int, default=50, help="messages of each kind that are not counted")
    chosen = options.parse_args()
    report(measure(chosen.messages, chosen.warm_up), chosen.messages)


if __name__ == "__main__":
    main()
