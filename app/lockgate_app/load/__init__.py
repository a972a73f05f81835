"""The sample load: RA clients that send requests at a steady pace, and what became of each request.

Rule: the pace does not depend on the answers. A client sends when its next request is due, however many of its earlier
ones wait; so a slow CA shows in the times, not in a smaller load.
"""

from lockgate_app.load.clients import SteadyClient
from lockgate_app.load.crowd import Crowd
from lockgate_app.load.messages import LoadKind, Sample, Security
from lockgate_app.load.pace import LoadPace
from lockgate_app.load.tally import Outcome, Tally

__all__ = ["Crowd", "LoadKind", "LoadPace", "Outcome", "Sample", "Security", "SteadyClient", "Tally"]
