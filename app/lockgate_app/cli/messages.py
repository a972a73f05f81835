"""`lockgate messages`: the messages in a message database, and those that were set aside."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from lockgate.errors import CallerError, ConfigurationError
from lockgate.names.counted import counted
from lockgate.ports import MessageStore
from lockgate.queue.message import MAX_MESSAGE_TYPE, MessageOutline, MessageStatus, MessageType
from lockgate_app.cli.ca_host import ca_host
from lockgate_app.cli.choices import choice
from lockgate_app.cli.options import After, Json, Limit
from lockgate_app.cli.presentation import report, show, show_all
from lockgate_app.cli.terminal import configuration
from lockgate_app.container.databases import SourceContainer
from lockgate_app.facts import message_details, message_outline
from lockgate_app.settings import CaZone, load_ca
from lockgate_app.words import word

app = typer.Typer(help="The messages in a message database (on the CA host).", no_args_is_help=True)

BATCH = 200
MAX_RETRIES = 10_000
"""Messages that one command lets wait again at most."""
_KEY = re.compile(r"-?[0-9]{1,19}")

Source = Annotated[
    str | None, typer.Option("--data-source", metavar="NAME", help="The data source, if there are several.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The message, as `messages list` names it.")]
Kind = Annotated[int, typer.Option("--type", min=1, max=MAX_MESSAGE_TYPE, help="The type: 1 API, 2 SCEP, 3 CMP.")]
Status = Annotated[MessageStatus | None, choice(MessageStatus, metavar="STATUS")]


@app.command(name="list")
def list_messages(
    context: typer.Context,
    status: Status = None,
    data_source: Source = None,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """Messages of one status, those that were set aside unless told otherwise, the first ones first.

    Example: lockgate --config deployment/ca/lockgate.toml messages list --status set-aside
    """
    with _store(context, data_source) as store:
        page = store.browse(status or MessageStatus.SET_ASIDE, limit, _key(after))
    last = None if page.last is None else str(page.last)
    show_all("messages", map(message_outline, page.messages), as_json=as_json, after=last, paged=True)


@app.command(name="show")
def show_message(
    context: typer.Context,
    message: Id,
    kind: Kind = MessageType.API,
    data_source: Source = None,
    as_json: Json = False,
) -> None:
    """The row of a message without its content, and the verdicts on its parts in the CA's journal.

    Example: lockgate --config deployment/ca/lockgate.toml messages show 3f2a…
    """
    with _store(context, data_source) as store:
        found = _found(store, kind, message)
    with ca_host(context) as host:
        verdicts = host.inspection.verdicts(found.message_id)
    show(message_details(found, verdicts), as_json=as_json)


@app.command(name="retry")
def retry_messages(
    context: typer.Context,
    messages: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Messages that were set aside.")] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="CODE", help="All that were set aside for this reason: too_many_attempts …")
    ] = None,
    kind: Kind = MessageType.API,
    data_source: Source = None,
    as_json: Json = False,
) -> None:
    """Let messages that were set aside wait again, due now, with all attempts. Answered parts get the same answers.

    Example: lockgate --config deployment/ca/lockgate.toml messages retry --reason too_many_attempts
    """
    if (reason is None) == (not messages):
        raise ConfigurationError("name the messages by their ids, or all of one --reason")
    with _store(context, data_source) as store:
        chosen = (
            _of_reason(store, reason) if reason else [_set_aside(store, kind, message) for message in messages or ()]
        )
        count = sum(store.retry(chosen[start : start + BATCH]) for start in range(0, len(chosen), BATCH))
    more = len(chosen) >= MAX_RETRIES
    text = f"{counted(count, 'message')} waiting again{'; there may be more, run it again' if more else ''}"
    report(text, {"retried": count, "more": more}, as_json=as_json)


@app.command(name="purge")
def purge_messages(
    context: typer.Context,
    older_than: Annotated[
        int, typer.Option(min=1, max=36_500, metavar="DAYS", help="How long ago they were settled, at least.")
    ],
    status: Status = None,
    data_source: Source = None,
    as_json: Json = False,
) -> None:
    """Delete messages that were processed, or with --status those set aside, so many days ago. Others never go.

    The worker does the same by `keep_processed` and `keep_set_aside`. May be interrupted and repeated.

    Example: lockgate --config deployment/ca/lockgate.toml messages purge --older-than 30
    """
    age, chosen = timedelta(days=older_than), status or MessageStatus.PROCESSED
    with _store(context, data_source) as store:
        done = store.purge(chosen, age, BATCH)
        total = done.count
        while done.last is not None:
            done = store.purge(chosen, age, BATCH, done.last)
            total += done.count
    report(f"{counted(total, 'message')} deleted", {"status": word(chosen), "deleted": total}, as_json=as_json)


@contextmanager
def _store(context: typer.Context, name: str | None) -> Iterator[MessageStore]:
    zone = load_ca(configuration(context))
    chosen = _chosen(zone, name)
    source = zone.data_sources[chosen].model_copy(update={"prefill": False})
    container = SourceContainer(source=source, name=chosen)
    try:
        yield container.store()
    finally:
        container.engine().dispose()


def _chosen(zone: CaZone, name: str | None) -> str:
    names = ", ".join(zone.data_sources) or "none"
    if name is None and len(zone.data_sources) == 1:
        return next(iter(zone.data_sources))
    if name is None or name not in zone.data_sources:
        what = "--data-source is needed" if name is None else f"there is no data source {name}"
        raise ConfigurationError(f"{what}; there are: {names}")
    return name


def _found(store: MessageStore, kind: int, message: str) -> MessageOutline:
    found = store.outline(kind, message)
    if found is None:
        raise CallerError(f"there is no message {message!a} of type {int(kind)}")
    return found


def _set_aside(store: MessageStore, kind: int, message: str) -> MessageOutline:
    found = _found(store, kind, message)
    if found.status is not MessageStatus.SET_ASIDE:
        raise CallerError(f"the message {message!a} is {word(found.status)}, not set aside; nothing was changed")
    return found


def _of_reason(store: MessageStore, code: str) -> Sequence[MessageOutline]:
    """Those that were set aside for a reason, read to the end first: some may soon be set aside again."""
    chosen: list[MessageOutline] = []
    after: int | None = None
    while True:
        page = store.browse(MessageStatus.SET_ASIDE, BATCH, after)
        chosen += [message for message in page.messages if (message.reason or "").partition(":")[0] == code]
        after = page.last
        if after is None or len(chosen) >= MAX_RETRIES:
            return chosen[:MAX_RETRIES]


def _key(text: str | None) -> int | None:
    """Where a page goes on."""
    if text is None:
        return None
    if not _KEY.fullmatch(text) or abs(int(text)) >= 2**63:
        raise ConfigurationError(f"--after {text!a} is no key that `messages list` named")
    return int(text)
