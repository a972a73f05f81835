"""The sample load: clients that send requests at a steady pace, and what became of each request.

Rule: the pace does not depend on the answers. An RA client sends when its next request is due, however many of its
earlier ones wait; a client of CMP, which waits for each answer, counts from when its request was due. So a slow CA
shows in the times, not in a smaller load.
"""

from lockgate_app.load.clients import SteadyClient
from lockgate_app.load.crowd import Crowd, Making
from lockgate_app.load.enrolling import Denial, Enrol, EnrollingClient, EnrolmentSample
from lockgate_app.load.messages import LoadKind, Sample, Security
from lockgate_app.load.pace import LoadPace
from lockgate_app.load.tally import Outcome, Tally

__all__ = [
    "Crowd",
    "Denial",
    "Enrol",
    "EnrollingClient",
    "EnrolmentSample",
    "LoadKind",
    "LoadPace",
    "Making",
    "Outcome",
    "Sample",
    "Security",
    "SteadyClient",
    "Tally",
]
