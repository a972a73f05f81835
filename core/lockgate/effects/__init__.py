"""A request's effects as data: its statement, the rights and approvals that it needs, and its execution."""
