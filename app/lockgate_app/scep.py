"""The SCEP server of an RA host, made from its settings."""

from collections.abc import Mapping, Sequence

from cryptography import x509

from lockgate.enrolment.challenges import ChallengeRule
from lockgate.enrolment.enrolments import Enrolments
from lockgate.errors import ConfigurationError, KeystoreError
from lockgate.ports import Keystore, Random, SignatureScheme
from lockgate.reasons import Rejected
from lockgate_app.container.keystores import configured_keystore
from lockgate_app.keys import read_certificates
from lockgate_app.settings.scep import ScepEnrolment, ScepTable
from lockgate_formats.names import read_name
from lockgate_formats.trust import IssuerTrust
from lockgate_transport.scep.rules import AliasRules
from lockgate_transport.scep.server import ScepServer


def transport_keystore(alias: str, enrolment: ScepEnrolment) -> Keystore:
    """The keystore that SCEP messages at the address `alias` are encrypted to and answers are signed with.

    Raises:
        KeystoreError: it cannot be opened, or its key is no RSA key.
    """
    table = f"[scep.aliases.{alias}] (or else [scep])" if alias else "[scep]"
    keystore = configured_keystore(enrolment.keystore_path, enrolment.keystore_password, f"{table} keyStorePassword")
    if keystore.scheme is not SignatureScheme.RSA_SHA256:
        raise KeystoreError(f"{enrolment.keystore_path}: SCEP needs an RSA key")
    return keystore


def chain(enrolment: ScepEnrolment) -> tuple[bytes, ...]:
    """The DER certificates of the issuing CA and those above it.

    Raises:
        ConfigurationError: a file cannot be read or holds no certificate.
    """
    return tuple(certificate for path in enrolment.ca_certificates for certificate in read_certificates(path))


def issuers(certificates: Sequence[bytes]) -> Sequence[bytes]:
    """Those of a chain that are the issuing CA's own, from before a rollover too: all with the first one's subject
    (RFC 5280, 7.1).

    What the CAs above it have issued is no certificate of this CA.
    """
    own = read_name(_subject(certificates[0])).comparable
    return [certificate for certificate in certificates if read_name(_subject(certificate)).comparable == own]


def alias_rules(alias: str, enrolment: ScepEnrolment) -> AliasRules:
    """What the address `alias` enrols, and how.

    Raises:
        ConfigurationError: a file or secret cannot be read.
    """
    certificates = chain(enrolment)
    issuer = _subject(certificates[0])
    name = read_name(issuer)
    shared = enrolment.shared_challenge.reveal() if enrolment.shared_challenge else None
    return AliasRules(
        alias=alias,
        challenge=ChallengeRule(shared, own=not enrolment.create_or_edit_user),
        names=enrolment.names,
        create_or_edit_user=enrolment.create_or_edit_user,
        end_entity_profile=enrolment.end_entity_profile,
        certificate_profile=enrolment.certificate_profile,
        ca_name=enrolment.ca_of(name),
        issuer=issuer.public_bytes(),
        issuer_dn=str(name),
        chain=certificates,
        holders=IssuerTrust(issuers(certificates)),
        legacy=enrolment.legacy,
        oaep_sha1=enrolment.oaep_sha1,
    )


def judge_keystore(keystore: Keystore, ra: Keystore | None, rules: AliasRules) -> None:
    """The transport key must be another one than the RA's own, and certified by the CA that enrols.

    Raises:
        ConfigurationError: it is not.
    """
    if ra is not None and _key(keystore) == _key(ra):
        raise ConfigurationError("keyStorePath: SCEP's key must be another one than that of the RA's submessages")
    if isinstance(rules.holders.path(keystore.certificate), Rejected):
        raise ConfigurationError(
            "keyStorePath: the certificate was not issued by the CA that ca_certificates begins with"
        )


def _subject(certificate: bytes) -> x509.Name:
    return x509.load_der_x509_certificate(certificate).subject


def _key(keystore: Keystore) -> object:
    return x509.load_der_x509_certificate(keystore.certificate).public_key()


def scep_servers(
    table: ScepTable, ra: Keystore | None, enrolments: Enrolments, random: Random
) -> Mapping[str, ScepServer]:
    """The server for each address.

    Raises:
        ConfigurationError, KeystoreError: the settings cannot be used.
    """
    servers = {}
    for alias, enrolment in table.addresses.items():
        keystore, rules = transport_keystore(alias, enrolment), alias_rules(alias, enrolment)
        judge_keystore(keystore, ra, rules)
        servers[alias] = ScepServer(rules, keystore, enrolments, random)
    return servers
