"""Addresses of photographs that somebody gave: none of these leads inside, however it is written."""

import pytest

from packshot.errors import FetchFailed, ForbiddenUrl
from packshot.settings import Fetch, Limits, Settings
from packshot.storage.photographs import fetched, rules_of

INSIDE = [
    # this machine
    "http://127.0.0.1/a.jpg",
    "http://127.1/a.jpg",
    "http://127.0.1/a.jpg",
    "http://2130706433/a.jpg",
    "http://0x7f000001/a.jpg",
    "http://0x7f.0x0.0x0.0x1/a.jpg",
    "http://017700000001/a.jpg",
    "http://0177.0.0.1/a.jpg",
    "http://0/a.jpg",
    "http://0.0.0.0/a.jpg",
    "http://localhost/a.jpg",
    "http://LOCALHOST/a.jpg",
    "http://127.255.255.254/a.jpg",
    "http://[::1]/a.jpg",
    "http://[0:0:0:0:0:0:0:1]/a.jpg",
    "http://[::]/a.jpg",
    "http://[::ffff:127.0.0.1]/a.jpg",
    "http://[::ffff:7f00:1]/a.jpg",
    "http://[64:ff9b::7f00:1]/a.jpg",
    "http://[2002:7f00:1::]/a.jpg",
    # its own network
    "http://10.0.0.1/a.jpg",
    "http://10.255.255.255/a.jpg",
    "http://172.16.0.1/a.jpg",
    "http://172.31.255.254/a.jpg",
    "http://192.168.0.1/a.jpg",
    "http://192.168.255.254/a.jpg",
    "http://100.64.0.1/a.jpg",
    "http://[fc00::1]/a.jpg",
    "http://[fd12:3456:789a::1]/a.jpg",
    "http://[fe80::1]/a.jpg",
    "http://[::ffff:10.0.0.1]/a.jpg",
    "http://[::ffff:192.168.1.1]/a.jpg",
    "http://[64:ff9b::a00:1]/a.jpg",
    # what clouds tell their machines
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/",
    "http://[fd00:ec2::254]/latest/",
    # nobody's
    "http://192.0.2.1/a.jpg",
    "http://198.51.100.1/a.jpg",
    "http://203.0.113.1/a.jpg",
    "http://198.18.0.1/a.jpg",
    "http://224.0.0.1/a.jpg",
    "http://255.255.255.255/a.jpg",
    "http://240.0.0.1/a.jpg",
    "http://[ff02::1]/a.jpg",
    "http://[2001:db8::1]/a.jpg",
    # no addresses on the web
    "file:///etc/passwd",
    "ftp://example.com/a.jpg",
    "gopher://127.0.0.1:6379/_INFO",
    "http://user:secret@example.com/a.jpg",
    "http://example.com:0/a.jpg",
    "http://example.com/a\r\nHost: inside",
    "//example.com/a.jpg",
    "http:///a.jpg",
]


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(set(INSIDE)) == len(INSIDE) >= 40


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises((ForbiddenUrl, FetchFailed)) as caught:
        fetched(url, Settings())
    # A way of writing that this machine does not read as a number is a name that nobody knows: it is not asked either.
    assert isinstance(caught.value, ForbiddenUrl) or "nobody knows the name" in caught.value.message


def test_the_limits_are_those_of_the_settings() -> None:
    rules = rules_of(Settings(limits=Limits(max_megabytes=3), fetch=Fetch(timeout=2, redirects=1, allow_http=False)))
    assert (rules.max_bytes, rules.timeout, rules.redirects, rules.allow_http) == (3_000_000, 2, 1, False)
