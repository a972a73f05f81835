"""The CA's CMP service: `[cmp]`, and an address of it for each `[cmp.alias.NAME]`."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from lockgate.enrolment.usernames import DEFAULT_PARAMETERS, NameGeneration, Scheme
from lockgate.errors import ConfigurationError
from lockgate.names.dn import ATTRIBUTE_OIDS
from lockgate_app.settings.cmp_http import CmpHttpTable
from lockgate_app.settings.values import FilePath, Name, Secret, Secrets, Table
from lockgate_formats.cmp.limits import HIGHEST_ITERATION_COUNT

_FINGERPRINT = re.compile("[0-9a-f]{64}")


def _fingerprint(value: object) -> object:
    if not isinstance(value, str):
        return value
    digits = value.replace(":", "").lower()
    if _FINGERPRINT.fullmatch(digits) is None:
        raise ValueError("must have 64 hexadecimal digits: the SHA-256 fingerprint of a certificate")
    return digits


Fingerprint = Annotated[str, BeforeValidator(_fingerprint)]
"""The SHA-256 fingerprint of a certificate; colons and capitals do not matter."""
MESSAGES = ("ir", "cr", "kur", "p10cr", "rr", "genm")
MINUTE, DAY = 60, 86_400


class CmpProfile(Table):
    """The profiles that a name in a request's certProfile stands for."""

    certificate_profile: str = Field(alias="certificateProfile")
    end_entity_profile: str = Field(alias="entityProfile")


class CmpAliasTable(CmpProfile):
    """One address of the CMP service.

    Attributes:
        mode: `client`: end entities exist, each enrols for itself. `ra`: they are added as requests describe them.
        default_ca: `defaultCA`: the CA that issues.
        profiles: by the name in a request's certProfile.
        messages: the kinds of message that are answered.
        scheme, parameters, prefix, postfix: `nameGenerationScheme` and so on: how usernames are made.
        username_in_kid: client mode: whether senderKID is the username; otherwise the sender's name makes it.
        secrets: shared secrets by reference (senderKID); `"*"` stands for every reference.
        one_time_passwords: whether an end entity's one-time password protects its messages.
        reg_token_password: client mode: whether a password may stand in the control regToken, in clear.
        subject_password: client mode: the attribute of the subject in which it may stand.
        certificates: whether certificates of this installation protect their holders' messages.
        ra_certificates: SHA-256 fingerprints of certificates that act as an RA.
        ra_by_purpose: whether a certificate with id-kp-cmcRA acts as an RA.
        ra_verified: whether an RA may vouch for possession of a key.
        same_key: whether a kur may keep the key.
        central_keys: whether the CA makes keys for requests without one.
        encrypted_certificates: whether a certificate for a key that only encrypts is sent encrypted, as the proof of
            possession.
        vendor_cas: PEM files of CAs whose device certificates may ask for a first certificate.
        vendor_names: which of these are accepted, by serial number (hexadecimal) or common name; all without.
        response_protection: `same`, or `signature`.
        implicit_confirm: whether implicit confirmation is granted.
        confirm_within: seconds for the confirmation of a certificate.
        remember: days for which an ended transaction is remembered.
        transaction_id: `required`, or `made`.
        time_required: whether a message must say its time.
        tolerance: seconds that this time may be from the CA's clock.
        final_nonce: after polling, the final answer returns the nonce of the `last` poll, or of the `first` message.
        unprotected_questions: whether a genm needs no protection.
        with_roots: whether self-signed certificates are sent along.
        check_after: seconds that a client is told to wait before it polls again.
        open_per_sender, open_in_all: transactions that may be open at a time.
        hmac_sha1: whether a MAC may use SHA-1.
        iterations: the highest iteration count of a MAC.
    """

    mode: Literal["client", "ra"] = "client"
    default_ca: str = Field(alias="defaultCA")
    profiles: Mapping[str, CmpProfile] = Field(default_factory=dict)
    messages: list[str] = Field(default_factory=lambda: list(MESSAGES), min_length=1)
    scheme: str = Field(default=Scheme.DN.value, alias="nameGenerationScheme")
    parameters: str = Field(default=DEFAULT_PARAMETERS, alias="nameGenerationParameters")
    prefix: str = Field(default="", alias="nameGenerationPrefix")
    postfix: str = Field(default="", alias="nameGenerationPostfix")
    username_in_kid: bool = True
    secrets: Secrets = Field(default_factory=dict)
    one_time_passwords: bool = True
    reg_token_password: bool = False
    subject_password: str | None = None
    certificates: bool = True
    ra_certificates: list[Fingerprint] = Field(default_factory=list)
    ra_by_purpose: bool = False
    ra_verified: bool = False
    same_key: bool = False
    central_keys: bool = False
    encrypted_certificates: bool = False
    vendor_cas: list[FilePath] = Field(default_factory=list)
    vendor_names: list[str] | None = None
    response_protection: Literal["same", "signature"] = "same"
    implicit_confirm: bool = True
    confirm_within: int = Field(default=15 * MINUTE, ge=MINUTE, le=30 * DAY)
    remember: int = Field(default=30, ge=1, le=3650)
    transaction_id: Literal["required", "made"] = "required"
    time_required: bool = False
    tolerance: int = Field(default=5 * MINUTE, ge=1, le=DAY)
    final_nonce: Literal["last", "first"] = "last"
    unprotected_questions: bool = False
    with_roots: bool = False
    check_after: int = Field(default=10, ge=1, le=DAY)
    open_per_sender: int = Field(default=20, ge=1, le=1_000_000)
    open_in_all: int = Field(default=10_000, ge=1, le=1_000_000)
    hmac_sha1: bool = False
    iterations: int = Field(default=10_000, ge=100, le=HIGHEST_ITERATION_COUNT)

    @field_validator("messages")
    @classmethod
    def _known(cls, messages: list[str]) -> list[str]:
        for message in messages:
            if message not in MESSAGES:
                raise ValueError(f"{message!a} is none of {', '.join(MESSAGES)}")
        return messages

    @model_validator(mode="after")
    def _usable(self) -> Self:
        try:
            _ = self.names
        except ConfigurationError as error:
            raise ValueError(str(error)) from None
        shows = self.reg_token_password or self.subject_password is not None
        if shows and self.mode != "client":
            raise ValueError("reg_token_password and subject_password belong to client mode")
        if self.subject_password is not None and self.subject_password not in ATTRIBUTE_OIDS:
            raise ValueError(f"subject_password: {self.subject_password!a} is no attribute of a name")
        return self

    @property
    def names(self) -> NameGeneration:
        """How usernames are made.

        Raises:
            ConfigurationError: the scheme is unknown, or the parameters do not fit it.
        """
        if self.scheme not in set(Scheme):
            raise ConfigurationError(f"nameGenerationScheme: must be one of {', '.join(Scheme)}")
        return NameGeneration(Scheme(self.scheme), self.parameters, self.prefix, self.postfix)


class CmpKeystore(Table):
    """A key of the service.

    Attributes:
        keystore_path, keystore_password: `keyStorePath`, `keyStorePassword`: its PKCS#12.
    """

    keystore_path: FilePath = Field(alias="keyStorePath")
    keystore_password: Secret = Field(alias="keyStorePassword")


class CmpTable(CmpKeystore):
    """The CMP service. Its own keystore is that of the key that signs answers: a key of its own, certified by the CA
    that issues.

    Attributes:
        kga: the key that signs keys that the CA has made; its certificate has id-kp-cmKGA.
        direct: where clients reach it directly, if they may.
        alias: its addresses.
    """

    kga: CmpKeystore | None = None
    direct: CmpHttpTable | None = None
    alias: Mapping[Name, CmpAliasTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_make_keys(self) -> Self:
        for name, alias in self.alias.items():
            if alias.central_keys and self.kga is None:
                raise ValueError(f"kga.keyStorePath is needed for alias.{name}.central_keys")
        return self
