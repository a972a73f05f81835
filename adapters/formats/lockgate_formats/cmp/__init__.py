"""CMP (RFC 9810, RFC 9480, RFC 9483) and CRMF (RFC 4211): octets to verified dataclasses, and back.

`messages` and `contents` hold the dataclasses, `pki_message` reads and writes whole messages, `protection` protects
them; `bodies` reads and writes what is inside. `possession` judges proofs of possession, `key_delivery` encrypts
private keys and certificates to their holders.
"""
