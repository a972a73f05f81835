"""A remote issuer that speaks CMP, made of its settings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from lockgate.errors import ConfigurationError
from lockgate.names.dn import parse_dn
from lockgate.ports import RemoteIssuer, Traits
from lockgate_app.container.keystores import configured_keystore
from lockgate_app.container.tls import tls_trust
from lockgate_app.keys import read_certificates
from lockgate_app.settings.issuer_by_cmp import CmpIssuerOptions
from lockgate_formats import der
from lockgate_formats.cmp.limits import DEFAULT_LIMITS, ProtectionLimits
from lockgate_formats.cmp.macs import PASSWORD_BASED_MAC_SHA256, PBMAC1_SHA256
from lockgate_formats.cmp.protection import MacProtection
from lockgate_formats.cmp_client import (
    AnswerTrust,
    CmpClient,
    CmpClientParts,
    CmpClientSettings,
    Credentials,
    KeystoreCredentials,
    SharedSecret,
)
from lockgate_formats.cms.certificates import read_certificate
from lockgate_formats.names import encode_name
from lockgate_issuers.cmp import CmpClients, CmpCrls, CmpIssuer, CmpIssuerWithCrls, CrlQuestion, RequestKind, Writing
from lockgate_transport.cmp.carry import HttpCarry
from lockgate_transport.host.clock import HostClock, HostRandom

NOBODY = der.sequence()
"""The empty name of a CA whose name is not known."""
MESSAGE_AROUND = DEFAULT_LIMITS.octets
"""Octets of a message besides the CRL that it holds."""
MACS: Mapping[str, MacProtection] = {"pbmac1": PBMAC1_SHA256, "password_based_mac": PASSWORD_BASED_MAC_SHA256}


def cmp_issuer(options: CmpIssuerOptions) -> RemoteIssuer:
    """The issuer; nothing is sent.

    Raises:
        ConfigurationError: a file cannot be read, or a URL or name cannot be used.
        KeystoreError: the keystore cannot be opened.
    """
    authorities = _certificates(options.ca_certificates)
    trust = AnswerTrust(
        certificates=_certificates(options.signer_certificates),
        authorities=authorities,
        sender=None if options.sender is None else encode_name(parse_dn(options.sender)),
    )
    client = _Clients(options, trust, authorities)
    by_profile = {profile: client.of(url) for profile, url in options.urls.items()}
    traits = Traits(
        idempotent=options.answers_again,
        polls=True,
        confirms=True,
        voids_unconfirmed=options.revokes_unconfirmed,
        calls=options.calls,
        timeout=timedelta(seconds=options.settled_after),
        longest_wait=timedelta(seconds=options.longest_wait),
    )
    writing = Writing(RequestKind(options.message), options.certificate_profiles)
    clients = CmpClients(client.of(options.url), by_profile)
    if options.asks_crls == "none":
        return CmpIssuer(clients, HostClock(), traits, writing)
    crls = CmpCrls(client.of(options.url, MESSAGE_AROUND + options.max_crl_size), CrlQuestion(options.asks_crls))
    return CmpIssuerWithCrls(clients, HostClock(), traits, writing, crls)


class _Clients:
    def __init__(self, options: CmpIssuerOptions, trust: AnswerTrust, authorities: tuple[bytes, ...]) -> None:
        self._options, self._trust = options, trust
        self._credentials = _credentials(options)
        self._tls = tls_trust(options.tls_certificates)
        self._settings = CmpClientSettings(
            recipient=read_certificate(authorities[0]).subject if authorities else NOBODY,
            pvno=options.pvno,
            implicit_confirm=options.asks_implicit_confirm,
            protection=ProtectionLimits(hmac_sha1=options.hmac_sha1),
        )

    def of(self, url: str, octets: int = DEFAULT_LIMITS.octets) -> CmpClient:
        """For the service at `url`; each message has a connection of its own, so that threads share none.

        Args:
            octets: of an answer at most.
        """
        carry = HttpCarry(url, seconds=self._options.answer_within, tls=self._tls, limit=octets)
        parts = CmpClientParts(carry, HostClock(), HostRandom())
        settings = replace(self._settings, limits=replace(DEFAULT_LIMITS, octets=octets))
        return CmpClient(parts, self._credentials, self._trust, settings)


def _credentials(options: CmpIssuerOptions) -> Credentials:
    if options.keystore_path is not None and options.keystore_password is not None:
        return KeystoreCredentials(
            configured_keystore(options.keystore_path, options.keystore_password, "keyStorePassword of the issuer")
        )
    if options.reference is None or options.secret is None:
        raise ConfigurationError("a CMP issuer needs a secret or a keystore")
    return SharedSecret(options.reference.encode(), options.secret.reveal().encode(), MACS[options.mac])


def _certificates(path: Path | None) -> tuple[bytes, ...]:
    return () if path is None else tuple(read_certificates(path))
