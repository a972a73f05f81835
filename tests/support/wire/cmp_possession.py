"""Proofs of possession, controls and registration information of CMP requests, as they should be and otherwise."""

from collections.abc import Callable, Mapping

from lockgate_formats import der
from lockgate_formats.cmp.contents import CertificateId, Publication
from lockgate_formats.cmp.controls import (
    alternative_template_control,
    old_certificate_control,
    protocol_key_control,
    publication_control,
    text_control,
    utf8_pairs_info,
)
from lockgate_formats.cmp.crmf import RA_VERIFIED, encrypted_certificate_possession, write_certificate_request
from lockgate_formats.cmp.messages import InfoValue
from lockgate_formats.cmp.names import NULL_DN
from lockgate_formats.cmp.vocabulary import ControlType, RegInfoType
from tests.support.pki.identities import ec_key, name
from tests.support.wire.cmp_messages import CmpClient, Secret, signed_possession
from tests.support.wire.cmp_tampering import SOMEBODY

OTHER_KEY = ec_key(2001)
Proof = Callable[[CmpClient, bytes], bytes]


def _over_another(client: CmpClient, _: bytes) -> bytes:
    return signed_possession(client.key, write_certificate_request(1, client.template))


def _with_input(client: CmpClient, _: bytes) -> bytes:
    return given(client, named(NULL_DN), client.spki)


PROOFS: Mapping[str, Proof] = {
    "no proof of possession": lambda *_: b"",
    "a signature by another key": lambda _, request: signed_possession(OTHER_KEY, request),
    "a signature over another request": _over_another,
    "raVerified": lambda *_: RA_VERIFIED,
    "thisMessage": lambda *_: der.explicit(2, der.implicit(0, b"\0")),
    "an encrypted certificate": lambda *_: encrypted_certificate_possession(),
    "a challenge": lambda *_: der.explicit(2, der.implicit(1, b"\1")),
    "a MAC of a key for key agreement": lambda *_: der.explicit(3, der.implicit(2, b"\0")),
    "an input of the signature, though it has a subject": _with_input,
}
"""Each a DER ProofOfPossession for a DER CertRequest, which shows nothing."""


def named(sender: bytes) -> bytes:
    """The authInfo of a POPOSigningKeyInput (RFC 4211, 4.1): the DER GeneralName of the sender."""
    return der.explicit(0, sender)


def authenticated(secret: Secret, spki: bytes) -> bytes:
    """The same: the DER PKMACValue of the key under a secret."""
    protector = secret.protector
    return der.sequence(protector.algorithm, der.bit_string(protector.protect(spki)))


def given(client: CmpClient, sender: bytes, spki: bytes) -> bytes:
    """The ProofOfPossession that is a signature over a POPOSigningKeyInput.

    Args:
        sender: its authInfo.
        spki: the key that it names.
    """
    signed = der.sequence(sender, spki)
    return signed_possession(client.key, signed, bytes((der.CONTEXT_0,)) + signed[1:])


INPUTS: Mapping[str, Callable[[CmpClient], bytes]] = {
    "its name": lambda client: given(client, named(client.protection.sender), client.spki),
    "another name": lambda client: given(client, named(SOMEBODY), client.spki),
    "another key": lambda client: given(client, _shown(client), _other_spki(client)),
    "a MAC of its key under the password": lambda client: given(client, _shown(client), client.spki),
    "a MAC of its key under another secret": lambda client: given(
        client, authenticated(Secret(b"", b"a guess"), client.spki), client.spki
    ),
    "a MAC of another key": lambda client: given(client, _mac_of(client, _other_spki(client)), client.spki),
}
"""Each the ProofOfPossession of a client whose template has no subject."""


def _shown(client: CmpClient) -> bytes:
    """What shows the sender, as it should be."""
    if isinstance(client.protection, Secret):
        return authenticated(client.protection, client.spki)
    return named(client.protection.sender)


def _mac_of(client: CmpClient, spki: bytes) -> bytes:
    assert isinstance(client.protection, Secret)
    return authenticated(client.protection, spki)


def _other_spki(client: CmpClient) -> bytes:
    return client.with_(key=OTHER_KEY).spki


CONTROLS: Mapping[str, InfoValue] = {
    "regToken": text_control(ControlType.REG_TOKEN, "a token"),
    "authenticator": text_control(ControlType.AUTHENTICATOR, "a secret"),
    "pkiArchiveOptions": InfoValue(ControlType.PKI_ARCHIVE_OPTIONS, der.implicit(2, b"\xff")),
    "protocolEncrKey": protocol_key_control(der.sequence(der.sequence(), der.bit_string(b""))),
    "altCertTemplate": alternative_template_control(InfoValue("1.2.3", der.NULL)),
    "pkiPublicationInfo": publication_control(Publication(1)),
    "oldCertId": old_certificate_control(CertificateId(name("CA").public_bytes(), 1)),
    "1.2.3.4": InfoValue("1.2.3.4", der.NULL),
}
"""By the name under which they are refused."""
DONT_PUBLISH = publication_control(Publication(0))
REGISTRATIONS: Mapping[str, InfoValue] = {
    "utf8Pairs of an org_unit": utf8_pairs_info([("org_unit", "lab")]),
    "certReq": InfoValue(RegInfoType.CERT_REQ, der.sequence()),
}
