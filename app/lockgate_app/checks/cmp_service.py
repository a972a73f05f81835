"""The CMP service of a CA host: its keys, its aliases, and who may deliver messages to it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from lockgate.ports import Keystore
from lockgate.requests.submessages import CMPRequest
from lockgate.rights.authorization import ADMINISTRATOR, EVERYTHING, Action, Role, action_right, alias_right
from lockgate.rights.whitelist import accepts
from lockgate_app.checks.certificates import check_certificate
from lockgate_app.checks.cmp_aliases import alias_subject, check_alias, check_signer
from lockgate_app.checks.cmp_proxy import check_cmp_http
from lockgate_app.checks.files import check_private, check_secret
from lockgate_app.checks.finding import Finding, guarded, warning
from lockgate_app.checks.tokens import check_token_key
from lockgate_app.container.ca import CaContainer, issuer_certificates
from lockgate_app.container.cmp import cmp_keystore, key_authority
from lockgate_app.container.cmp_aliases import unknown_aliases
from lockgate_app.container.trust import trust_in
from lockgate_app.settings import CaZone
from lockgate_app.settings.cmp import CmpKeystore, CmpTable

SUBJECT = "CMP"
DIRECT, KEYS = "CMP, directly", "CMP, keys that the CA makes"


def check_cmp_service(path: Path, zone: CaZone, ca: CaContainer, now: datetime) -> Iterator[Finding]:
    """Every rule about the table `[cmp]` of the configuration `path`, and about workers where there is none.

    Args:
        now: UTC.
    """
    table = zone.cmp
    if table is None:
        yield from _needless(zone)
        return
    yield from _workers(zone, table)
    if table.direct is not None:
        yield from guarded(DIRECT, partial(check_cmp_http, DIRECT, table.direct, now))
    yield from guarded(SUBJECT, partial(_signing, path, zone, table, ca, now))
    if table.kga is not None:
        yield from guarded(KEYS, partial(_making_keys, path, table, table.kga, ca, now))
    yield from guarded(SUBJECT, lambda: _deliverers(ca.inspection().roles(), table))
    for name, alias in table.alias.items():
        yield from guarded(alias_subject(name), partial(check_alias, path, name, alias, ca))


def _needless(zone: CaZone) -> Iterator[Finding]:
    for name, worker in zone.active_workers().items():
        if CMPRequest.__name__ in worker.accepted_types:
            yield warning(f"worker {name}", f"whitelist: {CMPRequest.__name__}: no table [cmp] says how to answer")


def _workers(zone: CaZone, table: CmpTable) -> Iterator[Finding]:
    if not table.alias:
        yield warning(SUBJECT, "there is no [cmp.alias.NAME]: every message is refused")
    taking = any(accepts(worker.accepted_types, CMPRequest.__name__) for worker in zone.active_workers().values())
    if not taking and table.direct is None:
        yield warning(SUBJECT, f"no active worker's whitelist has {CMPRequest.__name__}: no message is answered")


def _signing(path: Path, zone: CaZone, table: CmpTable, ca: CaContainer, now: datetime) -> Iterator[Finding]:
    yield from check_token_key(SUBJECT, table.keystore_path, table.keystore_password, decrypts=False)
    keystore = cmp_keystore(table)
    yield from _keystore(SUBJECT, path, table, keystore, ca, now)
    for name, worker in zone.active_workers().items():
        if worker.keystore_path == table.keystore_path:
            yield warning(SUBJECT, f"keyStorePath is the keystore of worker {name}: answers need a key of their own")
    for name, alias in table.alias.items():
        yield from check_signer(name, alias.default_ca, keystore.certificate, ca)


def _making_keys(path: Path, table: CmpTable, kga: CmpKeystore, ca: CaContainer, now: datetime) -> Iterator[Finding]:
    yield from check_token_key(KEYS, kga.keystore_path, kga.keystore_password, decrypts=False)
    keystore = key_authority(table)
    if keystore is not None:
        yield from _keystore(KEYS, path, kga, keystore, ca, now)


def _keystore(
    subject: str, path: Path, table: CmpKeystore, keystore: Keystore, ca: CaContainer, now: datetime
) -> Iterator[Finding]:
    yield from check_private(subject, table.keystore_path)
    yield from check_secret(subject, table.keystore_password, path)
    trust = trust_in(issuer_certificates(ca.inspection(), outside=ca.outside()))
    issuer = "a CA of this installation"
    yield from check_certificate(subject, keystore.certificate, trust, issuer, now, decrypts=False)


def _deliverers(roles: Sequence[Role], table: CmpTable) -> Iterator[Finding]:
    """Roles that may deliver messages, and for no alias; and aliases that nobody may deliver messages for."""
    deliver, aliases = action_right(Action.DELIVER), alias_right("")
    for role in roles:
        subject = f"role {role.name}"
        if deliver in role.rules and not any(rule == EVERYTHING or rule.startswith(aliases) for rule in role.rules):
            yield warning(subject, f"{deliver} without a rule {aliases}ALIAS: it delivers nothing")
        if table.alias:
            yield from (warning(subject, told) for told in unknown_aliases(role, table))
    for name in () if table.direct else table.alias:
        needed = (ADMINISTRATOR, deliver, alias_right(name))
        if not any(role.members and all(map(role.grants, needed)) for role in roles):
            told = f"no role with members has {' and '.join(needed[1:])}: every message is refused"
            yield warning(alias_subject(name), told)
