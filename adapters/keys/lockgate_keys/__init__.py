"""Private keys on this host, and the files that contain them, for RA hosts and CA hosts."""
