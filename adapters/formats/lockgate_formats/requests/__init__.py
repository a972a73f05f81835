"""Certificate requests: PKCS#10, CRMF, SPKAC, and their proofs of possession."""
