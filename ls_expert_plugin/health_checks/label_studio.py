"""Checks of Label Studio and of our extension in it: version, enforcement, token, addresses it may call, clock."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.health_checks.check_result import CheckResult, results_of

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.errors import LabelStudioError
    from ls_expert_plugin.ls_client.sdk import SdkClient

SUPPORTED_LABEL_STUDIO = "1.23"
MAX_CLOCK_SKEW_S = 5.0
_ok, _warn, _fail = results_of("label_studio")


def version(settings: Settings) -> Iterator[CheckResult]:
    """Whether Label Studio answers, and is the version that this one is made for."""
    try:
        release = str(httpx.get(settings.label_studio_url + "/api/version/", timeout=5, trust_env=False).json()["release"])
    except (httpx.HTTPError, ValueError, KeyError):
        yield _fail(f"no Label Studio answers at {settings.label_studio_url}", "Start it, or set LS_EXPERT_LABEL_STUDIO_URL.")
        return
    if release == SUPPORTED_LABEL_STUDIO or release.startswith(SUPPORTED_LABEL_STUDIO + "."):
        yield _ok(f"Label Studio {release}")
    else:
        yield _fail(f"Label Studio {release}: this version of the plugin is made for {SUPPORTED_LABEL_STUDIO}",
                    f"Install it where Label Studio runs: `pip install label-studio=={SUPPORTED_LABEL_STUDIO}.*`.")


def extension(status: dict[str, Any] | None) -> CheckResult:
    """Whether our extension is in it. ``status``: the extension's, None where we have no secret to ask with."""
    if status is None:
        return _fail("extension: LS_EXPERT_SHARED_SECRET is not set", "Set the same one here and where Label Studio runs.")
    return _ok(f"the extension is loaded, version {status['plugin_version']}")


def extension_problem(problem: LabelStudioError) -> CheckResult:
    """Why the extension did not tell its status."""
    return _fail(f"extension: {problem.message}", "Start Label Studio with `ls-expert label-studio`, with the same LS_EXPERT_SHARED_SECRET as here.")


def enforcement(status: dict[str, Any] | None) -> Iterator[CheckResult]:
    """Whether anything is refused, and what a new member is. ``status``: the extension's, None where it does not answer."""
    if status is None:
        return
    if status["enforcement"] == "audit":
        yield _warn("audit mode: nothing is refused", "`ls-expert audit` shows what would be; LS_EXPERT_ENFORCEMENT=enforce turns it on.")
    else:
        yield _ok("enforcement is on: experts reach what they are verified for, and nothing else")
    meaning = {"expert": "sees only what they are verified for", "manager": "sees everything until somebody makes them an expert"}
    role = str(status["default_role"])
    sentence = f"a new member is {role} (LS_EXPERT_DEFAULT_ROLE) and {meaning[role]}"
    yield _ok(sentence) if role == "expert" else _warn(sentence, "Set LS_EXPERT_DEFAULT_ROLE=expert where Label Studio runs, unless this is wanted.")


def token(studio: SdkClient | None) -> Iterator[CheckResult]:
    """Whether there is a manager's token, and Label Studio accepts it."""
    if studio is None:
        yield _fail("no token", "Set LS_EXPERT_LABEL_STUDIO_TOKEN to a manager's personal access token, made in Account & Settings of Label Studio.")
        return
    try:
        yield _ok(f"the token is accepted; it belongs to {studio.whoami()}")
    except ExpertError as problem:
        yield _fail(f"token: {problem.message}", "Make a personal access token in Account & Settings of Label Studio; legacy tokens are off by default.")


def addresses(settings: Settings, status: dict[str, Any] | None) -> Iterator[CheckResult]:
    """Whether Label Studio may call our addresses, and no other private ones."""
    if status is None:
        yield _warn("private addresses: not checked without the extension", "Put the extension right first (above), then run `ls-expert doctor` again.")
        return
    if not status["private_addresses_protected"]:
        yield _fail("Label Studio may call any private address", "Unset SSRF_PROTECTION_ENABLED and ML_BLOCK_LOCAL_IP where Label Studio runs, and name our "
                                                                 "addresses in LS_EXPERT_ALLOWED_ADDRESSES instead.")
    allowed = [ipaddress.ip_network(text) for text in status["allowed_addresses"]]
    ours: set[str] = set()
    for setting, url in (("LS_EXPERT_SERVICE_URL", settings.service_url), ("LS_EXPERT_ML_URL", settings.ml_url)):
        host = urlsplit(url).hostname or ""
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
        except OSError:
            yield _fail(f"{setting}: the name {host} cannot be looked up from here", f"Set {setting} to an address that Label Studio and this machine know.")
            continue
        ours |= found
        missing = sorted(ip for ip in found if not ipaddress.ip_address(ip).is_global and not _inside(ip, allowed))
        if missing:
            yield _fail(f"Label Studio refuses {host} ({', '.join(missing)})", "Add it to LS_EXPERT_ALLOWED_ADDRESSES where Label Studio runs.")
        else:
            yield _ok(f"Label Studio may call {url} ({setting})")
    for network in allowed:
        if not any(_inside(ip, [network]) for ip in ours):
            yield _fail(f"LS_EXPERT_ALLOWED_ADDRESSES has {network}, which is none of ours",
                        "Take it out of LS_EXPERT_ALLOWED_ADDRESSES where Label Studio runs.")


def _inside(ip: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(ipaddress.ip_address(ip) in network for network in networks)


def clock(status: dict[str, Any] | None, asked_utc: dt.datetime) -> Iterator[CheckResult]:
    """Whether the clocks agree; ``asked_utc``: ours when Label Studio was asked for its own."""
    if status is None:
        return
    skew_s = abs((asked_utc - dt.datetime.fromisoformat(status["now_utc"])).total_seconds())
    if skew_s > MAX_CLOCK_SKEW_S:
        yield _fail(f"the clocks differ by {skew_s:.0f} s; sign-in from Label Studio needs them within {MAX_CLOCK_SKEW_S:.0f} s", "Use NTP on both machines.")
    else:
        yield _ok(f"the clocks agree within {max(skew_s, 0.1):.1f} s")
