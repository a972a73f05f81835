"""Object identifiers of the algorithms that CMP uses (RFC 9481), dotted, besides those of CMS."""

PASSWORD_BASED_MAC = "1.2.840.113533.7.66.13"  # noqa: S105  (an object identifier)
DH_BASED_MAC = "1.2.840.113533.7.66.30"
KEM_BASED_MAC = "1.2.840.113533.7.66.16"
PBMAC1 = "1.2.840.113549.1.5.14"

HMAC_SHA1 = "1.3.6.1.5.5.8.1.2"
HMAC_WITH_SHA1 = "1.2.840.113549.2.7"
HMAC_WITH_SHA384 = "1.2.840.113549.2.10"
HMAC_WITH_SHA512 = "1.2.840.113549.2.11"

ID_CT_KP_A_KEY_PACKAGE = "2.16.840.1.101.2.1.2.78.5"
"""AsymmetricKeyPackage (RFC 5958, 2)."""
KP_CM_KGA = "1.3.6.1.5.5.7.3.32"
"""Extended key usage of who makes keys for others (RFC 9480, 2.2)."""
KP_CMC_RA = "1.3.6.1.5.5.7.3.28"
"""Extended key usage of a registration authority (RFC 6402, 2.10)."""
