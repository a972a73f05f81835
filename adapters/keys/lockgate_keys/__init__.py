"""Private keys on this host, and the files that hold them. RA hosts need them as CA hosts do."""
