"""CMP (RFC 9810, RFC 9481, RFC 9483) and CRMF (RFC 4211): octets to dataclasses in bounds, and back.

`messages` and `contents` hold the dataclasses, `pki_message` reads and writes whole messages. One module for each kind
of body reads and writes it: `crmf`, `responses`, `confirmations`, `revocations`, `polls`, `general`, `errors`,
`embedded`. `protection` verifies and makes protections, `possession` judges proofs of possession and `proving` makes
them; `key_delivery` encrypts private keys and certificates to their holders. What cannot be read raises
`MalformedMessage`.
"""
