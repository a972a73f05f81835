"""The numbers and object identifiers of CMP (RFC 9810, appendix F; RFC 4211, appendix B)."""

from enum import IntEnum, StrEnum


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first.lower() + "".join(map(str.capitalize, others))


class BodyType(IntEnum):
    """The tag of each kind of body (RFC 9810, 5.1.2)."""

    IR = 0
    IP = 1
    CR = 2
    CP = 3
    P10CR = 4
    POPDECC = 5
    POPDECR = 6
    KUR = 7
    KUP = 8
    KRR = 9
    KRP = 10
    RR = 11
    RP = 12
    CCR = 13
    CCP = 14
    CKUANN = 15
    CANN = 16
    RANN = 17
    CRLANN = 18
    PKICONF = 19
    NESTED = 20
    GENM = 21
    GENP = 22
    ERROR = 23
    CERTCONF = 24
    POLLREQ = 25
    POLLREP = 26

    @property
    def rfc_name(self) -> str:
        """The name in the RFC's ASN.1 module, for example `certConf`."""
        return _BODY_NAMES.get(self, self.name.lower())


_BODY_NAMES = {BodyType.CERTCONF: "certConf", BodyType.POLLREQ: "pollReq", BodyType.POLLREP: "pollRep"}


class PkiStatus(IntEnum):
    """RFC 9810, 5.2.3."""

    ACCEPTED = 0
    GRANTED_WITH_MODS = 1
    REJECTION = 2
    WAITING = 3
    REVOCATION_WARNING = 4
    REVOCATION_NOTIFICATION = 5
    KEY_UPDATE_WARNING = 6


class FailInfo(IntEnum):
    """The bit of each PKIFailureInfo (RFC 9810, 5.2.3)."""

    BAD_ALG = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERT_ID = 4
    BAD_DATA_FORMAT = 5
    WRONG_AUTHORITY = 6
    INCORRECT_DATA = 7
    MISSING_TIME_STAMP = 8
    BAD_POP = 9
    CERT_REVOKED = 10
    CERT_CONFIRMED = 11
    WRONG_INTEGRITY = 12
    BAD_RECIPIENT_NONCE = 13
    TIME_NOT_AVAILABLE = 14
    UNACCEPTED_POLICY = 15
    UNACCEPTED_EXTENSION = 16
    ADD_INFO_NOT_AVAILABLE = 17
    BAD_SENDER_NONCE = 18
    BAD_CERT_TEMPLATE = 19
    SIGNER_NOT_TRUSTED = 20
    TRANSACTION_ID_IN_USE = 21
    UNSUPPORTED_VERSION = 22
    NOT_AUTHORIZED = 23
    SYSTEM_UNAVAIL = 24
    SYSTEM_FAILURE = 25
    DUPLICATE_CERT_REQ = 26

    @property
    def rfc_name(self) -> str:
        """The name in the RFC's ASN.1 module, for example `badMessageCheck`."""
        return "badPOP" if self is FailInfo.BAD_POP else _camel_case(self.name)


class InfoType(StrEnum):
    """The types of InfoTypeAndValue: in general messages, and in the header's generalInfo (RFC 9810, 5.3.19)."""

    CA_PROT_ENC_CERT = "1.3.6.1.5.5.7.4.1"
    SIGN_KEY_PAIR_TYPES = "1.3.6.1.5.5.7.4.2"
    ENC_KEY_PAIR_TYPES = "1.3.6.1.5.5.7.4.3"
    PREFERRED_SYMM_ALG = "1.3.6.1.5.5.7.4.4"
    CA_KEY_UPDATE_INFO = "1.3.6.1.5.5.7.4.5"
    CURRENT_CRL = "1.3.6.1.5.5.7.4.6"
    UNSUPPORTED_OIDS = "1.3.6.1.5.5.7.4.7"
    KEY_PAIR_PARAM_REQ = "1.3.6.1.5.5.7.4.10"
    KEY_PAIR_PARAM_REP = "1.3.6.1.5.5.7.4.11"
    REV_PASSPHRASE = "1.3.6.1.5.5.7.4.12"  # noqa: S105  (an object identifier)
    IMPLICIT_CONFIRM = "1.3.6.1.5.5.7.4.13"
    CONFIRM_WAIT_TIME = "1.3.6.1.5.5.7.4.14"
    ORIG_PKI_MESSAGE = "1.3.6.1.5.5.7.4.15"
    SUPP_LANG_TAGS = "1.3.6.1.5.5.7.4.16"
    CA_CERTS = "1.3.6.1.5.5.7.4.17"
    ROOT_CA_KEY_UPDATE = "1.3.6.1.5.5.7.4.18"
    CERT_REQ_TEMPLATE = "1.3.6.1.5.5.7.4.19"
    ROOT_CA_CERT = "1.3.6.1.5.5.7.4.20"
    CERT_PROFILE = "1.3.6.1.5.5.7.4.21"
    CRL_STATUS_LIST = "1.3.6.1.5.5.7.4.22"
    CRLS = "1.3.6.1.5.5.7.4.23"
    KEM_CIPHERTEXT_INFO = "1.3.6.1.5.5.7.4.24"

    @property
    def rfc_name(self) -> str:
        """The name in the RFC's ASN.1 module without `id-it-`, for example `rootCaCert`."""
        return _INFO_NAMES.get(self) or _camel_case(self.name)


_INFO_NAMES = {
    InfoType.CURRENT_CRL: "currentCRL",
    InfoType.UNSUPPORTED_OIDS: "unsupportedOIDs",
    InfoType.ORIG_PKI_MESSAGE: "origPKIMessage",
    InfoType.KEM_CIPHERTEXT_INFO: "KemCiphertextInfo",
}


class ControlType(StrEnum):
    """The controls of a CertRequest (RFC 4211, 6; RFC 9810, 5.3.19.16)."""

    REG_TOKEN = "1.3.6.1.5.5.7.5.1.1"  # noqa: S105  (an object identifier)
    AUTHENTICATOR = "1.3.6.1.5.5.7.5.1.2"
    PKI_PUBLICATION_INFO = "1.3.6.1.5.5.7.5.1.3"
    PKI_ARCHIVE_OPTIONS = "1.3.6.1.5.5.7.5.1.4"
    OLD_CERT_ID = "1.3.6.1.5.5.7.5.1.5"
    PROTOCOL_ENCR_KEY = "1.3.6.1.5.5.7.5.1.6"
    ALT_CERT_TEMPLATE = "1.3.6.1.5.5.7.5.1.7"
    ALG_ID = "1.3.6.1.5.5.7.5.1.11"
    RSA_KEY_LEN = "1.3.6.1.5.5.7.5.1.12"


class RegInfoType(StrEnum):
    """The registration information of a CertReqMsg (RFC 4211, 7)."""

    UTF8_PAIRS = "1.3.6.1.5.5.7.5.2.1"
    CERT_REQ = "1.3.6.1.5.5.7.5.2.2"


class PossessionKind(StrEnum):
    """How a CertReqMsg says that possession of the key is shown (RFC 4211, 4)."""

    ABSENT = "no proof of possession"
    RA_VERIFIED = "raVerified"
    SIGNATURE = "signature"
    ENCRYPTED_CERTIFICATE = "subsequentMessage encrCert"
    CHALLENGE_RESPONSE = "subsequentMessage challengeResp"
    THIS_MESSAGE = "thisMessage"
    DH_MAC = "dhMAC"
    AGREE_MAC = "agreeMAC"
    ENCRYPTED_KEY = "encryptedKey"
