"""CRMF (RFC 4211) for asn1crypto: the tests' own encoder of certificate requests."""

from asn1crypto import algos, core, keys, x509


class OptionalValidity(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("not_before", x509.Time, {"explicit": 0, "optional": True}),
        ("not_after", x509.Time, {"explicit": 1, "optional": True}),
    ]


class CertTemplate(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer, {"implicit": 0, "optional": True}),
        ("serial_number", core.Integer, {"implicit": 1, "optional": True}),
        ("signing_algorithm", algos.SignedDigestAlgorithm, {"implicit": 2, "optional": True}),
        ("issuer", x509.Name, {"explicit": 3, "optional": True}),
        ("validity", OptionalValidity, {"implicit": 4, "optional": True}),
        ("subject", x509.Name, {"explicit": 5, "optional": True}),
        ("public_key", keys.PublicKeyInfo, {"implicit": 6, "optional": True}),
        ("issuer_unique_id", core.OctetBitString, {"implicit": 7, "optional": True}),
        ("subject_unique_id", core.OctetBitString, {"implicit": 8, "optional": True}),
        ("extensions", x509.Extensions, {"implicit": 9, "optional": True}),
    ]


class CertRequest(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 5."""

    _fields = [  # noqa: RUF012
        ("cert_req_id", core.Integer),
        ("cert_template", CertTemplate),
        ("controls", core.Any, {"optional": True}),
    ]


class PkMacValue(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.4."""

    _fields = [("algorithm", algos.AlgorithmIdentifier), ("value", core.OctetBitString)]  # noqa: RUF012


class AuthenticationInfo(core.Choice):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _alternatives = [("sender", x509.GeneralName, {"explicit": 0}), ("mac", PkMacValue)]  # noqa: RUF012


class PopoSigningKeyInput(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _fields = [("auth_info", AuthenticationInfo), ("public_key", keys.PublicKeyInfo)]  # noqa: RUF012


class PopoSigningKey(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 4.1."""

    _fields = [  # noqa: RUF012
        ("poposk_input", PopoSigningKeyInput, {"implicit": 0, "optional": True}),
        ("algorithm", algos.SignedDigestAlgorithm),
        ("signature", core.OctetBitString),
    ]


class ProofOfPossession(core.Choice):  # type: ignore[misc]
    """RFC 4211, 4."""

    _alternatives = [  # noqa: RUF012
        ("ra_verified", core.Null, {"implicit": 0}),
        ("signature", PopoSigningKey, {"implicit": 1}),
        ("key_encipherment", core.Any, {"explicit": 2}),
        ("key_agreement", core.Any, {"explicit": 3}),
    ]


class CertReqMsg(core.Sequence):  # type: ignore[misc]
    """RFC 4211, 3."""

    _fields = [  # noqa: RUF012
        ("cert_req", CertRequest),
        ("popo", ProofOfPossession, {"optional": True}),
        ("reg_info", core.Any, {"optional": True}),
    ]


class CertReqMessages(core.SequenceOf):  # type: ignore[misc]
    """RFC 4211, 3."""

    _child_spec = CertReqMsg
