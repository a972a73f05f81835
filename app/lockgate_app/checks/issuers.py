"""Remote issuers: each can be made, what it promises, and what waits for an operator."""

from collections.abc import Iterator, Sequence
from functools import partial

from lockgate.administration.authorities import PROGRAM, CaListing
from lockgate.names.counted import counted
from lockgate.operations.status import OperationStatus
from lockgate.ports import Operation, ReachableIssuer, Traits
from lockgate_app.checks.finding import Finding, good, guarded, warning, wrong
from lockgate_app.issuer_facts import MISSING, outline_of
from lockgate_app.issuers import remote_issuer
from lockgate_app.settings import CaZone


def check_issuers(zone: CaZone) -> Iterator[Finding]:
    """Each configured issuer by itself; none of them is called."""
    for name in zone.ca.issuers:
        subject = f"issuer {name}"
        yield from guarded(subject, partial(_issuer, subject, zone, name))


def check_issuers_of_cas(authorities: Sequence[CaListing], zone: CaZone) -> Iterator[Finding]:
    """Each CA: its issuer, which is configured, and what that can."""
    outlines = {name: outline_of(zone, name) for name in {authority.issuer for authority in authorities}}
    for authority in authorities:
        issuer = authority.issuer
        outline = outlines[issuer]
        if issuer == PROGRAM:
            yield good(f"CA {authority.name}", "a program that runs its worker signs; `lockgate worker` cannot")
        elif not issuer:
            yield good(f"CA {authority.name}", "its certificates are signed in this process")
        elif outline.kind != MISSING:
            text = f"the remote issuer {issuer} of the kind {outline.kind} signs its certificates"
            yield good(f"CA {authority.name}", text if outline.can is None else f"{text}; it can: {outline.words}")
        else:
            text = f"the remote issuer {issuer} signs its certificates, and there is no [ca.issuers.{issuer}]"
            yield wrong(f"CA {authority.name}", text)


def check_operations(operations: Sequence[Operation]) -> Iterator[Finding]:
    """The operations that wait for an operator."""
    for operation in operations:
        if operation.status is OperationStatus.DOUBTFUL:
            concerns = f" for the end entity {operation.username!a}" if operation.username else ""
            yield warning(
                f"issuer {operation.issuer}",
                f"operation {operation.id} (to {operation.kind}{concerns}) is in doubt: find out what the CA has done,"
                f" then run `lockgate operation settle {operation.id}`",
            )


def _issuer(subject: str, zone: CaZone, name: str) -> Iterator[Finding]:
    issuer = remote_issuer(zone, name)
    traits = issuer.traits
    yield good(subject, f"the kind {zone.ca.issuers[name].kind} is installed, and accepts the options")
    yield good(subject, f"{counted(traits.calls, 'call')} at a time, {traits.timeout.total_seconds():g} seconds each")
    if traits.polls or traits.looks_up:
        yield good(subject, "its CA may answer later")
    if traits.confirms:
        yield good(subject, "a certificate counts at its CA only after it was stored here")
    yield from _after_a_crash(subject, traits)
    if isinstance(issuer, ReachableIssuer):
        yield good(subject, f"it is not called here: `lockgate issuer test {name}` asks whether its CA answers")


def _after_a_crash(subject: str, traits: Traits) -> Iterator[Finding]:
    if traits.idempotent:
        yield good(subject, "after a crash a call is repeated: its CA promises that this has no second effect")
    elif traits.looks_up:
        yield good(subject, "after a crash its CA is asked what became of a call, once it can have no effect any more")
    elif traits.confirms and traits.voids_unconfirmed:
        yield good(subject, "after a crash a certificate is ordered anew: its CA revokes what is not confirmed")
    else:
        promises_nothing = "it can neither repeat a call without a second effect nor look up what became of one"
        yield warning(subject, f"{promises_nothing}: after a crash an operator has to find out what its CA has done")
