"""CAs outside this installation: their CRLs, which are fetched, judged and kept."""
