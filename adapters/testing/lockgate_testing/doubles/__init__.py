"""The core's ports in memory, for tests. Each passes the contract suite of its port, if there is one."""
