"""A second installation of Lockgate that has ManagementCA's key: the issuer for CAs that speak CMP orders from it.

It stands beside the configuration of the first installation, so that each scenario has one of its own: a CA remembers
keys and names for ever. Its CMP service answers in this process.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lockgate.ports import RemoteIssuer, Traits
from lockgate.profiles.certificate_profile import CertificateProfile
from lockgate.profiles.end_entity_profile import EndEntityProfile
from lockgate_app.container.cmp import CmpContainer
from lockgate_app.container.keystores import open_keystore
from lockgate_app.keys import certificate_pem
from lockgate_app.settings import CaZone
from lockgate_app.settings.issuer_by_cmp import CmpIssuerTable
from lockgate_app.templates import CA_CONFIGURATION
from lockgate_formats.cmp_client import AnswerTrust, CmpClient, CmpClientParts, KeystoreCredentials
from lockgate_issuers.cmp import CmpClients, CmpIssuer, Writing
from lockgate_keys.pkcs12 import write_pkcs12
from lockgate_transport.host.clock import HostClock, HostRandom
from tests.support.pki.identities import Authority, rsa_key
from tests.support.scenarios.ca_side import ESCROW_SECRET, SECRET, CaSide
from tests.support.scenarios.database_clock import Hours

ALIAS = "first"
ENTITY_PROFILE = "CHAINED"
FOLDER = "second-installation"
PASSWORD = "the passw0rd of both keystores in a chain"
SERVICE_KEY, CLIENT_KEY = 601, 602
BEHIND = timedelta(minutes=1)
"""How far its clock is behind that of the first installation: what it issues at once, for a single day, ends earlier
than ordered."""


@contextmanager
def running_lockgate(directory: Path, authority: Authority) -> Iterator[Mapping[str, Any]]:
    """Make the installation that each scenario copies; its settings for the first one."""
    ca = directory / "ca"
    ca.mkdir()
    text = CA_CONFIGURATION.substitute(
        {"instance": "second.example", "message_url": "sqlite:///messages.db", "ca_name": "ManagementCA"},
        p12="p12",
        token="",
        ca_url="sqlite:///ca.db",
        ca_more="",
        message_more="",
        whitelist="",
        max_per_hour=0,
    )
    (ca / "lockgate.toml").write_text(text)
    (ca / "key-encryption.secret").write_bytes(SECRET)
    (ca / "escrow.secret").write_bytes(ESCROW_SECRET)
    (directory / "ca.pem").write_bytes(certificate_pem(authority.der))
    _furnish(CaSide(directory), directory)
    options = {
        "url": "http://second.example/lockgate",
        "keyStorePath": str(directory / "client.p12"),
        "keyStorePassword": PASSWORD,
        "ca_certificates": str(directory / "ca.pem"),
        "answers_again": True,
    }
    yield {"kind": "cmp", "options": options}


def _furnish(second: CaSide, directory: Path) -> None:
    """The CA, its CMP service, and the certificate of the first installation's keystore."""
    second.open()
    own = second.certify("CN=cmp", rsa_key(SERVICE_KEY), "WORKER")
    write_pkcs12(directory / "ca" / "cmp.p12", rsa_key(SERVICE_KEY), own.der, (), PASSWORD, "cmp")
    client = second.certify("CN=first installation", rsa_key(CLIENT_KEY))
    write_pkcs12(directory / "client.p12", rsa_key(CLIENT_KEY), client.der, (), PASSWORD, "client")
    second.configuration.put("cmp", {"keyStorePath": "cmp.p12", "keyStorePassword": PASSWORD})
    alias = {
        "mode": "ra",
        "defaultCA": "ManagementCA",
        "certificateProfile": "ENDUSER",
        "entityProfile": ENTITY_PROFILE,
        "nameGenerationScheme": "RANDOM",
        "ra_certificates": [hashlib.sha256(client.der).hexdigest()],
        "ra_verified": True,
        "implicit_confirm": False,
        "open_per_sender": 1000,
    }
    second.configuration.put(f"cmp.alias.{ALIAS}", alias)
    second.engine.dispose()


def lockgate_issuer(first: CaSide, name: str) -> RemoteIssuer:
    """The first installation's issuer of that name."""
    options = _table(first.configuration.zone, name).options
    assert options.keystore_path is not None
    second = ChainedLockgate(first, options.keystore_path.parent)
    credentials = KeystoreCredentials(open_keystore(options.keystore_path, PASSWORD))
    trust = AnswerTrust(authorities=(first.authority.der,))
    clock = _Clock(first.hours)
    client = CmpClient(CmpClientParts(second.answer, clock, HostRandom()), credentials, trust)
    traits = Traits(idempotent=options.answers_again, polls=True, confirms=True)
    named = {profile: profile for profile in first.inspection.profiles().certificate}
    return CmpIssuer(CmpClients(client), clock, traits, Writing(profiles=named))


class ChainedLockgate:
    """The second installation, as its CMP clients see it.

    Args:
        first: the installation that orders from it.
        template: what it is copied from, once.
    """

    def __init__(self, first: CaSide, template: Path) -> None:
        self._first = first
        self._template = template

    def answer(self, message: bytes) -> bytes:
        """The answer of its CMP service. What it logs is no line of the first installation."""
        directory = self._first.configuration.path.with_name(FOLDER)
        if not directory.exists():
            shutil.copytree(self._template, directory)
        second = CaSide(directory)
        second.hours.pass_by(self._first.hours.passed - BEHIND)
        try:
            self._follow(second)
            container = CmpContainer(zone=second.configuration.zone)
            container.ca.override(second.container)
            logging.disable()
            answered: bytes = container.service().answer(ALIAS, message)
            return answered
        finally:
            logging.disable(logging.NOTSET)
            second.engine.dispose()

    def _follow(self, second: CaSide) -> None:
        """Let it have the first one's certificate profiles, as its operators do."""
        wanted = {name: _vouched_for(one) for name, one in self._first.inspection.profiles().certificate.items()}
        known = second.inspection.profiles()
        if ENTITY_PROFILE in known.end_entity and wanted.items() <= known.certificate.items():
            return
        for name in sorted(wanted):
            second.administration.put_profile(name, wanted[name])
        second.administration.put_profile(ENTITY_PROFILE, EndEntityProfile(certificate_profiles=frozenset(wanted)))
        pairs = {name: {"certificateProfile": name, "entityProfile": ENTITY_PROFILE} for name in wanted}
        second.configuration.put(f"cmp.alias.{ALIAS}", {"profiles": pairs})


class _Clock(HostClock):
    """That of the first installation's host."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours

    def now(self) -> datetime:
        return super().now() + self._hours.passed


def _vouched_for(profile: CertificateProfile) -> CertificateProfile:
    """The same content, for a day less: it must end no later than ordered. Whether it is issued was judged by the first
    installation."""
    return replace(
        profile,
        validity_days=max(1, profile.validity_days - 1),
        unproven_keys=True,
        distinct_keys=False,
        subject_attributes=None,
        alternative_names=None,
        certification_authorities=None,
        approvals={},
    )


def _table(zone: CaZone, name: str) -> CmpIssuerTable:
    table = zone.ca.issuers[name]
    assert isinstance(table, CmpIssuerTable)
    return table
