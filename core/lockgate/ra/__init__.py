"""The RA's side: requests sent, and which answers are believed."""
