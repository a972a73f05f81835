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
    """The profiles that a name in a request's certProfile stands for.

    Attributes:
        certificate_profile, end_entity_profile: the profiles of certificates that name no other.
    """

    certificate_profile: str = Field(alias="certificateProfile")
    end_entity_profile: str = Field(alias="entityProfile")


class CmpAliasTable(CmpProfile):
    """One address of the CMP service (docs/cmp.md#aliases).

    Attributes:
        mode: `client`: end entities exist, and each enrols for itself; `ra`: they are added, or edited, as requests
            describe them.
        default_ca: the CA that issues.
        profiles: by the name in a request's certProfile.
        messages: the kinds of message that are answered.
        scheme, parameters, prefix, postfix: how usernames are made, as for the SCEP server (docs/scep.md).
        username_in_kid: client mode: whether senderKID is the username; otherwise the sender's name makes it.
        secrets: shared secrets by reference (senderKID): `{ router = { file = "router.secret" } }`; `"*"` stands for
            every reference. A recorded message lets anybody guess its secret: 128 random bits at least.
        one_time_passwords: whether an end entity's one-time password protects its messages.
        reg_token_password: client mode: whether an end entity's password may stand in the control regToken of its
            request; the message needs no protection then, or that of any certificate. **In clear: whoever sees the
            message, such as the owner of the RA's host, learns it**, and everybody who reaches the address can use up
            an end entity's attempts.
        subject_password: client mode: the same for a password in this attribute of the subject that is asked for, such
            as `OU`; the certificate has the registered name.
        certificates: whether certificates of this CA protect their holders' messages.
        ra_certificates: SHA-256 fingerprints of certificates that act as an RA; colons and capitals do not matter.
        ra_by_purpose: whether every certificate of this CA with id-kp-cmcRA acts as an RA, too.
        ra_verified: whether an RA may vouch for possession of a key; the certificate profile must certify such keys.
        same_key: whether a kur may keep the key, where the certificate profile allows that.
        central_keys: whether the CA makes the key for a request without one, of a kind that the certificate profile
            allows, and keeps it where that profile says so. It sends it encrypted with what protects the request: the
            secret, or the certificate's key, which needs keyEncipherment (RSA) or keyAgreement (EC). Whoever knows the
            secret can read it: give each client one of its own.
        encrypted_certificates: whether the certificate for a key that only encrypts, which cannot sign its request, is
            sent encrypted to it; the client's confirmation shows that it could be decrypted (RFC 9810, 5.2.8.3.2). The
            certificate profile must allow no signatures; without a confirmation in time the certificate is revoked.
        vendor_cas: PEM files of vendors' CAs, whose devices ask for a first certificate under the vendor's one (3GPP TS
            33.310). extraCerts brings the vendor's intermediate CAs, the root may be left out; senderKID is needed. In
            RA mode the device is added under the name in the vendor's certificate; in client mode the end entity must
            be registered, and its certificate has the registered name.
        vendor_names: which of these are accepted, by serial number (hexadecimal) or common name; all without.
        response_protection: `same` kind as the request, or `signature`.
        implicit_confirm: whether implicit confirmation is granted to those who ask for it.
        confirm_within: seconds; a certificate that nobody has confirmed then is revoked.
        remember: days for which the same message brings the same answer.
        transaction_id: `made`: a message without one gets one.
        time_required: whether a message must say its time.
        tolerance: seconds that this time may be from the CA's clock.
        final_nonce: after polling, the final answer returns the nonce of the `last` poll, or of the `first` message.
        unprotected_questions: whether a genm needs no protection.
        with_roots: whether self-signed certificates stand in extraCerts.
        check_after: seconds after which a client is told to poll again.
        open_per_sender: transactions of one sender that wait or are not confirmed.
        open_in_all: those of all senders and all aliases.
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
        keystore_path: its PKCS#12.
        keystore_password: of that keystore.
    """

    keystore_path: FilePath = Field(alias="keyStorePath")
    keystore_password: Secret = Field(alias="keyStorePassword")


class CmpTable(CmpKeystore):
    """The CMP service (docs/cmp.md). Its own keystore is that of the key that signs answers: a key of its own,
    certified by the CA that issues.

    Attributes:
        kga: the key that signs keys that the CA has made for clients (`central_keys`); its certificate has id-kp-cmKGA.
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
