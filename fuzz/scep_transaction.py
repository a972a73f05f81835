"""A SCEP transaction from the message database: written by whoever owns it, or by another of the RA's servers."""

from contextlib import suppress

from fuzz.running import fuzz
from lockgate.errors import PeerError
from lockgate_formats.sealed_transactions import NONCE_OCTETS, AesTransactionSealer

TRANSACTION_ID = "a transaction"
SECRET = b"a secret that nobody has to keep"


def parse(octets: bytes) -> None:
    """Open them as they are, and sealed with the servers' secret; what cannot be read has an error of its own."""
    sealer, nonce = AesTransactionSealer("scep", SECRET), bytes(NONCE_OCTETS)
    sealed = nonce + sealer._cipher(TRANSACTION_ID).encrypt(nonce, octets, None)
    for found in (octets, sealed):
        with suppress(PeerError):
            sealer.open(TRANSACTION_ID, found)


if __name__ == "__main__":
    fuzz(parse)
