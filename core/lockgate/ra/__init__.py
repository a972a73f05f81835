"""The RA's side: requests that are sent, and the rules by which answers are accepted."""
