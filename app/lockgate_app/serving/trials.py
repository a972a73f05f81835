"""A configuration on trial: it is taken only if every process that it changes has prepared itself by it.

Until then the processes of the configuration before work on, and those of the new one wait.
"""

import time
from collections.abc import Callable

from lockgate_app.serving.jobs import Job
from lockgate_app.serving.lives import Life
from lockgate_app.serving.plan import Plan

TRIAL_LIMIT = 60.0
"""Seconds in which all have to be prepared."""


class Trial:
    """The processes of a new configuration, which wait.

    Attributes:
        plan: everything that the host runs by it.
        lives: the processes of the jobs that it changes or adds, by their keys.
    """

    def __init__(self, plan: Plan, before: Plan, start: Callable[[Job], Life]) -> None:
        self.plan = plan
        self.lives = {key: start(job) for key, job in plan.items() if before.get(key) != job}
        self.ends_by = time.monotonic() + TRIAL_LIMIT

    def passed(self) -> bool:
        """Whether all are prepared."""
        for life in self.lives.values():
            life.look()
        return all(life.prepared for life in self.lives.values())

    def failure(self) -> str | None:
        """Why the configuration cannot be taken; None while that is open."""
        for key, life in self.lives.items():
            if life.exit_code is not None:
                return f"{key} cannot start by it (exit code {life.exit_code})"
        if time.monotonic() >= self.ends_by:
            return f"after {TRIAL_LIMIT:.0f} s not every process could start by it"
        return None
