"""The folders of a deployment, and where new ones are built: in a hidden directory, until they are whole."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lockgate.errors import ConfigurationError

CA_NAME = "ManagementCA"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the parts of a deployment are.

    Attributes:
        directory: holds both folders, and the message database where that is SQLite.
    """

    directory: Path

    @property
    def ca(self) -> Path:
        """The folder for the CA host."""
        return self.directory / "ca"

    @property
    def ra(self) -> Path:
        """The folder for the RA host."""
        return self.directory / "ra"

    @property
    def ca_config(self) -> Path:
        """The CA host's configuration."""
        return self.ca / "lockgate.toml"

    @property
    def ra_config(self) -> Path:
        """The RA host's configuration."""
        return self.ra / "lockgate.toml"

    @property
    def ca_certificate(self) -> Path:
        """The PEM certificate of ManagementCA, on the RA's side."""
        return self.ra / f"{CA_NAME}.pem"

    def present(self) -> tuple[Path, ...]:
        """Which of its folders there are and hold anything."""
        folders = (self.ca, self.ra, self.directory / "messages")
        return tuple(folder for folder in folders if folder.exists() and (not folder.is_dir() or any(folder.iterdir())))


@contextmanager
def building_site(deployment: Deployment) -> Iterator[Path]:
    """A hidden directory beside the final place; removed with what is left in it. One process at a time has one."""
    directory = deployment.directory
    _require_absent(deployment)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        site = Path(tempfile.mkdtemp(prefix=".new-", dir=directory))
    except OSError as error:
        raise ConfigurationError(f"{directory}: cannot be written: {error.strerror}") from None
    try:
        with _alone_in(directory):
            _require_absent(deployment)  # another process may have been at work until now
            yield site
    finally:
        shutil.rmtree(site, ignore_errors=True)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """A block that one process at a time runs for `directory`; the lock ends with the process."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConfigurationError(f"{directory}: another process is making a deployment there") from None
    finally:
        os.close(descriptor)


def _require_absent(deployment: Deployment) -> None:
    if present := deployment.present():
        raise ConfigurationError(
            f"there is a deployment already, and it stays as it is: {', '.join(map(str, present))}"
        )
