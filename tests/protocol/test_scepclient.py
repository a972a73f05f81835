"""scepclient against real processes."""

from pathlib import Path

import pytest

from tests.protocol.site import CHALLENGE, Site, program, run

pytestmark = pytest.mark.postgresql


def test_scepclient_reads_what_there_is_but_encrypts_with_single_des(site: Site, tmp_path: Path) -> None:
    """Debian 12's version knows no other cipher and signs with SHA-1: no server lets it in."""
    client = program("scepclient", "scep")
    files = ("-private-key", tmp_path / "key.pem", "-certificate", tmp_path / "certificate.pem")
    for alias in ("", "old"):
        done = run(client, "-server-url", site.url(alias=alias), "-challenge", CHALLENGE, *files, "-debug")
        assert "op=GetCACaps error=null" in done.log
        assert 'rdn="CN=ManagementCA,O=Lockgate"' in done.log
        assert b"failInfo: badAlg" in done.out
        assert done.code != 0
