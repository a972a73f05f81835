"""What the single keys do to the draft: small functions that the table of rules names."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lockgate.enrolment.challenges import NONE
from lockgate.enrolment.usernames import NameGeneration, Scheme
from lockgate.errors import ConfigurationError, InvalidName
from lockgate.names.dn import parse_dn
from lockgate.rights.whitelist import parse_whitelist
from lockgate_app.checks import INSECURE
from lockgate_app.migration.draft import CHALLENGE_FILE, RA_SOURCE, Draft
from lockgate_app.migration.jdbc import NotTakenOver, read_jdbc
from lockgate_app.migration.outcomes import DEFAULT_PASSWORDS, Verdict, refused_default, taken, to_do, unneeded
from lockgate_app.migration.properties import Property
from lockgate_app.request_types import installed_request_types
from lockgate_app.settings.workers import DEFAULT_DATA_SOURCE, DEFAULT_RA_ISSUER


@dataclass(frozen=True, slots=True)
class Found:
    """A key of a file, as its rule sees it.

    Attributes:
        number: what stands for N in the rule's key; empty where it has none.
        worker: the name of the worker whose file it is.
    """

    entry: Property
    number: str
    worker: str

    @property
    def value(self) -> str:
        """Without blanks around it."""
        return self.entry.value.strip()

    @property
    def source(self) -> str:
        """The data source that the key describes."""
        return f"RAMessage{self.number}DS" if self.number else RA_SOURCE


Effect = Callable[[Draft, Found], Verdict]


def is_true(value: str) -> bool:
    """Whether the SCEP server of the original takes the value for true."""
    return value.lower() in {"true", "yes", "on"}


def nothing(_draft: Draft, _found: Found) -> Verdict:
    """The key has no counterpart and needs none."""
    return unneeded()


def by_hand(detail: str) -> Effect:
    """The key has no counterpart that could be found."""
    return lambda _draft, _found: to_do(detail)


def cmp_by_hand(detail: str) -> Effect:
    """The same, for a key of the CMP proxy, which there is then."""

    def act(draft: Draft, _found: Found) -> Verdict:
        draft.cmp_settings()
        return to_do(detail)

    return act


def cmp_nothing(draft: Draft, _found: Found) -> Verdict:
    """The key has no counterpart; there is a CMP proxy."""
    draft.cmp_settings()
    return unneeded()


def enabled(draft: Draft, found: Found) -> Verdict:
    """Whether the service is on."""
    draft.active = found.value == "true"
    return unneeded("" if draft.active else "the service was off: active = false is written for its workers")


def jdbc_url(draft: Draft, found: Found) -> Verdict:
    """A data source's place; a user or a password in it counts where no key of its own has them."""
    source = draft.source(found.source)
    try:
        place = read_jdbc(found.value)
    except NotTakenOver as verdict:
        return to_do(str(verdict))
    source.url, source.user = place.url, source.user or place.user
    if place.password is not None and not source.needs_password:
        source.needs_password = True
        if refused := refused_default(place.password):
            return refused
        source.password = place.password
    details = ["its password is in a file of its own"] if place.password is not None else []
    if place.dropped:
        details.append(f"its parameters are not taken over: {', '.join(place.dropped)} (tls and tls_ca decide on TLS)")
    return taken("; ".join(details))


def database_user(draft: Draft, found: Found) -> Verdict:
    """A data source's user."""
    draft.source(found.source).user = found.value or None
    return taken()


def database_password(draft: Draft, found: Found) -> Verdict:
    """A data source's password, unless everybody knows it."""
    source = draft.source(found.source)
    source.needs_password = True
    source.password = None
    if refused := refused_default(found.value):
        return refused
    source.password = found.entry.value
    return taken()


def data_source(draft: Draft, found: Found) -> Verdict:
    """The data source that a worker polls."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", found.value):
        return to_do(f"it is no name of a data source: {DEFAULT_DATA_SOURCE} is written")
    draft.workers[found.worker]["persistenceunit"] = found.value
    return taken()


def required(setting: str) -> Effect:
    """A worker's strictness. The original takes everything but `false` for true."""

    def act(draft: Draft, found: Found) -> Verdict:
        strict = found.value != "false"
        draft.workers[found.worker][setting] = strict
        if not strict:
            return taken(f"warning: {INSECURE[setting]}")
        return taken("" if found.value == "true" else "the value is neither true nor false, which means true")

    return act


def keystore_file(_draft: Draft, _found: Found) -> Verdict:
    """The path of a keystore, which is never copied."""
    return unneeded()


def keystore_password(_draft: Draft, found: Found) -> Verdict:
    """The password of a keystore, which is never copied."""
    if found.value in DEFAULT_PASSWORDS:
        return to_do(
            f"{found.value} is a default password, which everybody knows, and is refused: use only the new keystore"
        )
    return unneeded()


def ra_issuer(draft: Draft, found: Found) -> Verdict:
    """The CA of RAs and workers."""
    draft.workers[found.worker]["raissuer"] = found.value
    if found.value == DEFAULT_RA_ISSUER:
        return taken()
    return to_do("a CA of this name must be here: ca create, ca import or [ca.outside.NAME]")


def whitelist(draft: Draft, found: Found) -> Verdict:
    """The request types that a worker takes."""
    draft.workers[found.worker]["whitelist"] = found.value
    unknown = sorted(parse_whitelist(found.value) - set(installed_request_types()))
    if unknown:
        return to_do(f"no such request type is installed: {', '.join(unknown)}; whole names are compared")
    more = "add RenewalRequest where the RA is to renew its own keystore" if found.value else ""
    return taken(more)


def scep_text(setting: str) -> Effect:
    """A text that the SCEP server's settings have under the same name."""

    def act(draft: Draft, found: Found) -> Verdict:
        draft.scep_settings()[setting] = found.value
        return taken()

    return act


def scep_keystore(effect: Effect) -> Effect:
    """The SCEP server's own keystore; further ones are another address's."""

    def act(draft: Draft, found: Found) -> Verdict:
        draft.scep_settings()
        if found.number != "1":
            return to_do("several SCEP servers: write a table [scep.aliases.NAME] with a keystore of its own")
        return effect(draft, found)

    return act


def challenge(draft: Draft, found: Found) -> Verdict:
    """The challenge password of all devices."""
    settings = draft.scep_settings()
    if found.value == NONE:
        settings["authPwd"] = NONE
        return taken()
    if not is_true(draft.said("scep.ra.createOrEditUser") or ""):
        settings["authPwd"] = NONE
        return unneeded("without createOrEditUser each device's password is that of its end entity")
    settings["authPwd"] = {"file": CHALLENGE_FILE}
    if refused := refused_default(found.value):
        return refused
    draft.challenge = found.value
    return taken()


def create_or_edit(draft: Draft, found: Found) -> Verdict:
    """Whether devices are added."""
    draft.scep_settings()["createOrEditUser"] = is_true(found.value)
    return taken()


def scheme(draft: Draft, found: Found) -> Verdict:
    """How usernames are made."""
    settings = draft.scep_settings()
    if found.value not in set(Scheme):
        return to_do(f"there is no scheme {found.value!a}: choose one of {', '.join(Scheme)}")
    settings["nameGenerationScheme"] = found.value
    return taken("the username is the subject's CN, not the whole DN" if found.value == Scheme.USERNAME else "")


def parameters(draft: Draft, found: Found) -> Verdict:
    """What usernames are made of."""
    settings = draft.scep_settings()
    named = draft.said("scep.ra.namegenerationscheme", "scep.ra.nameGenerationScheme") or Scheme.DN
    try:
        NameGeneration(Scheme(named) if named in set(Scheme) else Scheme.RANDOM, found.value)
    except ConfigurationError as error:
        return to_do(str(error))
    settings["nameGenerationParameters"] = found.value
    return taken()


def issuer_mapping(draft: Draft, found: Found) -> Verdict:
    """The name of the CA with that subject."""
    draft.scep_settings()
    try:
        parse_dn(found.entry.key)
    except InvalidName:
        return to_do("the key is no name that can be read: write it into caMapping")
    draft.ca_mapping[found.entry.key] = found.value
    return taken()


def proxy_port(draft: Draft, found: Found) -> Verdict:
    """Where the CMP proxy listens."""
    settings = draft.cmp_settings()
    if not re.fullmatch(r"[0-9]{1,5}", found.value) or int(found.value) > 65_535:
        return to_do("it is no number of a port: write one")
    settings["port"] = int(found.value)
    return taken()


def proxy_address(draft: Draft, found: Found) -> Verdict:
    """The address at which it listens."""
    if found.value:
        draft.cmp_settings()["host"] = found.value
    return taken()


def backend(draft: Draft, found: Found) -> Verdict:
    """Whether the CMP proxy used the message database."""
    draft.cmp_settings()
    if found.value.lower() in {"http", "https", "tcp"}:
        return to_do("the proxy reached the CA by HTTP; here the CA needs a worker on the message database")
    return unneeded()


OF_DATA_SOURCES: frozenset[Effect] = frozenset({jdbc_url, database_user, database_password})
"""Those of keys that describe a data source."""
