"""The SCEP server's settings, under the names that operators know from the External RA's SCEP server.

`[scep]` is what the server's own address enrols; each `[scep.aliases.NAME]` is an address of its own that takes from
`[scep]` whatever it does not say itself.
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from lockgate.enrolment.challenges import NONE
from lockgate.enrolment.usernames import DEFAULT_PARAMETERS, NameGeneration, Scheme
from lockgate.errors import ConfigurationError, InvalidName
from lockgate.names.dn import ComparableName, DistinguishedName, parse_dn
from lockgate_app.settings.fronts import FrontTable
from lockgate_app.settings.values import FilePath, Secret, Table
from lockgate_transport.scep.vocabulary import WITHOUT_CHAIN

AliasName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class ScepEnrolment(Table):
    """What one address enrols.

    Attributes:
        keystore_path: the PKCS#12 of SCEP's own key, issued by the CA that enrols; not the RA's own keystore.
        keystore_password: of that keystore.
        challenge: the challenge password that all devices share; `none` for none.
        scheme: how usernames are made: `DN`, `USERNAME`, `RANDOM` or `FIXED`.
        parameters: for `DN` attributes of the subject, the first that there is: `UID;SN;CN`; for `FIXED` the name.
        prefix, postfix: around the username; `${RANDOM}` stands for random characters.
        create_or_edit_user: add or edit end entities; if not, they must exist, and each device's challenge password is
            its end entity's own.
        certificate_profile, end_entity_profile: the profiles of what is issued.
        default_ca: the CA that issues, unless `caMapping` names another one for the keystore's issuer.
        ca_mapping: names of CAs by the subject in their certificates (RFC 5280, 7.1): `{ "CN=Device CA,O=Example" =
            "DeviceCA" }`.
        ca_certificates: PEM files of the issuing CA's chain, its own certificate first; those it had before, after it.
            Only what that CA issued counts as its certificates.
        legacy: let old devices in, with SHA-1 and triple DES (docs/scep.md#old-devices); they are served where the
            worker says `legacy_devices` too.
        oaep_sha1: accept message keys that are encrypted by RSAES-OAEP with SHA-1, its default.
    """

    keystore_path: FilePath = Field(alias="keyStorePath")
    keystore_password: Secret = Field(alias="keyStorePassword")
    challenge: Secret | None = Field(default=None, alias="authPwd")
    scheme: str = Field(default=Scheme.DN.value, alias="nameGenerationScheme")
    parameters: str = Field(default=DEFAULT_PARAMETERS, alias="nameGenerationParameters")
    prefix: str = Field(default="", alias="nameGenerationPrefix")
    postfix: str = Field(default="", alias="nameGenerationPostfix")
    create_or_edit_user: bool = Field(default=True, alias="createOrEditUser")
    certificate_profile: str = Field(alias="certificateProfile")
    end_entity_profile: str = Field(alias="entityProfile")
    default_ca: str = Field(alias="defaultCA")
    ca_mapping: Mapping[str, str] = Field(default_factory=dict, alias="caMapping")
    ca_certificates: list[FilePath] = Field(min_length=1)
    legacy: bool = False
    oaep_sha1: bool = False

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.create_or_edit_user and self.shared_challenge is not None:
            raise ValueError(
                "authPwd must be none where createOrEditUser = false: a request holds one challenge password"
            )
        try:
            _ = self.names, self.mapped
        except (ConfigurationError, InvalidName) as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def shared_challenge(self) -> Secret | None:
        """The challenge password that all devices share; None where none is asked for."""
        return None if self.challenge is None or self.challenge.literal == NONE else self.challenge

    @property
    def mapped(self) -> Mapping[ComparableName, str]:
        """`ca_mapping`, its names as they are compared.

        Raises:
            InvalidName: one of them cannot be read.
        """
        return {parse_dn(name).comparable: ca for name, ca in self.ca_mapping.items()}

    def ca_of(self, issuer: DistinguishedName) -> str:
        """The name of the CA with that subject."""
        return self.mapped.get(issuer.comparable, self.default_ca)

    @property
    def names(self) -> NameGeneration:
        """How usernames are made.

        Raises:
            ConfigurationError: the scheme is unknown, or the parameters do not fit it.
        """
        if self.scheme not in set(Scheme):
            raise ConfigurationError(f"nameGenerationScheme: must be one of {', '.join(Scheme)}")
        return NameGeneration(Scheme(self.scheme), self.parameters, self.prefix, self.postfix)


class ScepTable(FrontTable, ScepEnrolment):
    """The SCEP server of an RA host (docs/scep.md).

    Attributes:
        aliases: further addresses, each of which takes from `[scep]` what it does not say itself.
    """

    aliases: Mapping[AliasName, ScepEnrolment] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, value: object) -> object:
        """Give each alias what it does not say itself."""
        aliases = value.get("aliases") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(aliases, dict):
            return value
        shared = {field.alias or name for name, field in ScepEnrolment.model_fields.items()}
        common = {name: setting for name, setting in value.items() if name in shared}
        merged = {name: common | own if isinstance(own, dict) else own for name, own in aliases.items()}
        return value | {"aliases": merged}

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        if WITHOUT_CHAIN in self.aliases:
            raise ValueError(f"aliases.{WITHOUT_CHAIN}: the name is taken for answers without the CA's chain")
        return self

    @property
    def addresses(self) -> Mapping[str, ScepEnrolment]:
        """What is enrolled, by alias; the empty one is the server's own address."""
        return {"": self, **self.aliases}
