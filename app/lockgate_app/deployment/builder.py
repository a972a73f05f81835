"""What `lockgate init` makes: configurations, databases, the CA, the keystores, and the RA's role."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lockgate.errors import ConfigurationError
from lockgate.rights.authorization import ADMINISTRATOR, Action, Member, Role, action_right, ca_right, profile_right
from lockgate_app.container.ca import CaContainer
from lockgate_app.container.databases import upgrade_messages
from lockgate_app.deployment.folders import CA_NAME, Deployment
from lockgate_app.deployment.locations import MESSAGES_DEFAULT, Location
from lockgate_app.fronts import Front
from lockgate_app.keys import certificate_pem, new_password
from lockgate_app.new_keystores import KeystoreMaker, NewKeysIn
from lockgate_app.outputs import write_file, write_secret
from lockgate_app.settings import load_ca
from lockgate_app.settings.http import DEFAULT_PORT
from lockgate_app.templates import CA_CONFIGURATION, RA_CONFIGURATION, TOKEN_CONFIGURATION

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
class _Identity:
    certificate: bytes
    fingerprint: str


class Builder:
    """Builds a deployment in `site`."""

    def __init__(
        self,
        site: Deployment,
        messages: Location,
        ca_database: Location,
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
        """Make everything.

        Raises:
            ConfigurationError, Unavailable: as `lockgate_app.deployment.create`.
        """
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
            write_secret(self._site.ca / f"{name}.secret", new_password())
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
        write_secret(self._site.ca / "token.password", self._token.pin)
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
                write_secret(self._site.ra / f"{front.key}.secret", new_password())
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
