"""Files that hold secrets must be readable for their owner only."""

from collections.abc import Iterator
from pathlib import Path

from lockgate_app.checks.finding import Finding, good, wrong
from lockgate_app.settings import Secret, open_to_others


def check_private(subject: str, path: Path) -> Iterator[Finding]:
    """The mode of a file that holds a secret."""
    if not path.is_file():
        yield wrong(subject, f"there is no file {path}")
    elif open_to_others(path):
        yield wrong(subject, f"{path} can be read or written by others: chmod 600 {path}")
    else:
        yield good(subject, f"{path.name} is readable for its owner only")


def check_secret(subject: str, secret: Secret, configuration: Path) -> Iterator[Finding]:
    """Where a secret is kept, and that it is there.

    Raises:
        ConfigurationError: it cannot be read.
    """
    secret.reveal()
    if secret.file is not None:
        yield from check_private(subject, secret.file)
    elif secret.literal is not None:
        yield from check_private(subject, configuration)
