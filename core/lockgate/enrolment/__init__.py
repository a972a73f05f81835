"""What an RA's server does with a request to enrol, whatever its protocol: outcome, transactions, bounds, callers."""
