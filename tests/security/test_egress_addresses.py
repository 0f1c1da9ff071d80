"""The verdict on every kind of address (promise S1). What is pinned is ours, not what `ipaddress` says today."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.egress import verdict
from app.infra.egress.addresses import may_dial
from app.settings import EgressSettings

CLOSED = EgressSettings()

DENIED = [
    ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"), ("::1", "loopback"),
    ("0.0.0.0", "unspecified"), ("0.1.2.3", "this network"), ("::", "unspecified"),
    ("10.0.0.0", "private"), ("10.255.255.255", "private"),
    ("172.16.0.1", "private"), ("172.31.255.255", "private"),
    ("192.168.0.1", "private"), ("192.168.255.255", "private"),
    ("fc00::1", "unique local"), ("fdff:ffff::1", "unique local"), ("fd00:ec2::254", "metadata"),
    ("fe80::1", "link-local"), ("fe80::1%eth0", "link-local with a scope"), ("febf::1", "link-local"),
    ("100.64.0.1", "carrier NAT"), ("100.127.255.255", "carrier NAT"), ("100.100.100.200", "metadata"),
    ("169.254.169.254", "metadata"), ("169.254.0.1", "link-local"), ("168.63.129.16", "Azure host"),
    ("255.255.255.255", "broadcast"), ("240.0.0.1", "reserved"), ("198.18.0.1", "benchmark"), ("198.19.255.255", "benchmark"),
    ("192.0.2.1", "documentation"), ("198.51.100.1", "documentation"), ("203.0.113.1", "documentation"),
    ("2001:db8::1", "documentation"), ("3fff::1", "documentation"), ("3fff:fff::1", "documentation"),
    ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("ff0e::1", "multicast"), ("ff02::1", "multicast"),
    ("::127.0.0.1", "IPv4-compatible"), ("::8.8.8.8", "IPv4-compatible"),
    ("64:ff9b::7f00:1", "NAT64 of loopback"), ("64:ff9b::a9fe:a9fe", "NAT64 of metadata"), ("64:ff9b::e000:1", "NAT64 of multicast"),
    ("64:ff9b:1::7f00:1", "local NAT64"), ("64:ff9b:1::808:808", "local NAT64"),
    ("2002:7f00:1::1", "6to4 of loopback"), ("2002:808:808::1", "6to4"),
    ("2001:0:7f00:1::1", "Teredo"), ("2001:0:4136:e378:8000:63bf:f7f7:f7f7", "Teredo"),
    ("fec0::1", "site-local"), ("5f00::1", "segment routing"), ("100::1", "discard"), ("100:0:0:1::1", "dummy"),
    ("::ffff:127.0.0.1", "mapped"), ("::ffff:10.0.0.1", "mapped"), ("::ffff:169.254.169.254", "mapped"), ("::ffff:224.0.0.1", "mapped"),
    ("192.0.0.8", "IETF"), ("192.0.0.192", "metadata"), ("192.88.99.1", "6to4 relay"),
]  # fmt: skip
ALLOWED = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.254", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.1", "192.0.1.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.254",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "64:ff9c::1",
    "64:ff9b::808:808", "::ffff:8.8.8.8", "3ffe::1",
]  # fmt: skip


@pytest.mark.parametrize(("address", "_meaning"), DENIED)
def test_denies(address: str, _meaning: str) -> None:
    assert verdict(ip_address(address), CLOSED) is False


@pytest.mark.parametrize("address", ALLOWED)
def test_allows_public_and_just_outside(address: str) -> None:
    assert verdict(ip_address(address), CLOSED) is True


@given(st.ip_addresses(v=4))
def test_mapped_ipv4_is_judged_as_ipv4(address: IPv4Address) -> None:
    mapped = ip_address(f"::ffff:{address}")

    assert verdict(mapped, CLOSED) is verdict(address, CLOSED)


@given(st.ip_addresses(v=4))
def test_allows_no_ipv4_that_the_library_calls_special(address: IPv4Address) -> None:
    is_special = not address.is_global or address.is_multicast or address.is_reserved

    assert not (is_special and verdict(address, CLOSED))


def test_private_list_is_empty_and_loopback_closed_by_default() -> None:
    assert CLOSED.allow_private == []
    assert CLOSED.allow_loopback is False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.168.7.0", True), ("192.168.7.255", True), ("::ffff:192.168.7.1", True), ("fd12::9", True),
        ("192.168.6.255", False), ("192.168.8.0", False), ("10.0.0.1", False), ("fd13::9", False),
        ("127.0.0.1", False), ("::1", False), ("169.254.169.254", False), ("224.0.0.1", False),
        ("64:ff9b::c0a8:701", False), ("2002:c0a8:701::1", False), ("::192.168.7.1", False), ("8.8.8.8", True),
    ],
)  # fmt: skip
def test_private_list_opens_exactly_what_it_says(address: str, expected: bool) -> None:
    settings = EgressSettings(allow_private=["192.168.7.0/24", "fd12::/32"])

    assert verdict(ip_address(address), settings) is expected


def test_private_list_may_be_written_in_mapped_form() -> None:
    settings = EgressSettings(allow_private=["::ffff:192.168.7.0/120"])

    assert verdict(ip_address("192.168.7.9"), settings) is True
    assert verdict(ip_address("192.168.8.9"), settings) is False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("169.254.169.254", False), ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::1", False), ("fe80::1", False),
    ],
)  # fmt: skip
def test_allow_loopback_opens_loopback_only(address: str, expected: bool) -> None:
    assert verdict(ip_address(address), EgressSettings(allow_loopback=True)) is expected


def test_multicast_stays_closed_even_when_listed() -> None:
    settings = EgressSettings(allow_private=["224.0.0.0/4", "ff00::/8"])

    assert verdict(ip_address("224.0.0.1"), settings) is False
    assert verdict(ip_address("ff02::1"), settings) is False


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("8.8.8.8", 80, True), ("8.8.8.8", 443, True), ("8.8.8.8", 22, False), ("8.8.8.8", 8080, False),
        ("192.168.7.1", 8080, True), ("192.168.7.1", 22, True), ("192.168.8.1", 80, False),
        ("127.0.0.1", 9000, True), ("::ffff:8.8.8.8", 6379, False), ("64:ff9b::808:808", 6379, False),
    ],
)  # fmt: skip
def test_ports_bind_public_addresses_only(address: str, port: int, expected: bool) -> None:
    settings = EgressSettings(allow_private=["192.168.7.0/24"], allow_loopback=True)

    assert may_dial(ip_address(address), port, settings) is expected


def test_empty_port_list_allows_all_ports_but_no_more_addresses() -> None:
    settings = EgressSettings(allow_ports=[])

    assert may_dial(ip_address("8.8.8.8"), 6379, settings) is True
    assert may_dial(ip_address("10.0.0.1"), 6379, settings) is False
