"""A new deployment: the CA's folder and the RA's folder, each complete, so that each can be carried to its host.

Everything is made in a hidden directory first and moved into place when it is whole. The RA's folder holds nothing
secret of the CA's.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lockgate.errors import ConfigurationError
from lockgate.rights.authorization import ADMINISTRATOR, Action, Member, Role, action_right, ca_right, profile_right
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.databases import upgrade_messages
from lockgate_app.fronts import FRONTS, Front
from lockgate_app.keys import certificate_pem, new_password, read_certificates
from lockgate_app.new_keystores import KeystoreMaker, NewKeysIn
from lockgate_app.outputs import write_file
from lockgate_app.settings import load_ca
from lockgate_app.settings.http import DEFAULT_PORT
from lockgate_app.templates import CA_CONFIGURATION, RA_CONFIGURATION, TOKEN_CONFIGURATION

CA_NAME = "ManagementCA"
MESSAGES_DEFAULT = "sqlite:///../messages/messages.db"
CA_DEFAULT = "sqlite:///ca.db"
_SCOPE = frozenset({ADMINISTRATOR, ca_right(CA_NAME), profile_right("EMPTY")})
RA_ROLE_RULES = frozenset(
    {
        *_SCOPE,
        *map(action_right, (Action.VIEW, Action.CREATE, Action.EDIT, Action.REVOCATION)),
        action_right(Action.OWN_RENEWAL),
    }
)
"""The new RA's rights: those that requests need on one CA and one end entity profile, and its own renewal."""


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


def create(
    directory: Path,
    message_db: str | None = None,
    ca_db: str | None = None,
    tls_ca: Path | None = None,
    *,
    message_db_password: str | None = None,
    ca_db_password: str | None = None,
    fronts: Collection[str] = (),
    token: NewKeysIn | None = None,
) -> Deployment:
    """Make a new deployment in `directory`.

    Args:
        message_db: URL of the message database, without a password; SQLite in `directory`/messages by default.
        ca_db: URL of the CA's own database, without a password; SQLite in the CA's folder by default.
        tls_ca: PEM file of the CAs of the database servers' certificates; both folders get a copy.
        message_db_password, ca_db_password: of the users in the URLs; kept in a file of its own.
        token: where all keys are made: the CA's, the worker's, the RA's; in files and the CA's database by default.
        fronts: keys in `FRONTS`: the enrolment servers that the RA host runs; its role gets the rights for them only.

    Raises:
        ConfigurationError: there is a deployment already (it is left as it is), a URL is wrong or unsafe, or a front is
            unknown.
        Unavailable: a database cannot be reached, or the token cannot be used.
    """
    deployment = Deployment(directory.absolute())
    chosen = _chosen(fronts)
    with _building_site(deployment) as site:
        authorities = None if tls_ca is None else b"".join(map(certificate_pem, read_certificates(tls_ca)))
        messages = _location("message-db", message_db, MESSAGES_DEFAULT, message_db_password, authorities)
        ca_database = _location("ca-db", ca_db, CA_DEFAULT, ca_db_password, authorities)
        _Builder(Deployment(site), messages, ca_database, chosen, token).build()
        for folder in site.iterdir():
            folder.rename(deployment.directory / folder.name)
    return deployment


def _chosen(keys: Collection[str]) -> Sequence[Front]:
    """The fronts with these keys, in the order of the table."""
    if unknown := set(keys) - set(FRONTS):
        raise ConfigurationError(f"no enrolment server is called {', '.join(sorted(unknown))}")
    return [front for key, front in FRONTS.items() if key in keys]


@contextmanager
def _building_site(deployment: Deployment) -> Iterator[Path]:
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


@dataclass(frozen=True, slots=True)
class _Location:
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
            _secret(folder / f"{name}.password", self.password)
            found.append(f'password = {{ file = "{name}.password" }}\n')
        if self.tls_ca is not None:
            write_file(folder / f"{name}-tls-ca.pem", self.tls_ca)
            found.append(f'tls_ca = "{name}-tls-ca.pem"\n')
        return "".join(found)


def _location(option: str, url: str | None, default: str, password: str | None, authorities: bytes | None) -> _Location:
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
        return _Location(parsed.render_as_string(), password, authorities)
    if password is not None:
        raise ConfigurationError(f"--{option}-password-file: an SQLite database has no password")
    return _Location(default if url is None else f"sqlite:///{Path(parsed.database or '').absolute()}")


def _parsed(option: str, url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # SQLAlchemy's text would repeat the URL, and with it a password.
        raise ConfigurationError(f"--{option}: the URL of the database cannot be read") from None


@dataclass(frozen=True, slots=True)
class _Identity:
    certificate: bytes
    fingerprint: str


class _Builder:
    """Builds a deployment in `site`."""

    def __init__(
        self,
        site: Deployment,
        messages: _Location,
        ca_database: _Location,
        fronts: Sequence[Front],
        token: NewKeysIn | None,
    ) -> None:
        self._site = site
        self._token = token
        self._keystores = KeystoreMaker(token)
        self._messages = messages
        self._ca_database = ca_database
        self._fronts = fronts

    def build(self) -> None:
        for folder in (self._site.ca, self._site.ra, *self._message_folder()):
            folder.mkdir(mode=0o700)
        self._write_configurations()
        zone = load_ca(self._site.ca_config)
        container = CaContainer(zone=zone)
        engine = container.engine()
        try:
            if container.installed():
                raise ConfigurationError("the CA's database holds a CA installation already; it stays as it is")
            ((name, source),) = zone.data_sources.items()
            upgrade_messages(source, name)
            self._set_up(container)
        finally:
            engine.dispose()
        (self._site.ra / "outbox").mkdir(mode=0o700)

    def _message_folder(self) -> tuple[Path, ...]:
        return (self._site.directory / "messages",) if self._messages.url == MESSAGES_DEFAULT else ()

    def _write_configurations(self) -> None:
        instance = f"lockgate-{secrets.token_hex(8)}"
        for name in ("key-encryption", "escrow"):
            _secret(self._site.ca / f"{name}.secret", new_password())
        common = {"instance": instance, "message_url": self._messages.url, "ca_name": CA_NAME}
        common["p12"] = self._keystores.suffix
        fronts = [(front, common | {"port": DEFAULT_PORT + number}) for number, front in enumerate(self._fronts)]
        ca = CA_CONFIGURATION.substitute(
            common,
            token=self._token_lines(),
            ca_url=self._ca_database.url,
            ca_more=self._ca_database.lines(self._site.ca, "ca-database"),
            message_more=self._messages.lines(self._site.ca, "message-database"),
            whitelist=",".join(dict.fromkeys(chain.from_iterable(front.request_types for front in self._fronts))),
            max_per_hour=self._max_per_hour(),
        )
        ra = RA_CONFIGURATION.substitute(
            common,
            message_more=self._messages.lines(self._site.ra, "message-database"),
        )
        ca += "".join(front.ca_settings.substitute(values) for front, values in fronts if front.ca_settings)
        write_file(self._site.ca_config, ca.encode(), 0o600)
        ra += "".join(front.settings.substitute(values) for front, values in fronts)
        write_file(self._site.ra_config, ra.encode(), 0o600)

    def _token_lines(self) -> str:
        """The table of the CA's token; writes its PIN."""
        if self._token is None:
            return ""
        _secret(self._site.ca / "token.password", self._token.pin)
        return TOKEN_CONFIGURATION.substitute(uri=self._token.uri)

    def _set_up(self, container: CaContainer) -> None:
        """The CA, the keystores, and the RA's role."""
        administration = container.administration()
        administration.initialise()
        authority = administration.create_ca(CA_NAME, f"CN={CA_NAME},O=Lockgate")
        worker = self._keystore(container, authority, "worker", "WORKER", self._site.ca)
        ra = self._keystore(container, authority, "ra", "RA", self._site.ra)
        member = Member(fingerprint=ra.fingerprint)
        administration.put_role(Role("RA", self._role_rules(), frozenset({member})))
        for front in self._fronts:
            if front.has_keystore:
                self._keystore(container, authority, front.key, "RA", self._site.ra)
            if front.has_secret:
                _secret(self._site.ra / f"{front.key}.secret", new_password())
            if front.ca_settings:
                self._keystore(container, authority, front.key, "WORKER", self._site.ca)
        for folder in (self._site.ca, self._site.ra):
            write_file(folder / f"{CA_NAME}.pem", certificate_pem(authority))
        write_file(self._site.ra / "worker.pem", certificate_pem(worker.certificate))

    def _keystore(self, container: CaContainer, authority: bytes, name: str, profile: str, folder: Path) -> _Identity:
        """A new key and its certificate, and the keystore of both, its password in a file beside it."""
        key = self._keystores.new_key(f"{name}-{secrets.token_hex(4)}")
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        subject = f"CN={name}-{secrets.token_hex(4)},O=Lockgate"
        issued = container.administration().issue_keystore_certificate(
            name, subject, public, ca_name=CA_NAME, certificate_profile=profile
        )
        path, password = folder / f"{name}.{self._keystores.suffix}", folder / f"{name}.password"
        self._keystores.write(path, password, key, issued.certificate, authority, name)
        return _Identity(issued.certificate, issued.fingerprint)

    def _max_per_hour(self) -> int:
        """What the busiest front needs; 0, any number, for an RA without any."""
        return max((front.max_per_hour for front in self._fronts), default=0)

    def _role_rules(self) -> frozenset[str]:
        """What the requests of the RA's fronts need, and nothing else; those of an RA without any need more."""
        if not self._fronts:
            return RA_ROLE_RULES
        scope = _SCOPE if any(front.names_profiles for front in self._fronts) else frozenset({ADMINISTRATOR})
        return scope.union(*(front.role_rules for front in self._fronts))


def _secret(path: Path, secret: str) -> None:
    write_file(path, secret.encode() + os.linesep.encode(), 0o600)
