"""A message store of one's own, and how a worker and an RA's client come to use it."""

from pathlib import Path

from file_messages.store import FileMessages
from lockgate_app.embedding import Worker, WorkerContainer, load_ca, own_messages
from lockgate_ra import OwnParts, RaClient, connect

__all__ = ["FileMessages", "client", "worker"]


def worker(config: Path, messages: Path, name: str = "main") -> Worker:
    """The worker `name` of the CA host's configuration `config`, on the messages in that file."""
    return Worker(WorkerContainer(zone=load_ca(config), name=name, **own_messages(FileMessages(messages))))


def client(config: Path, messages: Path) -> RaClient:
    """The client of the RA host's configuration `config`, on the messages in that file."""
    return connect(config, OwnParts(store=FileMessages(messages)))
