"""What complete means for a protocol, requirement by requirement, and the test that proves each.

The tables stand in `NAME.toml`; docs/NAME-conformance.md is written from them: `python -m tests.conformance --write`.
"""
