"""Where a new deployment's databases are: their URLs and secrets, as its configuration holds them."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lockgate.errors import ConfigurationError
from lockgate_app.outputs import write_file, write_secret

MESSAGES_DEFAULT = "sqlite:///../messages/messages.db"
CA_DEFAULT = "sqlite:///ca.db"


@dataclass(frozen=True, slots=True)
class Location:
    """A database's URL as the configuration file shall hold it, and the secrets in files beside it.

    Attributes:
        tls_ca: PEM.
    """

    url: str
    password: str | None = None
    tls_ca: bytes | None = None

    def lines(self, folder: Path, name: str) -> str:
        """The configuration's lines after the URL; writes the files into `folder`."""
        found = []
        if self.password is not None:
            write_secret(folder / f"{name}.password", self.password)
            found.append(f'password = {{ file = "{name}.password" }}\n')
        if self.tls_ca is not None:
            write_file(folder / f"{name}-tls-ca.pem", self.tls_ca)
            found.append(f'tls_ca = "{name}-tls-ca.pem"\n')
        return "".join(found)


def location(option: str, url: str | None, default: str, password: str | None, authorities: bytes | None) -> Location:
    """The database that `--OPTION` names.

    Raises:
        ConfigurationError: the URL cannot be read or holds a password, or there is a password for SQLite.
    """
    parsed = _parsed(option, url or default)
    if parsed.password is not None:
        raise ConfigurationError(
            f"--{option}: the URL holds a password, which other users of this host can read while the command runs:"
            f" leave it out, and name a file that holds it with --{option}-password-file"
        )
    if parsed.get_backend_name() != "sqlite":
        return Location(parsed.render_as_string(), password, authorities)
    if password is not None:
        raise ConfigurationError(f"--{option}-password-file: an SQLite database has no password")
    return Location(default if url is None else f"sqlite:///{Path(parsed.database or '').absolute()}")


def _parsed(option: str, url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # SQLAlchemy's text would repeat the URL, and with it a password.
        raise ConfigurationError(f"--{option}: the URL of the database cannot be read") from None
