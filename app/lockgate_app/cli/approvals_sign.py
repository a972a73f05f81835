"""`lockgate approvals sign`: an administrator's decision, signed on the administrator's own machine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgate.errors import CallerError, ConfigurationError
from lockgate.rights.approval import Verdict
from lockgate_app.approval_documents import MAX_DOCUMENT_OCTETS, ApprovalDocument, read_document
from lockgate_app.approval_facts import action_facts, read_action, told_changes, told_facts
from lockgate_app.cli.options import (
    Force,
    PasswordEnv,
    PasswordFile,
    PasswordPrompt,
    Yes,
    given_password,
    rejection_reason,
    require_yes,
    required_password,
)
from lockgate_app.cli.presentation import cell
from lockgate_app.cli.terminal import out
from lockgate_app.container.decisions import signed_decision
from lockgate_app.container.keystores import open_keystore
from lockgate_app.keys import read_file
from lockgate_app.outputs import require_writable, write_file
from lockgate_app.words import moment

PRIVATE = 0o600
"""Mode of a file with a decision: whoever has it can give it."""


def sign(
    approval: Annotated[str, typer.Argument(metavar="ID", help="The approval, as its page or `approvals list` says.")],
    document: Annotated[Path, typer.Argument(metavar="DOCUMENT", help="As the console gives it: approval-ID.json.")],
    keystore: Annotated[Path, typer.Option(metavar="FILE", help="The administrator's PKCS#12, or pkcs11: file.")],
    output: Annotated[Path, typer.Option("--out", metavar="FILE", help="For the signed decision (CMS, DER).")],
    approve: Annotated[bool, typer.Option("--approve", help="Approve.")] = False,
    reject: Annotated[str | None, typer.Option(metavar="REASON", help="Reject; the requester is told why.")] = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    password_prompt: PasswordPrompt = False,
    force: Force = False,
    yes: Yes = False,
) -> None:
    """Sign a decision on the administrator's own machine; no connection to the CA is needed.

    A document about another approval is refused, so that none takes its place on the way. What is signed is shown
    first, read from the octets that are signed and from nothing else in the document; then comes the question
    whether to sign. The console, or `approvals decide` on the CA's host, takes the signed decision.

    Example: lockgate approvals sign 3f2a… approval-3f2a….json --keystore ann.p12 --approve --out decision.p7s
    --password-prompt
    """
    if approve == (reject is not None):
        raise ConfigurationError("say --approve, or --reject with a reason")
    reason = "" if reject is None else rejection_reason(reject)
    require_writable(output, force=force)
    named = read_document(read_file(document, MAX_DOCUMENT_OCTETS))
    require_same_approval("document", named.approval, approval)
    decision = named.decision(Verdict.APPROVE if approve else Verdict.REJECT, reason, datetime.now(UTC))
    for line in _said(named, decision.verdict, reason):
        out().print(line, soft_wrap=True)
    require_yes("Sign this?", given=yes)
    password = required_password(given_password(password_file, password_env, prompt=password_prompt, confirm=False))
    write_file(output, signed_decision(decision, open_keystore(keystore, password)), PRIVATE, replace=force)
    out().print(f"signed: {decision.verdict}, in {output}", soft_wrap=True)


def require_same_approval(what: str, found: str, asked: str) -> None:
    """Find that a document or decision is about the approval that it was given for.

    Raises:
        CallerError: it is about another one.
    """
    if found != asked:
        raise CallerError(f"the {what} is about the approval {found}, and not about {asked}")


def _said(named: ApprovalDocument, verdict: Verdict, reason: str) -> Iterator[str]:
    """What is decided, in plain words, a line each."""
    action = read_action(named.action)
    yield f"you {verdict}{f', because: {reason}' if reason else ''}"
    facts = {"approval": named.approval, "opened": moment(named.opened), "expires": moment(named.expires)}
    members = {name: value for name, value in action_facts(action).items() if name != "effects"}
    for name, value in told_facts({**facts, **members}).items():
        yield f"  {cell(name)}: {', '.join(cell(value).splitlines())}"
    yield from (f"  {cell(line)}" for line in told_changes(action))
