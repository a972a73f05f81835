"""The controls and the registration information of a request (RFC 4211, 6 and 7): honoured, or refused by name.

Nothing of them is ignored: a client that asks for something is told when it is not done.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lockgate_formats.cmp.contents import CertificateRequestMessage
from lockgate_formats.cmp.vocabulary import BodyType, ControlType, FailInfo, RegInfoType
from lockgate_transport.cmp.service.failures import Refused

NAMES: Mapping[str, str] = MappingProxyType(
    {
        ControlType.REG_TOKEN: "regToken",
        ControlType.AUTHENTICATOR: "authenticator",
        ControlType.PKI_ARCHIVE_OPTIONS: "pkiArchiveOptions",
        ControlType.PROTOCOL_ENCR_KEY: "protocolEncrKey",
        ControlType.ALT_CERT_TEMPLATE: "altCertTemplate",
        ControlType.PKI_PUBLICATION_INFO: "pkiPublicationInfo",
        ControlType.OLD_CERT_ID: "oldCertId",
        ControlType.ALG_ID: "algId",
        ControlType.RSA_KEY_LEN: "rsaKeyLen",
    }
)
DONT_PUBLISH = 0


def judge_controls(message: CertificateRequestMessage, body_type: BodyType, *, token: bool = False) -> None:
    """Judge what a request asks for besides its certificate.

    Args:
        token: whether its control regToken tells who its sender is.

    Raises:
        Refused: it asks for what this CA does not do.
    """
    controls = message.controls
    for value in controls.values:
        if value.oid == ControlType.OLD_CERT_ID and body_type is BodyType.KUR:
            continue
        if value.oid == ControlType.REG_TOKEN and token:
            continue
        published = controls.publication is not None and controls.publication.action != DONT_PUBLISH
        if value.oid == ControlType.PKI_PUBLICATION_INFO and not published:
            continue
        name = NAMES.get(value.oid, value.oid)
        raise Refused(FailInfo.BAD_REQUEST, f"The control {name} is not supported here.")
    for info in message.reg_info:
        if info.oid != RegInfoType.UTF8_PAIRS:
            raise Refused(FailInfo.BAD_REQUEST, f"The registration information {info.oid} is not supported here.")
    for name, _ in message.utf8_pairs:
        raise Refused(FailInfo.BAD_REQUEST, f"The pair {name[:64]!a} in utf8Pairs is not supported here.")
