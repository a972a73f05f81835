"""What the CA's side signs beforehand and publishes in the RA's zone: OCSP answers about its own certificates."""
