"""Private keys in PKCS#11 tokens (PKCS#11 2.40): hardware security modules, smart cards, SoftHSM.

A key is made in its token and never leaves it; this side asks the token to sign and to decrypt. The library
(python-pkcs11) comes with the extra `hsm` and is loaded when the first token is used.
"""
