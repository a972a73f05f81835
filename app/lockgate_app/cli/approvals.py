"""`lockgate approvals`: the requests that wait for administrators, and their signed decisions."""

from pathlib import Path
from typing import Annotated

import typer

from lockgate.administration.approvals import ApprovalView
from lockgate.administration.pages import Page
from lockgate.errors import ConfigurationError
from lockgate.ports import Keystore
from lockgate.rights.approval import ApprovalKind, ApprovalStatus, Decision, Verdict
from lockgate_app.approval_facts import approval_details, approval_outline, read_action, told_changes, told_facts
from lockgate_app.cli.approvals_sign import require_same_approval, sign
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.choices import choice
from lockgate_app.cli.options import (
    After,
    Json,
    Limit,
    PasswordEnv,
    PasswordFile,
    PasswordPrompt,
    given_password,
    rejection_reason,
    required_password,
)
from lockgate_app.cli.presentation import report, show, show_all
from lockgate_app.container.databases import ring_workers
from lockgate_app.container.decisions import decided_approval, signed_decision
from lockgate_app.container.keystores import open_keystore
from lockgate_app.keys import read_file
from lockgate_app.words import Facts

app = typer.Typer(help="Requests that wait for administrators (on the CA host).", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The approval, as `approvals list` names it.")]
KeystoreFile = Annotated[Path, typer.Option("--keystore", metavar="FILE", help="The administrator's PKCS#12.")]


@app.command(name="list")
def list_approvals(
    context: typer.Context,
    status: Annotated[
        ApprovalStatus | None,
        choice(ApprovalStatus, metavar="STATUS"),
    ] = None,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """The approvals of the last 30 days, the newest first, page by page.

    Example: lockgate --config deployment/ca/lockgate.toml approvals list --status pending
    """
    with ca_host(context) as host:
        page = host.approvals.approvals(status, Page(limit, after))
    rows = map(approval_outline, page.items)
    show_all("approvals", rows, as_json=as_json, after=page.next, paged=True, more=page.more)


@app.command(name="show")
def show_approval(context: typer.Context, approval: Id, as_json: Json = False) -> None:
    """One approval: the exact changes, the requester, and the decisions.

    Example: lockgate --config deployment/ca/lockgate.toml approvals show 3f2a…
    """
    with ca_host(context) as host:
        view = host.approvals.approval(approval)
    facts = approval_details(view)
    show(facts if as_json else _told(view, facts), as_json=as_json)


@app.command()
def approve(
    context: typer.Context,
    approval: Id,
    keystore: KeystoreFile,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    as_json: Json = False,
) -> None:
    """Approve, by a signature with the administrator's own key over the exact action.

    The next round of the worker, at once where it can be woken, carries the request out once enough have approved.

    Example: lockgate --config deployment/ca/lockgate.toml approvals approve 3f2a… --keystore ann.p12 --password-prompt
    """
    password = given_password(password_file, password_env, prompt=password_prompt, confirm=False)
    _decide(context, approval, (Verdict.APPROVE, ""), _keystore(keystore, password), as_json=as_json)


@app.command()
def reject(
    context: typer.Context,
    approval: Id,
    keystore: KeystoreFile,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="For the requester.")],
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    as_json: Json = False,
) -> None:
    """Reject. One rejection is enough, and the requester is told the reason.

    Example: lockgate --config deployment/ca/lockgate.toml approvals reject 3f2a… --reason "the host name is mistyped"
    --keystore ann.p12 --password-file ann.password
    """
    said = (Verdict.REJECT, rejection_reason(reason))
    password = given_password(password_file, password_env, prompt=password_prompt, confirm=False)
    _decide(context, approval, said, _keystore(keystore, password), as_json=as_json)


app.command(name="sign")(sign)


@app.command()
def decide(
    context: typer.Context,
    approval: Id,
    decision: Annotated[Path, typer.Argument(metavar="FILE", help="As `approvals sign` has written it.")],
    as_json: Json = False,
) -> None:
    """Give a decision that an administrator has signed elsewhere.

    Example: lockgate --config deployment/ca/lockgate.toml approvals decide 3f2a… decision.p7s
    """
    octets = read_file(decision)
    require_same_approval("decision", decided_approval(octets), approval)
    _give(context, approval, octets, as_json=as_json)


@app.command()
def require(
    context: typer.Context,
    ca: Annotated[str, typer.Argument(metavar="CA", help="The CA's name.")],
    quorums: Annotated[
        list[str], typer.Argument(metavar="KIND=NUMBER...", help=f"Kinds: {', '.join(ApprovalKind)}; 0 for none.")
    ],
    as_json: Json = False,
) -> None:
    """Say how many administrators must approve what concerns a CA. Profiles say it in their `approvals`.

    The highest number that a CA or profile asks for holds. Takes effect with the next request.

    Example: lockgate --config deployment/ca/lockgate.toml approvals require ManagementCA issue=1 revocation=2
    """
    asked = [_quorum(text) for text in quorums]
    with ca_host(context) as host:
        for kind, quorum in asked:
            host.administration.set_approval_rule(ca, kind, quorum)
        rules = {str(kind): quorum for kind, quorum in host.administration.approval_rules().get(ca, {}).items()}
    said = ", ".join(f"{kind} {quorum}" for kind, quorum in rules.items()) or "none"
    report(f"approvals asked for by CA {ca}: {said}", {"ca": ca, "approvals": rules}, as_json=as_json)


def _told(view: ApprovalView, facts: Facts) -> Facts:
    """The same words as `approvals sign` and the console have."""
    effects = told_changes(read_action(view.approval.action))
    return {**told_facts({name: value for name, value in facts.items() if name != "effects"}), "effects": effects}


def _quorum(text: str) -> tuple[ApprovalKind, int]:
    kind, _, number = text.partition("=")
    if kind not in set(ApprovalKind) or not number.isdecimal() or len(number) > 2:
        raise ConfigurationError(f"{text!a}: KIND=NUMBER is needed, where KIND is one of {', '.join(ApprovalKind)}")
    return ApprovalKind(kind), int(number)


def _keystore(path: Path, password: str | None) -> Keystore:
    return open_keystore(path, required_password(password))


def _decide(
    context: typer.Context, approval: str, said: tuple[Verdict, str], keystore: Keystore, *, as_json: bool
) -> None:
    with ca_host(context) as host:
        view = host.approvals.approval(approval)
    _give(context, approval, signed_decision(_decision(view, *said), keystore), as_json=as_json)


def _give(context: typer.Context, approval: str, decision: bytes, *, as_json: bool) -> None:
    with ca_host(context) as host:
        after = host.approvals.decide(approval, decision)
    facts = approval_outline(after)
    report(f"approval {approval} is {facts['status']} ({facts['approved']})", facts, as_json=as_json)
    ring_workers(host.container.zone())


def _decision(view: ApprovalView, verdict: Verdict, reason: str) -> Decision:
    """Over the whole action as it is shown, at the time by the CA's own clock."""
    approval = view.approval
    return Decision(
        approval=approval.id,
        action=approval.action,
        verdict=verdict,
        reason=reason,
        opened=approval.opened,
        expires=approval.expires,
        created=view.now,
    )
