"""The registry in the CA's database: one unit of work, and its parts, each behind a port of its own."""
