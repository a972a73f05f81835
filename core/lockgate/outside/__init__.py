"""CAs outside this installation: their CRLs and OCSP answers, which are fetched, judged and kept."""
