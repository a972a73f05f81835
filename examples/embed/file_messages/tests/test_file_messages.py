"""The store passes the contract suites of its port, and a worker and a client meet in it."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from file_messages import FileMessages, client, worker

from lockgate.errors import MessageTooLarge, PeerError, Unavailable
from lockgate.queue.message import MessageType, NewMessage, Processed
from lockgate_ra import PKCS10Request
from lockgate_testing.contracts.message_store import (
    MessageStoreContract,
    MessageStoreHistoryContract,
    MessageStoreSubject,
)

LOCKGATE = str(Path(sys.executable).with_name("lockgate"))
PATIENCE = timedelta(minutes=2)
MALFORMED = (
    "insert into message (id, type, request, content, status, generation, created, modified, due, attempts)"
    " values ('', ?, x'00', x'00', 1, 1, 0, 0, 0, 0)"
)
OLDER = "update message set created = created - ?1, modified = modified - ?1, due = due - ?1"


class FileSubject:
    """The store, and what the suites do behind its back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.store = FileMessages(path)

    def limited(self, max_size: int) -> FileMessages:
        """Another store on the same file."""
        return FileMessages(self._path, max_size)

    def add_malformed(self, count: int) -> None:
        """Rows without a message id, each of a type of its own."""
        with closing(sqlite3.connect(self._path, timeout=30)) as file, file:
            file.executemany(MALFORMED, [(number,) for number in range(1, count + 1)])

    def age(self, duration: timedelta) -> None:
        """Every time in the file is longer ago."""
        with closing(sqlite3.connect(self._path, timeout=30)) as file, file:
            file.execute(OLDER, (round(duration / timedelta(milliseconds=1)),))


class TestFileMessages(MessageStoreContract):
    """Each test gets a file of its own."""

    @pytest.fixture
    def subject(self, tmp_path: Path) -> MessageStoreSubject:
        """A store without messages."""
        return FileSubject(tmp_path / "messages.db")


class TestHistoriesOfFileMessages(MessageStoreHistoryContract):
    """Each history gets a file of its own."""

    @pytest.fixture
    def new_subject(self, tmp_path: Path) -> Callable[[], MessageStoreSubject]:
        """What makes a store without messages."""
        numbers = count()
        return lambda: FileSubject(tmp_path / f"{next(numbers)}.db")


def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    """The worker waits then, and nothing is refused."""
    with pytest.raises(Unavailable, match="messages"):
        FileMessages(tmp_path / "no such folder" / "messages.db")


@pytest.mark.parametrize(
    "change", ["update message set status = 9", "update message set content = zeroblob(20)"], ids=["status", "size"]
)
def test_what_nobody_has_written_is_not_believed(tmp_path: Path, change: str) -> None:
    """Whoever can write to the file may have changed it. No worker takes such a row up as if it were sound."""
    store, path = FileMessages(tmp_path / "messages.db", max_size=10), tmp_path / "messages.db"
    store.put(NewMessage("id", b"request"))
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(change)
    with pytest.raises(PeerError):
        store.fetch(MessageType.API, "id")
    assert all(claimed.content is None for claimed in store.claim(10, PATIENCE))


def test_an_answer_that_is_too_large_is_not_written(tmp_path: Path) -> None:
    """The worker sets such a message aside."""
    store = FileMessages(tmp_path / "messages.db", max_size=10)
    store.put(NewMessage("id", b"request"))
    (claimed,) = store.claim(1, PATIENCE)
    with pytest.raises(MessageTooLarge):
        store.settle([Processed(claimed, bytes(11))])
    assert store.settle([Processed(claimed, bytes(10))]) == [True]


def test_a_worker_and_a_client_meet_in_the_file(tmp_path: Path) -> None:
    """Neither opens the database that the configurations name."""
    subprocess.run([LOCKGATE, "init", str(tmp_path / "deployment")], check=True, capture_output=True, timeout=120)
    shutil.rmtree(tmp_path / "deployment/messages")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=alice")
    request = PKCS10Request(
        request_id=1,
        username="alice",
        subject_dn="CN=alice",
        ca_name="ManagementCA",
        end_entity_profile="EMPTY",
        certificate_profile="ENDUSER",
        pkcs10=x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256()).public_bytes(Encoding.DER),
    )
    messages = tmp_path / "messages.db"
    with (
        worker(tmp_path / "deployment/ca/lockgate.toml", messages) as serving,
        client(tmp_path / "deployment/ra/lockgate.toml", messages) as ra,
    ):
        (response,) = ra.wait(ra.send([request]), PATIENCE)
        assert response.success
    assert serving.health.settled == 1
