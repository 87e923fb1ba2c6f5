"""``ls-expert doctor``: what is right with an existing Label Studio and our side, and what to change, line by line.

Every check runs whatever the others found; each failed one says what to do. Nothing is changed.
"""

from __future__ import annotations

import datetime as dt
import io
import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TextIO
from urllib.parse import urlsplit

import httpx

from ls_expert_plugin.cli.connect import WEBHOOK_PATH
from ls_expert_plugin.cli.doctor_processes import processes_report
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import ExpertError, LabelStudioError, MailError
from ls_expert_plugin.handshake import ML_USER, ml_password
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.servers import SUPPORTED_LABEL_STUDIO

if TYPE_CHECKING:
    from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
    from ls_expert_plugin.llm.port import Picture
    from ls_expert_plugin.routing.values import Project

MAX_CLOCK_SKEW_S = 5.0
WAITS_LONG = dt.timedelta(minutes=15)
State = Literal["ok", "change", "note"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``change`` needs doing; ``note`` is for information."""

    state: State
    text: str


def examine(settings: Settings, out: TextIO) -> int:
    """Print the report; exit code 1 when something is to be changed."""
    extension = ExtensionClient(settings.label_studio_url, settings.shared_secret)
    status: dict[str, Any] | None = None
    asked_utc = dt.datetime.now(dt.timezone.utc)
    if not settings.shared_secret:
        loaded = Finding("change", "extension: LS_EXPERT_SHARED_SECRET is not set. Set the same one here and where Label Studio runs.")
    else:
        try:
            status = extension.status()
            loaded = Finding("ok", f"the extension is loaded, version {status['plugin_version']}")
        except LabelStudioError as problem:
            loaded = Finding("change", f"extension: {problem.message}")
    studio = SdkClient(settings.label_studio_url, settings.label_studio_token) if settings.label_studio_token else None
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: _version(settings), lambda: iter([loaded]), lambda: _enforcement(status), lambda: _token(studio),
        lambda: _addresses(settings, status), lambda: _webhooks(settings, studio), lambda: _ml_backend(settings, studio), lambda: _clock(status, asked_utc),
        lambda: _database(settings), lambda: (Finding(*line) for line in processes_report(settings)), lambda: _outbox(settings, status),
        lambda: _projection(settings, extension if status else None),
        lambda: _model(settings),
        lambda: _pre_labels(settings, status), lambda: _mail(settings),
    ]
    mark = {"ok": "ok     ", "change": "CHANGE ", "note": "note   "}
    to_change = 0
    for check in checks:
        for finding in check():
            to_change += finding.state == "change"
            print(mark[finding.state] + finding.text, file=out)
    extension.close()
    if studio is not None:
        studio.close()
    print("Nothing to change." if not to_change else f"To change: {to_change}.", file=out)
    return 1 if to_change else 0


def _version(settings: Settings) -> Iterator[Finding]:
    try:
        release = str(httpx.get(settings.label_studio_url + "/api/version/", timeout=5, trust_env=False).json()["release"])
    except (httpx.HTTPError, ValueError, KeyError):
        yield Finding("change", f"no Label Studio answers at {settings.label_studio_url}. Start it, or set LS_EXPERT_LABEL_STUDIO_URL.")
        return
    if release == SUPPORTED_LABEL_STUDIO or release.startswith(SUPPORTED_LABEL_STUDIO + "."):
        yield Finding("ok", f"Label Studio {release}")
    else:
        yield Finding("change", f"Label Studio {release}: this version of the plugin is made for {SUPPORTED_LABEL_STUDIO}. Install that one.")


def _token(studio: SdkClient | None) -> Iterator[Finding]:
    if studio is None:
        yield Finding("change", "no token: set LS_EXPERT_LABEL_STUDIO_TOKEN to a manager's personal access token, or use --token.")
        return
    try:
        yield Finding("ok", f"the token is accepted; it belongs to {studio.whoami()}")
    except ExpertError as problem:
        yield Finding("change", f"token: {problem.message} A personal access token is made in Account & Settings; legacy tokens are off by default.")


def _addresses(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
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


def _webhooks(settings: Settings, studio: SdkClient | None) -> Iterator[Finding]:
    projects = _connected_projects(settings)
    if studio is None or projects is None:
        yield Finding("note", "web hooks: looked at once there is a token and a database.")
        return
    missing = []
    for project in projects:
        try:
            if settings.service_url + WEBHOOK_PATH not in studio.webhooks(project.ls_project_id):
                missing.append(project.title)
        except ExpertError:
            missing.append(project.title)
    if missing:
        yield Finding("change", f"{len(missing)} of {len(projects)} projects send no web hook here (first: {missing[0]}). Run `ls-expert connect`.")
    else:
        yield Finding("ok" if projects else "note", f"{len(projects)} projects ask for a domain, and all send their web hook here")


def _ml_backend(settings: Settings, studio: SdkClient | None) -> Iterator[Finding]:
    """Whether it asks for a password, has the one we know, and Label Studio was given it."""
    address, password = settings.ml_url + "/versions", ml_password(settings.ml_password, settings.shared_secret)
    try:
        stranger = httpx.get(address, timeout=5, trust_env=False).status_code
        known = httpx.get(address, timeout=5, trust_env=False, auth=(ML_USER, password)).status_code
    except httpx.HTTPError:
        yield Finding("note", f"no ML backend answers at {settings.ml_url} (LS_EXPERT_ML_URL): no pre-labels until it is started.")
        return
    if stranger != 401:
        yield Finding("change", f"the ML backend at {settings.ml_url} answers without a password, so whoever reaches it reads what was learnt and spends your "
                                "tokens. Start it anew with LS_EXPERT_SHARED_SECRET or LS_EXPERT_ML_PASSWORD, then run `ls-expert connect`.")
        return
    source = "LS_EXPERT_ML_PASSWORD" if settings.ml_password else "LS_EXPERT_SHARED_SECRET"
    if known == 401:
        yield Finding("change", f"the ML backend at {settings.ml_url} has another password. Set the same {source} there and here, "
                                "then run `ls-expert connect`.")
        return
    yield Finding("ok", f"the ML backend asks for a password, {'that of' if settings.ml_password else 'made from'} {source}")
    projects = _connected_projects(settings)
    if studio is None or projects is None:
        return
    lacking = []
    for project in projects:
        try:
            if not studio.has_ml_backend(project.ls_project_id, settings.ml_url, ML_USER):
                lacking.append(project.title)
        except ExpertError:
            lacking.append(project.title)
    if lacking:
        yield Finding("change", f"{len(lacking)} of {len(projects)} projects have no ML backend here, or not its password (first: {lacking[0]}). Run "
                                "`ls-expert connect`.")


def _connected_projects(settings: Settings) -> list[Project] | None:
    """The projects that ask for a domain. None: there is no database."""
    from ls_expert_plugin.storage.migrate import problem_with
    from ls_expert_plugin.storage.unit_of_work import Database

    if problem_with(settings.database_url) is not None:
        return None
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        return [project for project in unit.projects.all() if project.domain]


def _enforcement(status: dict[str, Any] | None) -> Iterator[Finding]:
    if status is None:
        return
    if status["enforcement"] == "audit":
        yield Finding("note", "audit: nothing is refused. `ls-expert audit` shows what would be; LS_EXPERT_ENFORCEMENT=enforce turns it on.")
    else:
        yield Finding("ok", "enforcement is on: experts reach what they are verified for, and nothing else")
    meaning = {"expert": "sees only what they are verified for", "manager": "sees everything until somebody makes them an expert"}
    role = str(status["default_role"])
    yield Finding("ok" if role == "expert" else "note", f"a new member is {role} (LS_EXPERT_DEFAULT_ROLE) and {meaning[role]}")


def _clock(status: dict[str, Any] | None, asked_utc: dt.datetime) -> Iterator[Finding]:
    if status is None:
        return
    skew_s = abs((asked_utc - dt.datetime.fromisoformat(status["now_utc"])).total_seconds())
    if skew_s > MAX_CLOCK_SKEW_S:
        yield Finding("change", f"the clocks differ by {skew_s:.0f} s; sign-in from Label Studio needs them within {MAX_CLOCK_SKEW_S:.0f} s. Use NTP.")
    else:
        yield Finding("ok", f"the clocks agree within {max(skew_s, 0.1):.1f} s")


def _database(settings: Settings) -> Iterator[Finding]:
    from ls_expert_plugin.storage.migrate import problem_with

    problem = problem_with(settings.database_url)
    yield Finding("change", problem) if problem else Finding("ok", "the database answers and has this version's tables")
    if problem is None:
        yield _erasures(settings)
        yield from _encryption(settings)


def _erasures(settings: Settings) -> Finding:
    from ls_expert_plugin.storage.unit_of_work import Database

    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        waiting = unit.erasures.waiting()
    kept = f"words of people are removed {settings.retention_days} days after their last verification ended"
    if not waiting:
        return Finding("ok", f"{kept}; no erasure waits")
    return Finding("note", f"{kept}; erasures that wait for Label Studio and the worker: {len(waiting)}, the oldest since {waiting[0].asked_at_utc:%Y-%m-%d}")


def _encryption(settings: Settings) -> Iterator[Finding]:
    """How many values are not kept as the keys keep them."""
    from ls_expert_plugin.storage.encryption import KeyRing
    from ls_expert_plugin.storage.key_rotation import states
    from ls_expert_plugin.storage.unit_of_work import Database

    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        found = states(unit.session, KeyRing(settings.encryption_keys))
    if not settings.encryption_keys:
        if sealed := found["unplaced"] + found["other_key"]:
            yield Finding("change", f"{sealed} values in the database are sealed, and LS_EXPERT_ENCRYPTION_KEYS is not set. Set it to their key.")
        return
    left = {"kept plainly, and refused": found["plain"], "sealed by an older version, for no place": found["unplaced"],
            "sealed with another than the first key": found["other_key"]}
    told = [f"{count} {how}" for how, count in left.items() if count]
    if told:
        yield Finding("change", f"values in the database that are to be sealed anew: {'; '.join(told)}. Run `ls-expert encryption rotate`.")
    else:
        yield Finding("ok", f"what people told us is sealed in the database ({found.total()} values)")


def _outbox(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    from ls_expert_plugin.cli.doctor_outbox import outbox_findings

    return outbox_findings(settings, status)


def _projection(settings: Settings, extension: ExtensionClient | None) -> Iterator[Finding]:
    from ls_expert_plugin.bootstrap import now_utc
    from ls_expert_plugin.routing.reconcile import reconcile
    from ls_expert_plugin.storage.migrate import problem_with
    from ls_expert_plugin.storage.unit_of_work import Database

    if extension is None or problem_with(settings.database_url) is not None:
        yield Finding("note", "who may work on what: compared with Label Studio once there are the extension and a database.")
        return
    store = Database(settings.database_url, settings.encryption_keys)
    try:
        with store.read() as unit:
            memberships, rules = unit.memberships.unpushed_count(), unit.projects.unpushed_count()
        drift = reconcile(store, extension, now_utc, dry_run=True)
    except LabelStudioError as problem:
        yield Finding("change", f"who may work on what: {problem.message}")
        return
    finally:
        store.close()
    if memberships or rules:
        yield Finding("note", f"{memberships} memberships and the rules of {rules} projects wait to reach Label Studio; the worker tries again by itself.")
    if drift.found:
        yield Finding("change", f"{drift.found} of the rows that say who may work on what differ in Label Studio (first: {drift.differences[0]}). "
                                "Run `ls-expert reconcile`; the worker does so every five minutes.")
    else:
        yield Finding("ok", f"Label Studio has what we decided about who may work on what ({drift.compared} rows)")


def _model(settings: Settings) -> Iterator[Finding]:
    from ls_expert_plugin.llm.factory import connect
    from ls_expert_plugin.llm.port import Message, ModelCall, Prompt

    class _NoLog:
        def record(self, call: ModelCall) -> None:
            """A check is not a call worth keeping."""

    names = {name for name in (settings.interview_model, settings.prelabel_model) if name}
    models = [model for model in (connect(settings, name, _NoLog()) for name in sorted(names)) if model is not None]
    if not models:
        yield Finding("note", "no language model is set up: written interview questions, and pre-labels learnt from annotations.")
    for model in models:
        try:
            model.chat(Prompt("doctor", "1", [Message("user", "Answer with the word: yes")], max_tokens=20))
            yield Finding("ok", f"the language model {model.name} answers")
            yield _structured_output(model)
            if settings.prelabel_pictures and model.name == settings.prelabel_model:
                model.chat(Prompt("doctor", "1", [Message("user", "Answer with the word: yes", (_a_picture(),))], max_tokens=20))
                yield Finding("ok", f"the language model {model.name} takes pictures")
        except ExpertError as problem:
            yield Finding("change", f"language model {model.name}: {problem.message}")


_YES: Mapping[str, Any] = {
    "type": "object", "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}}, "required": ["answer"], "additionalProperties": False,
}


def _structured_output(model: OpenAICompatibleModel) -> Finding:
    """Which form of structured output the endpoint takes: levels, suggestions and pre-labels are asked for in it."""
    from ls_expert_plugin.llm.port import Message, Prompt

    try:
        model.structured(Prompt("doctor", "1", [Message("user", "Answer with the word: yes")], max_tokens=200), _YES)
    except ExpertError as problem:
        return Finding("change", f"the language model {model.name} gives no structured output in any form, so there are no levels and no pre-labels by it: "
                                 f"{problem.message}")
    match model.form():
        case "json_schema":
            return Finding("ok", f"the language model {model.name} gives structured output by JSON Schema (response_format json_schema)")
        case "json_object":
            return Finding("ok", f"the language model {model.name} gives structured output by response_format json_object with the schema in it; "
                                 "its endpoint holds no json_schema")
    return Finding("note", f"the language model {model.name} gives structured output only as far as it is told to: its endpoint holds no "
                           "response_format, so the schema stands in the prompt. Answers are checked alike, and more of them will not be usable.")


def _a_picture() -> Picture:
    """A grey square."""
    from PIL import Image

    from ls_expert_plugin.llm.port import Picture

    made = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(made, "PNG")
    return Picture("image/png", made.getvalue())


def _pre_labels(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    if status is not None and status.get("blind_percent") != settings.blind_percent:
        yield Finding("change", f"LS_EXPERT_BLIND_PERCENT is {status.get('blind_percent')} where Label Studio runs and {settings.blind_percent} here. Set the "
                                "same one, or what measures pre-labels is learnt from.")
    if settings.prelabel_pictures and not settings.label_studio_token:
        yield Finding("change", "LS_EXPERT_PRELABEL_PICTURES: pictures are fetched with LS_EXPERT_LABEL_STUDIO_TOKEN, which is not set.")


def _mail(settings: Settings) -> Iterator[Finding]:
    from ls_expert_plugin.bootstrap import mail_server
    from ls_expert_plugin.storage.migrate import problem_with
    from ls_expert_plugin.storage.unit_of_work import Database

    server = mail_server(settings)
    if server is None:
        yield Finding("note", "no mail server is set up: people are not offered e-mails. LS_EXPERT_SMTP_URL sets one.")
        return
    try:
        with server.connection():
            yield Finding("ok", f"the mail server {server.shown} answers; e-mails come from {server.sender}")
    except MailError as problem:
        yield Finding("change", problem.message)
    if problem_with(settings.database_url) is None:
        with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
            count, oldest = unit.notifications.waiting()
        if oldest is not None and dt.datetime.now(dt.timezone.utc) - oldest > WAITS_LONG:
            yield Finding("change", f"notifications that wait: {count}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC. The worker's log says why.")
