"""The core's ports in memory, for tests, and a remote CA in a process of its own. Each passes the contract suite of its
port, if there is one."""
