"""Who may do what: authorization, signers, approvals and the votes on them, the whitelist of request types."""
