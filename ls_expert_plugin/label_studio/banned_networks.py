"""Which networks Label Studio must not call: all reserved ones, less the plugin's own addresses. Pure.

The list is the IANA special-purpose registries' (RFC 6890 and later), the same set that Label Studio 1.23.2 bans by
default in ``core/utils/io.py: validate_ip``; ``tests/integration`` compares the two.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

RESERVED = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "233.252.0.0/24", "240.0.0.0/4", "255.255.255.255/32",
    "::/128", "::1/128", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
    "2001::/32", "2001:20::/28", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
)


def banned_networks(allowed: Iterable[str]) -> list[str]:
    """``RESERVED`` in CIDR form with each of ``allowed`` (addresses or networks) cut out."""
    banned: list[Network] = [ipaddress.ip_network(text) for text in RESERVED]
    for text in allowed:
        hole = ipaddress.ip_network(text)
        banned = [rest for network in banned for rest in _without(network, hole)]
    return [str(network) for network in banned]


def _without(network: Network, hole: Network) -> Iterable[Network]:
    if isinstance(network, ipaddress.IPv4Network) and isinstance(hole, ipaddress.IPv4Network):
        return _cut(network, hole)
    if isinstance(network, ipaddress.IPv6Network) and isinstance(hole, ipaddress.IPv6Network):
        return _cut(network, hole)
    return [network]


def _cut(network: Network, hole: Network) -> Iterable[Network]:
    if network.subnet_of(hole):  # type: ignore[arg-type]  # same family: checked by the caller
        return []
    if hole.subnet_of(network):  # type: ignore[arg-type]
        return network.address_exclude(hole)  # type: ignore[arg-type]
    return [network]
