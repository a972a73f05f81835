"""One table: what becomes of each key of the original's properties files. docs/migration.md shows it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from lockgate_app.migration import effects
from lockgate_app.migration.effects import Effect

EXTERNALRA = "externalra.properties"
WORKER = "properties of a service worker"
SCEPRA = "scepra.properties"
CMPPROXY = "cmpProxy.properties"

_NEW_KEYSTORE = "never copied: a new keystore takes its place (`lockgate init`, `keystore issue`, `scep-ra keystore`)"
_BESIDE_IT = "never copied: the new keystore has a random password in a file beside it"
_RA_KEYSTORE = "the RA's keystore signs and encrypts: `keystore_path`, `keystore_password` of `[ra]`"


@dataclass(frozen=True)
class Rule:
    """What becomes of a key.

    Attributes:
        file: where the original has it; the importer looks for it in every file.
        key: `N` stands for a number and `*` for any characters.
        becomes: for people; Markdown.
        effect: what it does to the draft.
        any_case: whether capitals matter not.
    """

    file: str
    key: str
    becomes: str
    effect: Effect
    any_case: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Of the whole key; its group is the number."""
        spelled = re.escape(self.key).replace(r"\*", ".*")
        return re.compile(re.sub(r"(?<![A-Za-z])N(?![A-Za-z])", "([0-9]{1,4})", spelled), self._flags)

    @property
    def _flags(self) -> int:
        return re.DOTALL | (re.IGNORECASE if self.any_case else 0)


RULES: Sequence[Rule] = (
    Rule(EXTERNALRA, "externalra.enabled", "workers run where `lockgate serve` is started", effects.enabled),
    Rule(EXTERNALRA, "externalra.source-N.jdbc-url", "`url` of `[data_sources.RAMessageNDS]`", effects.jdbc_url),
    Rule(EXTERNALRA, "externalra.source-N.username", "the user in that `url`", effects.database_user),
    Rule(
        EXTERNALRA,
        "externalra.source-N.password",
        "in a file of its own, which `password` of that table names",
        effects.database_password,
    ),
    Rule(WORKER, "externalra-caservice.persistenceunit", "`persistenceunit`", effects.data_source),
    Rule(
        WORKER,
        "externalra-caservice.encryption.required",
        "`encryption.required`",
        effects.required("encryption.required"),
    ),
    Rule(
        WORKER,
        "externalra-caservice.signature.required",
        "`signature.required`",
        effects.required("signature.required"),
    ),
    Rule(WORKER, "externalra-caservice.keystore.path", _NEW_KEYSTORE, effects.keystore_file),
    Rule(WORKER, "externalra-caservice.keystore.pwd", _BESIDE_IT, effects.keystore_password),
    Rule(WORKER, "externalra-caservice.raissuer", "`raissuer`", effects.ra_issuer),
    Rule(WORKER, "externalra-caservice.whitelist", "`whitelist`", effects.whitelist),
    Rule(
        SCEPRA,
        "allow.external-dynamic.configuration",
        "settings are read at the start; start the server again after a change",
        effects.nothing,
    ),
    Rule(SCEPRA, "scep.ra.keyStorePath.N", _NEW_KEYSTORE, effects.scep_keystore(effects.keystore_file)),
    Rule(SCEPRA, "scep.ra.keyStorePassword.N", _BESIDE_IT, effects.scep_keystore(effects.keystore_password)),
    Rule(
        SCEPRA,
        "scep.ra.authPwd",
        "`authPwd` of `[scep]`, in a file of its own unless it is `none`",
        effects.challenge,
        any_case=True,
    ),
    Rule(SCEPRA, "scep.ra.namegenerationscheme", "`nameGenerationScheme`", effects.scheme, any_case=True),
    Rule(SCEPRA, "scep.ra.namegenerationparameters", "`nameGenerationParameters`", effects.parameters, any_case=True),
    Rule(
        SCEPRA,
        "scep.ra.namegenerationprefix",
        "`nameGenerationPrefix`",
        effects.scep_text("nameGenerationPrefix"),
        any_case=True,
    ),
    Rule(
        SCEPRA,
        "scep.ra.namegenerationpostfix",
        "`nameGenerationPostfix`",
        effects.scep_text("nameGenerationPostfix"),
        any_case=True,
    ),
    Rule(SCEPRA, "scep.ra.createOrEditUser", "`createOrEditUser`", effects.create_or_edit),
    Rule(SCEPRA, "scep.ra.certificateProfile", "`certificateProfile`", effects.scep_text("certificateProfile")),
    Rule(SCEPRA, "scep.ra.entityProfile", "`entityProfile`", effects.scep_text("entityProfile")),
    Rule(SCEPRA, "scep.ra.defaultCA", "`defaultCA`", effects.scep_text("defaultCA")),
    Rule(SCEPRA, "scep.ra.datasource.jdbc-url", "`url` of the RA host's `[data_sources.NAME]`", effects.jdbc_url),
    Rule(SCEPRA, "scep.ra.datasource.username", "the user in that `url`", effects.database_user),
    Rule(
        SCEPRA,
        "scep.ra.datasource.password",
        "in a file of its own, which `password` of that table names",
        effects.database_password,
    ),
    Rule(SCEPRA, "externalra-database.driver", "the `url` names the kind of database", effects.nothing),
    Rule(SCEPRA, "*=*", "an issuer's name: `caMapping` of `[scep]`", effects.issuer_mapping),
    Rule(
        CMPPROXY,
        "cmp.backend.protocol",
        "`[cmp]` of the RA host always uses the message database",
        effects.backend,
    ),
    Rule(CMPPROXY, "cmp.backend.http.*", "there is no connection to the CA", effects.cmp_nothing),
    Rule(CMPPROXY, "proxyPort", "`port` of `[cmp]`", effects.proxy_port),
    Rule(CMPPROXY, "proxyBindAddress", "`host` of `[cmp]`", effects.proxy_address),
    Rule(CMPPROXY, "serverAddress", "there is no connection to the CA", effects.cmp_nothing),
    Rule(CMPPROXY, "serverPort", "there is no connection to the CA", effects.cmp_nothing),
    Rule(CMPPROXY, "serverProtokoll", "there is no connection to the CA", effects.cmp_nothing),
    Rule(CMPPROXY, "quickConfigFile", "settings are read at the start", effects.cmp_nothing),
    Rule(CMPPROXY, "cmp.*keystore*", _RA_KEYSTORE, effects.cmp_nothing, any_case=True),
    Rule(
        CMPPROXY,
        "cmp.*hmac*",
        "`secrets` of `[cmp]`",
        effects.cmp_by_hand("write each reference and its secret's file into secrets"),
        any_case=True,
    ),
    Rule(
        CMPPROXY,
        "cmp.*crl*",
        "`crls` of `[cmp]`",
        effects.cmp_by_hand("write the files with CRLs into crls, beside trusted_issuers"),
        any_case=True,
    ),
    Rule(
        CMPPROXY,
        "cmp.*issuer*",
        "`trusted_issuers` of `[cmp]`",
        effects.cmp_by_hand("write the PEM files of the CAs into trusted_issuers"),
        any_case=True,
    ),
    Rule(
        CMPPROXY,
        "cmp.*signature*",
        "`trusted_issuers` of `[cmp]`",
        effects.cmp_by_hand("write the PEM files of the CAs into trusted_issuers"),
        any_case=True,
    ),
    Rule(
        CMPPROXY,
        "cmp.*datasource*",
        "`url` of the RA host's `[data_sources.NAME]`",
        effects.cmp_by_hand("the application server knows its address: compare it with url"),
        any_case=True,
    ),
    Rule(
        CMPPROXY,
        "cmp.*timeout*",
        "`timeout` of `[cmp]`, in seconds",
        effects.cmp_by_hand("write the seconds that a client waits into timeout (1 to 600)"),
        any_case=True,
    ),
)
"""The first rule whose key fits counts."""


def rule_of(key: str) -> tuple[Rule, str] | None:
    """The rule for a key, and the number in it; None where no rule knows the key."""
    for rule in RULES:
        if found := rule.pattern.fullmatch(key):
            return rule, "".join(found.groups())
    return None


def table() -> str:
    """The rules as docs/migration.md shows them."""
    return "\n".join(_rows())


def _rows() -> Iterable[str]:
    for file in (EXTERNALRA, WORKER, SCEPRA, CMPPROXY):
        yield f"| {file} | here |\n|---|---|"
        yield from (f"| `{rule.key}` | {rule.becomes} |" for rule in RULES if rule.file == file)
        yield ""
