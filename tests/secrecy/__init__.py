"""No secret in a log line: everything that the suite logs is searched for every secret that it uses.

`sources` notes each secret where it enters the product, `records` keeps whatever the product says, and at the end of
the session `vault` searches the one for the other. A secret that is found, or too short to be searched for, fails the
session. Each process of pytest-xdist searches its own; the one that the user started tells.
"""
