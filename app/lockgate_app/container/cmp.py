"""The CA's CMP service."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from lockgate.line.acting import Acting
from lockgate.ports import CertificateRequests, CertificateTrust, Keystore
from lockgate.ports.protocol_transactions import SharedSecrets
from lockgate.requests.request_types import RequestTypes, with_cmp
from lockgate_app.container.keystores import open_keystore
from lockgate_app.keys import read_certificates
from lockgate_app.settings.cmp import CmpAliasTable, CmpProfile, CmpTable
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.trust import IssuerTrust
from lockgate_transport.cmp.service.aliases import CmpAlias, Mode, ProfilePair, ResponseProtection
from lockgate_transport.cmp.service.answers import AnswerWriter
from lockgate_transport.cmp.service.deadlines import Deadlines
from lockgate_transport.cmp.service.enrolling import Enrolling
from lockgate_transport.cmp.service.informing import Informing
from lockgate_transport.cmp.service.keeping import Keeping
from lockgate_transport.cmp.service.reading import MessageReader
from lockgate_transport.cmp.service.requests import Requests
from lockgate_transport.cmp.service.revoking import Revoking
from lockgate_transport.cmp.service.service import CmpService
from lockgate_transport.cmp.service.transactions import Transactions
from lockgate_transport.host.clock import HostRandom

ANY_REFERENCE = "*"


def cmp_alias(name: str, table: CmpAliasTable) -> CmpAlias:
    """The rules of one alias.

    Raises:
        ConfigurationError: a secret or a file cannot be read.
    """
    return replace(
        _who_and_what(name, table),
        responses=ResponseProtection(table.response_protection),
        implicit_confirm=table.implicit_confirm,
        confirm_within=timedelta(seconds=table.confirm_within),
        remember=timedelta(days=table.remember),
        make_transaction_id=table.transaction_id == "made",
        time_required=table.time_required,
        tolerance=timedelta(seconds=table.tolerance),
        original_nonce=table.final_nonce == "first",
        unprotected_questions=table.unprotected_questions,
        with_roots=table.with_roots,
        check_after=timedelta(seconds=table.check_after),
        open_per_sender=table.open_per_sender,
        open_in_all=table.open_in_all,
        protection=ProtectionLimits(table.iterations, hmac_sha1=table.hmac_sha1),
    )


def _who_and_what(name: str, table: CmpAliasTable) -> CmpAlias:
    """Whose messages are answered, and what they may ask for."""
    secrets = {"" if kid == ANY_REFERENCE else kid: each.reveal().encode() for kid, each in table.secrets.items()}
    vendors = [certificate for path in table.vendor_cas for certificate in read_certificates(path)]
    return CmpAlias(
        name=name,
        mode=Mode(table.mode),
        ca_name=table.default_ca,
        profiles=_pair(table),
        named_profiles={named: _pair(each) for named, each in table.profiles.items()},
        bodies=frozenset(body for body in BodyType if body.rfc_name in table.messages),
        names=table.names,
        username_in_kid=table.username_in_kid,
        secrets=secrets,
        one_time_secrets=table.one_time_passwords,
        certificates=table.certificates,
        registration_authorities=frozenset(table.ra_certificates),
        by_purpose=table.ra_by_purpose,
        ra_verified=table.ra_verified,
        same_key=table.same_key,
        vendors=IssuerTrust(vendors) if vendors else None,
        vendor_names=None if table.vendor_names is None else frozenset(table.vendor_names),
    )


def _pair(profile: CmpProfile) -> ProfilePair:
    return ProfilePair(profile.end_entity_profile, profile.certificate_profile)


def cmp_keystore(table: CmpTable) -> Keystore:
    """The keystore that signs answers.

    Raises:
        KeystoreError: it cannot be opened.
    """
    return open_keystore(table.keystore_path, table.keystore_password.reveal())


class CmpParts:
    """The parts of the service, made of its settings.

    Attributes:
        service: answers messages.
        deadlines: acts for clients that are silent.
    """

    def __init__(
        self,
        table: CmpTable,
        secrets: SharedSecrets,
        trust: CertificateTrust,
        requests: CertificateRequests,
        acting: Acting,
    ) -> None:
        aliases: Mapping[str, CmpAlias] = {name: cmp_alias(name, each) for name, each in table.alias.items()}
        random = HostRandom()
        reader = MessageReader(aliases, secrets, trust, requests, random)
        asked = Requests(reader, Enrolling(acting), Revoking(acting), trust)
        keeping = Keeping(random)
        transactions = Transactions(asked, Informing(), random)
        self.service = CmpService(reader, transactions, keeping, AnswerWriter(cmp_keystore(table), random))
        self.deadlines = Deadlines(aliases, asked, keeping)


def cmp_parts(
    table: CmpTable | None,
    secrets: SharedSecrets,
    trust: CertificateTrust,
    requests: CertificateRequests,
    acting: Acting,
) -> CmpParts | None:
    """The service; None where the CA has none."""
    return None if table is None else CmpParts(table, secrets, trust, requests, acting)


def answering(parts: CmpParts | None, types: RequestTypes) -> RequestTypes:
    """The request types, with the service where there is one."""
    return types if parts is None else with_cmp(parts.service, types)
