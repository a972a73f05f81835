"""The RA's transport key for fuzzing: made anew for each process; nothing was ever encrypted to it."""

from functools import cache

from tests.support.pki.identities import Identity, make_authority, rsa_key


@cache
def server() -> Identity:
    """A transport key and its certificate."""
    return make_authority("Fuzzing CA", rsa_key(1)).issue("scep", rsa_key(2))
