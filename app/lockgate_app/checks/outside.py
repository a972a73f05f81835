"""CAs outside: their certificates, and how old their CRLs and OCSP answers are. Nothing is fetched."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from lockgate.administration.authorities import CaListing
from lockgate.names.counted import counted
from lockgate.outside.answers import judge_answer_age
from lockgate.outside.cas import OutsideCa
from lockgate.outside.crls import judge_age
from lockgate_app.certificate_facts import certificate_contents
from lockgate_app.checks.finding import Finding, good, guarded, warning, wrong
from lockgate_app.container.ca import CaContainer


def check_outside(container: CaContainer, now: datetime) -> Iterator[Finding]:
    """Each CA of `[ca.outside]`, and each whose CRLs the adapter of its remote issuer fetches."""
    registered = {authority.name: authority for authority in container.inspection().authorities()}
    configured = {ca.name: ca for ca in container.outside()}
    fetched = [name for name, authority in registered.items() if authority.issuer and name not in configured]
    for ca in (*configured.values(), *(OutsideCa(name=name) for name in fetched)):
        subject = f"CA {ca.name}"
        if ca.name in configured:
            yield from guarded(subject, partial(_identity, subject, ca, registered))
        if ca.responder is not None:
            yield from guarded(subject, partial(_answers, subject, ca, container, now))
        elif ca.name in configured or container.inspection().fetch_state(ca.name) is not None:
            yield from guarded(subject, partial(_crls, subject, ca, container, now))


def _identity(subject: str, ca: OutsideCa, registered: Mapping[str, CaListing]) -> Iterator[Finding]:
    here = registered.get(ca.name)
    if here is not None and not here.issuer:
        yield wrong(subject, "its key is here, and so are its CRLs: remove its table from [ca.outside]")
    elif here is not None and ca.certificates:
        yield wrong(subject, f"it is registered here, too: leave ca_certificates of [ca.outside.{ca.name}] out")
    elif here is None and not ca.certificates:
        text = f"no CA of that name is registered here, and [ca.outside.{ca.name}] has no ca_certificates"
        yield wrong(subject, text)
    for certificate in ca.certificates:
        contents = certificate_contents(certificate)
        yield good(subject, f"certificates that {contents['subject']} has issued are believed")


def _crls(subject: str, ca: OutsideCa, container: CaContainer, now: datetime) -> Iterator[Finding]:
    state = container.inspection().fetch_state(ca.name)
    if state is None:
        text = f"its CRLs were never fetched: run `lockgate ca fetch-crl {ca.name}`, or start a worker"
        yield warning(subject, text)
        return
    due = f"the next fetch is due at {_at(state.due)}"
    if state.trouble:
        last = "no CRL was ever fetched" if state.fetched is None else f"the last one succeeded at {_at(state.fetched)}"
        yield warning(subject, f"the last fetch of its CRLs has failed ({state.trouble}); {last}; {due}")
    elif state.fetched is not None:
        yield good(subject, f"its CRLs were fetched at {_at(state.fetched)}; {due}")
    kept = container.inspection().outside_crls(ca.name)
    for one in kept:
        number = "" if one.facts.number is None else f" number {one.facts.number}"
        if complaint := judge_age(one.facts, now, ca.max_age):
            follows = ": requests that its certificates have signed wait" if ca.certificates else ""
            yield warning(subject, f"{complaint}{follows}")
        else:
            facts = f"of {_at(one.facts.this_update)}, with {counted(one.facts.entries, 'entry', 'entries')}"
            yield good(subject, f"its CRL{number} {facts}, counts until {_at(one.facts.next_update)}")
    if not kept:
        yield warning(subject, "no CRL of it is kept")


def _answers(subject: str, ca: OutsideCa, container: CaContainer, now: datetime) -> Iterator[Finding]:
    kept = container.inspection().outside_answers(ca.name)
    silent = [one for one in kept if judge_answer_age(one.status, now, ca.max_age)]
    counting = len(kept) - len(silent)
    yield good(
        subject, f"it is asked by OCSP about {counted(len(kept), 'certificate')}; answers that count: {counting}"
    )
    for one in kept:
        if one.trouble:
            yield warning(subject, f"it has not answered about certificate {one.serial_number:x}: {one.trouble}")
    if silent:
        text = f"certificates that have signed requests which wait for an answer about them: {len(silent)}"
        yield warning(subject, f"{text}: run `lockgate ca ask-ocsp {ca.name}`, or start a worker")


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
