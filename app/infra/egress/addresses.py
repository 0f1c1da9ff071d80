"""The verdict on an address: may a caller's URL lead there?"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from app.settings import EgressSettings, Network

Address = IPv4Address | IPv6Address

# IANA special-purpose registries, written out: what `is_global` says changes between Python releases, and it calls
# multicast, IPv4-compatible, site-local and translated addresses global.
DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches loopback on Linux
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # a public number, but inside Azure it is the host of the virtual machine
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # unspecified, loopback, IPv4-compatible
        "64:ff9b:1::/48",  # NAT64 with a local meaning, RFC 8215
        "100::/64",  # discard
        "100:0:0:1::/64",  # dummy prefix, RFC 9780
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries any IPv4 address, and nobody serves files there any more
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",  # site-local of old
        "ff00::/8",
    )
)
NAT64 = IPv6Address("64:ff9b::")  # RFC 6052: the IPv4 address is the last 32 bits
NAT64_PREFIX_BITS = 96


def verdict(address: Address, settings: EgressSettings) -> bool:
    """Whether a caller's URL may lead to `address` at all.

    IPv4 in its IPv6 spelling (`::ffff:10.0.0.1`) is judged as IPv4. A NAT64 address is judged by the IPv4 address
    behind it, which must be public. Other tunnels (6to4, Teredo, IPv4-compatible) are refused whatever they carry.
    """
    address = _plain(address)
    if address.is_multicast:
        return False
    return is_opened(address, settings) or _is_public(_behind_nat64(address))


def may_dial(address: Address, port: int, settings: EgressSettings) -> bool:
    """The verdict with the port: public addresses on `allow_ports` only, opened ones on any."""
    if not verdict(address, settings):
        return False
    return is_opened(address, settings) or not settings.allow_ports or port in settings.allow_ports


def is_opened(address: Address, settings: EgressSettings) -> bool:
    """Whether the operator opened this address by `allow_private` or `allow_loopback`."""
    address = _plain(address)
    if settings.allow_loopback and address.is_loopback:
        return True
    return any(_within(address, _plain_network(network)) for network in settings.allow_private)


def parse_address(text: str) -> Address:
    """Raises ValueError. The scope of a link-local address (`%eth0`) plays no part in the verdict."""
    return _plain(ip_address(text))


def _is_public(address: Address) -> bool:
    return address.is_global and not any(_within(address, network) for network in DENIED)


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _plain(address: Address) -> Address:
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _plain_network(network: Network) -> Network:
    """`::ffff:192.168.1.0/120` opens 192.168.1.0/24."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= NAT64_PREFIX_BITS:
        return ip_network(f"{mapped}/{network.prefixlen - NAT64_PREFIX_BITS}")
    return network


def _behind_nat64(address: Address) -> Address:
    if isinstance(address, IPv6Address) and int(address) >> 32 == int(NAT64) >> 32:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
