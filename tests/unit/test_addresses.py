"""Which networks Label Studio stays away from."""

from __future__ import annotations

import ipaddress

from ls_expert_plugin.label_studio.addresses import RESERVED, banned_networks


def _banned(ip: str, allowed: list[str]) -> bool:
    return any(ipaddress.ip_address(ip) in ipaddress.ip_network(network) for network in banned_networks(allowed))


def test_only_our_own_address_is_left_out() -> None:
    """One address opens one address; its neighbours stay closed."""
    allowed = ["10.1.2.3/32", "127.0.0.1/32"]
    assert not _banned("10.1.2.3", allowed) and not _banned("127.0.0.1", allowed)
    for ip in ("10.1.2.2", "10.1.2.4", "127.0.0.2", "169.254.169.254", "192.168.0.1", "::1", "fd00::1"):
        assert _banned(ip, allowed), ip


def test_nothing_allowed_bans_everything_reserved() -> None:
    """Without addresses of ours the list is whole."""
    assert banned_networks([]) == [str(ipaddress.ip_network(text)) for text in RESERVED]


def test_networks_and_ipv6_can_be_left_out() -> None:
    """A small network, a whole reserved one, and the loopback of IPv6."""
    allowed = ["10.9.0.0/28", "172.16.0.0/12", "::1/128"]
    assert not _banned("10.9.0.15", allowed) and _banned("10.9.0.16", allowed)
    assert not _banned("172.20.0.1", allowed) and not _banned("::1", allowed) and _banned("fe80::1", allowed)
