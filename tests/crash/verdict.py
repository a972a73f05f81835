"""What must hold after any crash: every request answered once, and nothing lost, doubled or left lying about."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Engine, text

from lockgate.audit import Event
from lockgate.queue.message import MessageStatus
from lockgate.requests.submessages import CMPRequest, CMPResponse, Response
from lockgate_ca_backend.auditing import Auditor
from lockgate_formats.cmp.pki_message import read_message
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_persistence.engines import DatabaseSettings, open_engine
from tests.crash.load import Expected

Expectations = Mapping[str, tuple[Expected, ...]]
Answers = Mapping[str, tuple[Response, ...]]


def wrong_answers(expected: Expectations, answers: Answers) -> Iterator[str]:
    """Every submessage that was not answered, or not with what it asked for.

    Args:
        answers: as the client verified them, by message id.
    """
    for message_id, rows in expected.items():
        for row, response in zip(rows, answers.get(message_id, ()), strict=False):
            outcome = "success" if response.success else response.reason
            if (response.request_id, outcome) != (row.request.request_id, row.outcome):
                yield f"{message_id}: {outcome} {response.fail_info} where {row.outcome} was due"
        if len(answers.get(message_id, ())) != len(rows):
            yield f"{message_id}: not answered"


def wrong_cmp_answers(expected: Expectations, answers: Answers) -> Iterator[str]:
    """Every CMP message that was answered without a certificate, or in two ways."""
    told = defaultdict[tuple[str | None, bytes], set[bytes]](set)
    for message_id, rows in expected.items():
        for row, response in zip(rows, answers.get(message_id, ()), strict=False):
            if isinstance(row.request, CMPRequest) and isinstance(response, CMPResponse) and response.pki_message:
                answer = read_message(response.pki_message)
                told[row.username, row.request.pki_message].add(answer.body)
                if answer.body_type is not BodyType.IP:
                    yield f"{message_id}: {answer.body_type.rfc_name} for {row.username}"
    yield from (
        f"{name}: {len(bodies)} answers to one message" for (name, _), bodies in told.items() if len(bodies) > 1
    )


def wrong_effects(engine: Engine, auditor: Auditor, expected: Expectations) -> Iterator[str]:
    """Every end entity that has more or fewer certificates than it should; every flaw of journal and audit log."""
    yield from _wrong_certificates(engine, expected)
    yield from _wrong_journal(engine, expected)
    yield from _wrong_audit(auditor, expected)


def unsettled(url: str) -> Iterator[str]:
    """Every message that is not processed."""
    engine = open_engine(DatabaseSettings(url=url, prefill=False))
    query = text("select messageid, status, attempts, reason from message where status <> :processed")
    with engine.connect() as connection:
        for row in connection.execute(query, {"processed": int(MessageStatus.PROCESSED)}):
            yield f"{row.messageid}: left in status {row.status} after {row.attempts} attempts, {row.reason}"
    engine.dispose()


def _rows(expected: Expectations) -> Iterator[Expected]:
    return (row for rows in expected.values() for row in rows)


def _differences(what: str, found: Mapping[str, int], due: Mapping[str, int]) -> Iterator[str]:
    for name in sorted(found.keys() | due.keys()):
        if found.get(name, 0) != due.get(name, 0):
            yield f"{name}: {found.get(name, 0)} {what} where {due.get(name, 0)} were due"


def _counted(engine: Engine, query: str, names: Iterable[str]) -> dict[str, int]:
    wanted = set(names)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query)) if row[0] in wanted}


def _wrong_certificates(engine: Engine, expected: Expectations) -> Iterator[str]:
    due = {row.username: row.certificates for row in _rows(expected) if row.username is not None}
    query = "select username, count(*) from certificate group by username"
    yield from _differences("certificates", _counted(engine, query, due), due)


def _wrong_journal(engine: Engine, expected: Expectations) -> Iterator[str]:
    query = "select messageid, count(*) from journal group by messageid"
    due = {message_id: len(rows) for message_id, rows in expected.items()}
    yield from _differences("journal entries", _counted(engine, query, due), due)
    query = "select messageid, count(distinct part) from journal group by messageid"
    yield from _differences("parts in the journal", _counted(engine, query, due), due)
    waiting = _counted(engine, "select messageid, count(*) from pending_request group by messageid", due)
    yield from _differences("requests that wait", waiting, {})


def _wrong_audit(auditor: Auditor, expected: Expectations) -> Iterator[str]:
    tampering, _ = auditor.verify()
    yield from (f"audit log of {found.writer}, {found.number}: {found.text}" for found in tampering)
    due = {row.username: row.certificates for row in _rows(expected) if row.username is not None}
    issued = (entry.target for entry in auditor.entries() if entry.event == Event.CERTIFICATE_ISSUED)
    yield from _differences("certificates in the audit log", Counter(name for name in issued if name in due), due)
