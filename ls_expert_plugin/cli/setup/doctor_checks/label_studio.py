"""Checks of Label Studio and of our extension in it: version, enforcement, token, addresses it may call, clock."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from ls_expert_plugin.cli.setup.doctor_checks.finding import Finding
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.servers import SUPPORTED_LABEL_STUDIO

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.sdk import SdkClient

MAX_CLOCK_SKEW_S = 5.0


def version(settings: Settings) -> Iterator[Finding]:
    """Whether Label Studio answers, and is the version that this one is made for."""
    try:
        release = str(httpx.get(settings.label_studio_url + "/api/version/", timeout=5, trust_env=False).json()["release"])
    except (httpx.HTTPError, ValueError, KeyError):
        yield Finding("change", f"no Label Studio answers at {settings.label_studio_url}. Start it, or set LS_EXPERT_LABEL_STUDIO_URL.")
        return
    if release == SUPPORTED_LABEL_STUDIO or release.startswith(SUPPORTED_LABEL_STUDIO + "."):
        yield Finding("ok", f"Label Studio {release}")
    else:
        yield Finding("change", f"Label Studio {release}: this version of the plugin is made for {SUPPORTED_LABEL_STUDIO}. Install that one.")


def enforcement(status: dict[str, Any] | None) -> Iterator[Finding]:
    """Whether anything is refused, and what a new member is. ``status``: the extension's, None where it does not answer."""
    if status is None:
        return
    if status["enforcement"] == "audit":
        yield Finding("note", "audit: nothing is refused. `ls-expert audit` shows what would be; LS_EXPERT_ENFORCEMENT=enforce turns it on.")
    else:
        yield Finding("ok", "enforcement is on: experts reach what they are verified for, and nothing else")
    meaning = {"expert": "sees only what they are verified for", "manager": "sees everything until somebody makes them an expert"}
    role = str(status["default_role"])
    yield Finding("ok" if role == "expert" else "note", f"a new member is {role} (LS_EXPERT_DEFAULT_ROLE) and {meaning[role]}")


def token(studio: SdkClient | None) -> Iterator[Finding]:
    """Whether there is a manager's token, and Label Studio accepts it."""
    if studio is None:
        yield Finding("change", "no token: set LS_EXPERT_LABEL_STUDIO_TOKEN to a manager's personal access token, or use --token.")
        return
    try:
        yield Finding("ok", f"the token is accepted; it belongs to {studio.whoami()}")
    except ExpertError as problem:
        yield Finding("change", f"token: {problem.message} A personal access token is made in Account & Settings; legacy tokens are off by default.")


def addresses(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    """Whether Label Studio may call our addresses, and no other private ones."""
    if status is None:
        yield Finding("note", "private addresses: cannot be looked at without the extension.")
        return
    if not status["private_addresses_protected"]:
        yield Finding("change", "Label Studio may call any private address. Unset SSRF_PROTECTION_ENABLED and ML_BLOCK_LOCAL_IP, "
                                "and name our addresses in LS_EXPERT_ALLOWED_ADDRESSES instead.")
    allowed = [ipaddress.ip_network(text) for text in status["allowed_addresses"]]
    ours: set[str] = set()
    for setting, url in (("LS_EXPERT_SERVICE_URL", settings.service_url), ("LS_EXPERT_ML_URL", settings.ml_url)):
        host = urlsplit(url).hostname or ""
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
        except OSError:
            yield Finding("change", f"{setting}: the name {host} cannot be looked up from here.")
            continue
        ours |= found
        missing = sorted(ip for ip in found if not ipaddress.ip_address(ip).is_global and not _inside(ip, allowed))
        if missing:
            yield Finding("change", f"Label Studio refuses {host} ({', '.join(missing)}): add it to LS_EXPERT_ALLOWED_ADDRESSES where Label Studio runs.")
        else:
            yield Finding("ok", f"Label Studio may call {url} ({setting})")
    for network in allowed:
        if not any(_inside(ip, [network]) for ip in ours):
            yield Finding("change", f"LS_EXPERT_ALLOWED_ADDRESSES has {network}, which is none of ours. Take it out.")


def _inside(ip: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(ipaddress.ip_address(ip) in network for network in networks)


def clock(status: dict[str, Any] | None, asked_utc: dt.datetime) -> Iterator[Finding]:
    """Whether the clocks agree; ``asked_utc``: ours when Label Studio was asked for its own."""
    if status is None:
        return
    skew_s = abs((asked_utc - dt.datetime.fromisoformat(status["now_utc"])).total_seconds())
    if skew_s > MAX_CLOCK_SKEW_S:
        yield Finding("change", f"the clocks differ by {skew_s:.0f} s; sign-in from Label Studio needs them within {MAX_CLOCK_SKEW_S:.0f} s. Use NTP.")
    else:
        yield Finding("ok", f"the clocks agree within {max(skew_s, 0.1):.1f} s")
