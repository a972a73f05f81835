"""A small CA outside the caller: a process of its own, with an SQLite file that holds everything.

What has left its caller is in that file and is carried out, whatever becomes of the caller. So the CA serves tests in
which a worker dies.

    with running(tmp_path / "remote.db") as ca:
        issuer = ca.issuer(idempotent=True, looks_up=True)
"""

from lockgate_testing.doubles.remote_ca.behaviour import AFTER, Behaviour, Wrong
from lockgate_testing.doubles.remote_ca.handle import RemoteCa, running
from lockgate_testing.doubles.remote_ca.issuer import RemoteCaIssuer

__all__ = ["AFTER", "Behaviour", "RemoteCa", "RemoteCaIssuer", "Wrong", "running"]
