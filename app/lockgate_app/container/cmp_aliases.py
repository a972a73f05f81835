"""The aliases of the CMP service, made of their settings."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from lockgate.rights.authorization import Role, alias_right
from lockgate_app.keys import read_certificates
from lockgate_app.settings.cmp import CmpAliasTable, CmpProfile, CmpTable
from lockgate_formats.cmp.limits import ProtectionLimits
from lockgate_formats.cmp.vocabulary import BodyType
from lockgate_formats.vendors import VendorTrust
from lockgate_transport.cmp.service.aliases import CmpAlias, Mode, ProfilePair, ResponseProtection
from lockgate_transport.host.clock import HostClock

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


def unknown_aliases(role: Role, table: CmpTable | None) -> Iterator[str]:
    """Warnings about `role`, in plain words: it names aliases that the configuration lacks."""
    branch = alias_right("")
    for rule in sorted(role.rules - {f"{branch}*"}):
        name = rule.removeprefix(branch)
        if rule.startswith(branch) and (table is None or name not in table.alias):
            yield f"{rule}: there is no [cmp.alias.{name}]"


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
        token_password=table.reg_token_password,
        subject_password=table.subject_password,
        certificates=table.certificates,
        registration_authorities=frozenset(table.ra_certificates),
        by_purpose=table.ra_by_purpose,
        ra_verified=table.ra_verified,
        same_key=table.same_key,
        central_keys=table.central_keys,
        encrypted_certificates=table.encrypted_certificates,
        vendors=VendorTrust(vendors, HostClock()) if vendors else None,
        vendor_names=None if table.vendor_names is None else frozenset(table.vendor_names),
    )


def _pair(profile: CmpProfile) -> ProfilePair:
    return ProfilePair(profile.end_entity_profile, profile.certificate_profile)
