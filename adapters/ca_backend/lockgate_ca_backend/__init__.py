"""The in-process certification authority: profiles, end entities, certificates, CRLs and roles in its own database."""
