"""What the outbox on files promises beyond the port."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from lockgate.errors import DuplicateMessage, Unavailable
from lockgate_transport.host.outbox import FileOutbox


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    FileOutbox(tmp_path / "outbox").keep("key", b"record")
    (file,) = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outbox").stat().st_mode) == 0o700


def test_another_process_recalls(tmp_path: Path) -> None:
    FileOutbox(tmp_path).keep("key", b"record")
    assert FileOutbox(tmp_path).recall("key") == b"record"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    outbox.keep("key", b"record")
    outbox.forget("key")
    assert list(tmp_path.iterdir()) == []


def test_file_and_directory_are_on_the_disk_when_keep_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    FileOutbox(tmp_path).keep("key", b"record")
    assert synced == [False, True]


def test_a_crash_while_writing_leaves_nothing_under_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    outbox = FileOutbox(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(Unavailable, match="No space left"):
            outbox.keep("key", b"record")
    assert outbox.recall("key") is None
    outbox.keep("key", b"record")


def test_a_crash_while_replacing_leaves_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    outbox = FileOutbox(tmp_path)
    outbox.keep("key", b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(Unavailable, match="No space left"):
            outbox.replace("key", b"old", b"new")
    assert outbox.recall("key") == b"old"
    assert len(list(tmp_path.iterdir())) == 1
    outbox.replace("key", b"old", b"new")
    assert outbox.recall("key") == b"new"


def test_of_many_that_replace_the_same_record_one_does(tmp_path: Path) -> None:
    FileOutbox(tmp_path).keep("key", b"old")
    winners: list[bytes] = []

    def work(number: int) -> None:
        with suppress(DuplicateMessage):
            FileOutbox(tmp_path).replace("key", b"old", b"%d" % number)
            winners.append(b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert winners == [FileOutbox(tmp_path).recall("key")]


def test_an_unusable_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="file"):
        FileOutbox(tmp_path / "file").keep("key", b"record")
    with pytest.raises(Unavailable, match="file"):
        FileOutbox(tmp_path / "file").recall("key")


def test_a_file_that_cannot_be_read_is_named_and_hides_no_other(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path)
    outbox.keep("key", b"record")
    unreadable = tmp_path / "unreadable.message"
    unreadable.mkdir()
    assert {record.where: record.record for record in outbox.records()} == {
        str(unreadable): None,
        str(next(path for path in tmp_path.iterdir() if path.is_file())): b"record",
    }


def test_what_is_removed_while_it_is_listed_is_left_out(tmp_path: Path) -> None:
    """A name without a file, as a listing finds it that was made before the removal: for ever, here."""
    outbox = FileOutbox(tmp_path)
    outbox.keep("key", b"record")
    (tmp_path / "removed.message").symlink_to(tmp_path / "nowhere")
    assert [record.record for record in outbox.records()] == [b"record"]
