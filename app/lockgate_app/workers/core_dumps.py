"""No core dumps: whatever ends a process of this product, its secrets do not land in a file."""

import resource


def forbid_core_dumps() -> None:
    """Let this process, and those that it starts, leave no core dump.

    A dump that the system hands to a program (`kernel.core_pattern` with a pipe) is for that program to leave out;
    systemd-coredump does.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
