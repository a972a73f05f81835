"""Everything that crosses a wire: envelopes, keystores, the submessage encoding, the RA client."""
