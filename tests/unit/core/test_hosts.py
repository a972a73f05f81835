"""Which hosts and URLs are reached without anybody who could read what is sent."""

import pytest

from lockgate.names.hosts import is_loopback, is_unread_on_the_way


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost"])
def test_this_host(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "192.0.2.1", "0.0.0.0", "::", "127.0.0.1.example.org", "localhost.example.org"])
def test_another_host(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "url",
    ["https://collector.example.org/v1/traces", "http://127.0.0.1:4318/v1/traces", "http://[::1]", "http://localhost/"],
)
def test_nobody_reads_it_on_the_way(url: str) -> None:
    assert is_unread_on_the_way(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://collector.example.org:4318/v1/traces",
        "http://127.0.0.1:80@collector.example.org/",
        "http://127.0.0.1.example.org/",
        "ftp://localhost/",
        "localhost:4318",
        "http://[::1/",
        "",
    ],
)
def test_somebody_may_read_it_on_the_way(url: str) -> None:
    assert not is_unread_on_the_way(url)
