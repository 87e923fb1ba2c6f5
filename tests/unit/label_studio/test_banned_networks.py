"""Which networks Label Studio stays away from."""

from __future__ import annotations

import ipaddress

from ls_expert_plugin.label_studio.banned_networks import banned_networks


def _banned(ip: str, allowed: list[str]) -> bool:
    return any(ipaddress.ip_address(ip) in ipaddress.ip_network(network) for network in banned_networks(allowed))


def test_only_our_own_address_is_left_out() -> None:
    """One address opens one address; its neighbours stay closed."""
    allowed = ["10.1.2.3/32", "127.0.0.1/32"]
    assert not _banned("10.1.2.3", allowed) and not _banned("127.0.0.1", allowed)
    for ip in ("10.1.2.2", "10.1.2.4", "127.0.0.2", "169.254.169.254", "192.168.0.1", "::1", "fd00::1"):
        assert _banned(ip, allowed), ip


def test_nothing_allowed_bans_whatever_is_not_public() -> None:
    """The first and the last address of each network that Python does not call public, and none of those that it does."""
    closed = [ipaddress.ip_network(text) for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "fc00::/7", "fe80::/10", "2001:db8::/32", "ff00::/8",
    )]
    for address in (one for network in closed for one in (network[0], network[-1])):
        assert not address.is_global or address.is_multicast
        assert _banned(str(address), []), address
    assert not any(_banned(ip, []) for ip in ("8.8.8.8", "11.0.0.1", "172.32.0.1", "192.169.0.1", "2606:4700::1"))


def test_networks_and_ipv6_can_be_left_out() -> None:
    """A small network, a whole reserved one, and the loopback of IPv6."""
    allowed = ["10.9.0.0/28", "172.16.0.0/12", "::1/128"]
    assert not _banned("10.9.0.15", allowed) and _banned("10.9.0.16", allowed)
    assert not _banned("172.20.0.1", allowed) and not _banned("::1", allowed) and _banned("fe80::1", allowed)
