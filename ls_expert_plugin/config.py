"""Settings: the one place that reads the environment.

``SETTINGS`` lists every setting once: name, kind, default, help. ``load()`` turns an environment into a frozen
``Settings`` or raises ``SettingError`` naming the first setting that is unknown, malformed or missing. Nothing is read
at import. ``docs/configuration.md`` is generated from ``SETTINGS`` (a test fails when it is out of date).

Only the standard library is imported: Label Studio's process reads the same settings.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ls_expert_plugin.errors import SettingError

MIN_SECRET_CHARS = 24


@dataclass(frozen=True)
class Setting:
    """One setting. ``default`` is the text a person would write; ``None`` means "not set"."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    help: str
    secret: bool = False

    @property
    def field(self) -> str:
        """The attribute of ``Settings`` that holds it."""
        return self.name.removeprefix("LS_EXPERT_").lower()


def _text(raw: str) -> str:
    return raw


def _flag(raw: str) -> bool:
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[raw.lower()]
    except KeyError:
        raise ValueError("write true or false") from None


def _address(raw: str) -> SplitResult:
    """The parts of an address whose port, if it has one, is one."""
    parts = urlsplit(raw)
    try:
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        raise ValueError("the port is a number up to 65535") from None
    return parts


def _url(raw: str) -> str:
    parts = _address(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write an address like http://host:8080")
    if parts.query or parts.fragment:
        raise ValueError("write the address without ? or #")
    return raw.rstrip("/")


def _path(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError(f"write a whole number from {low} to {high}") from None
        if not low <= value <= high:
            raise ValueError(f"write a whole number from {low} to {high}")
        return value

    return read


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if raw not in allowed:
            raise ValueError("write " + " or ".join(allowed))
        return raw

    return read


def _secret(raw: str) -> str:
    if len(raw) < MIN_SECRET_CHARS:
        raise ValueError(f"write at least {MIN_SECRET_CHARS} characters; `openssl rand -hex 32` makes some")
    return raw


def _keys(raw: str) -> tuple[str, ...]:
    """Keys separated by commas; each 32 bytes in URL-safe base64."""
    keys = tuple(part.strip() for part in raw.split(",") if part.strip())
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) for key in keys):
        raise ValueError("write keys as `ls-expert encryption new-key` makes them, separated by commas")
    return keys


def _price(raw: str) -> tuple[float, float]:
    """Two numbers that are not negative, separated by a comma."""
    try:
        read, written = (float(part) for part in raw.split(","))
    except ValueError:
        raise ValueError("write two numbers, such as 0.15,0.60") from None
    if not (0 <= read < 1e6 and 0 <= written < 1e6):
        raise ValueError("write two numbers that are not negative, such as 0.15,0.60")
    return read, written


def _smtp_url(raw: str) -> str:
    parts = _address(raw)
    if parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("write smtp://name:password@host:587 (STARTTLS), smtps://… (TLS) or smtp+plain://host:25 (no encryption)")
    if parts.username and parts.scheme == "smtp+plain":
        raise ValueError("a name and password are not sent without encryption; use smtp:// or smtps://")
    return raw


def _sender(raw: str) -> str:
    name, address = parseaddr(raw)
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) or any(ord(character) < 32 for character in raw):
        raise ValueError("write an address like Experts <experts@example.org>")
    return raw


def _networks(raw: str) -> tuple[str, ...]:
    """Addresses or networks in CIDR form, separated by commas."""
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in raw.split(",") if part.strip())
    except ValueError:
        raise ValueError("write IP addresses or networks, separated by commas: 10.0.3.7,10.0.4.0/28") from None


SETTINGS: tuple[Setting, ...] = (
    Setting("LS_EXPERT_DEMO", _flag, "false",
            "Demo: missing secrets are made and kept in the data directory, and demo content may be loaded. Not for production."),
    Setting("LS_EXPERT_DATA_DIR", _path, "./data", "Directory for everything this plugin keeps on disk."),
    Setting("LS_EXPERT_DATABASE_URL", _text, None,
            "Database of the expert service, as SQLAlchemy writes it: postgresql+psycopg://user:password@host/name. "
            "Not set: a SQLite file in the data directory."),
    Setting("LS_EXPERT_BROKER_URL", _text, None,
            "Message broker of the worker: redis://host:6379/0, the same on every machine. Not set: files in the data directory; one machine.", secret=True),
    Setting("LS_EXPERT_SECRET_KEY", _secret, None, "Signs the portal's session cookies. Required outside the demo.", secret=True),
    Setting("LS_EXPERT_SHARED_SECRET", _secret, None,
            "Known to Label Studio's extension and the expert service: signs the hand-off, opens the extension's API. "
            "Required outside the demo.", secret=True),
    Setting("LS_EXPERT_WEBHOOK_SECRET", _secret, None,
            "Label Studio sends it with each webhook. Required outside the demo.", secret=True),
    Setting("LS_EXPERT_ENCRYPTION_KEYS", _keys, "",
            "Keys that transcripts and profile entries are sealed with in the database; `ls-expert encryption new-key` makes one. The first seals, all "
            "open. Not set: they are kept as they are. Keep the keys apart from the database's backups.", secret=True),
    Setting("LS_EXPERT_LABEL_STUDIO_URL", _url, "http://localhost:8080", "Label Studio, as our processes reach it."),
    Setting("LS_EXPERT_LABEL_STUDIO_PUBLIC_URL", _url, None,
            "Label Studio, as browsers reach it. Not set: the same as LS_EXPERT_LABEL_STUDIO_URL."),
    Setting("LS_EXPERT_LABEL_STUDIO_TOKEN", _text, None,
            "Token of a Label Studio manager: a personal access token, or a legacy token where those are on.", secret=True),
    Setting("LS_EXPERT_PUBLIC_URL", _url, "http://localhost:8090", "The expert portal, as browsers reach it."),
    Setting("LS_EXPERT_SERVICE_URL", _url, None,
            "The expert service, as Label Studio reaches it for webhooks. Not set: the same as LS_EXPERT_PUBLIC_URL."),
    Setting("LS_EXPERT_ML_URL", _url, "http://localhost:9090", "Our ML backend, as Label Studio reaches it."),
    Setting("LS_EXPERT_ALLOWED_ADDRESSES", _networks, "",
            "Private addresses that Label Studio may call although they are private: those of LS_EXPERT_SERVICE_URL and LS_EXPERT_ML_URL. "
            "Every other private network stays refused."),
    Setting("LS_EXPERT_DEFAULT_ROLE", _one_of("expert", "manager"), "expert",
            "Role of a Label Studio member whom nobody has given one: expert sees only what they are verified for."),
    Setting("LS_EXPERT_PROJECTS_WITHOUT_REQUIREMENT", _one_of("hidden", "shown"), "hidden",
            "Projects that ask for nothing yet: hidden from experts, or shown to every expert, verified or not."),
    Setting("LS_EXPERT_ENFORCEMENT", _one_of("enforce", "audit"), "enforce",
            "enforce: experts reach what they are verified for, and nothing else. audit: nothing is refused or hidden; what would be refused "
            "is counted, and `ls-expert audit` shows it."),
    Setting("LS_EXPERT_DOMAINS_DIR", _path, None,
            "Directory with a team's own domain packs (*.yaml, or folders with a pack.yaml), beside the three that come along."),
    Setting("OPENAI_API_KEY", _text, None, "Key for the language model endpoint. Not set, and no OPENAI_BASE_URL: no language model.", secret=True),
    Setting("OPENAI_BASE_URL", _url, None, "Any OpenAI-compatible endpoint. Not set: the openai library's own default."),
    Setting("LS_EXPERT_INTERVIEW_MODEL", _text, None, "Model that words the interview's questions and looks for evidence. Not set: written questions."),
    Setting("LS_EXPERT_PRELABEL_MODEL", _text, None, "Model that makes pre-labels. Not set: the model trained on submitted annotations."),
    Setting("LS_EXPERT_PRELABEL_SAMPLES", _whole(1, 7), "1",
            "How often the model is asked about each task. From 2 on, pre-labels hold what most answers agree on, with the share that does as their score."),
    Setting("LS_EXPERT_PRELABEL_PICTURES", _flag, "false",
            "`true`: the model takes pictures, and is shown those of a task. Only pictures that Label Studio itself serves, or that stand in the task; "
            "the ML backend needs LS_EXPERT_LABEL_STUDIO_TOKEN for them."),
    Setting("LS_EXPERT_PRELABEL_CONCURRENCY", _whole(1, 256), "32", "Tasks that the model is asked about at a time, in each process of the ML backend."),
    Setting("LS_EXPERT_PRELABEL_DAILY_TOKENS", _whole(1, 10**12), None,
            "Tokens that pre-labels may cost a day (UTC), read and written together. Then none are asked of the model until tomorrow. Not set: no end."),
    Setting("LS_EXPERT_PRELABEL_PRICE", _price, None,
            "Price of a million tokens read and of a million written, such as 0.15,0.60: reports then show what pre-labels cost."),
    Setting("LS_EXPERT_BLIND_PERCENT", _whole(0, 50), "10",
            "Share of each project's tasks, in percent, that experts see without a pre-label, to measure what pre-labels do. The same value where Label "
            "Studio runs and on our side."),
    Setting("LS_EXPERT_ML_PASSWORD", _secret, None,
            "Password of the ML backend, for the user ls-expert; `ls-expert connect` gives it to Label Studio. Not set: one made from "
            "LS_EXPERT_SHARED_SECRET, so that nobody else may ask.",
            secret=True),
    Setting("LS_EXPERT_SESSION_HOURS", _whole(1, 168), "8", "How long one stays signed in to the portal at most, in hours."),
    Setting("LS_EXPERT_SESSION_IDLE_MINUTES", _whole(5, 10_080), "120", "How long one stays signed in to the portal without doing anything, in minutes."),
    Setting("LS_EXPERT_PERSON_DAILY_TOKENS", _whole(1, 10**12), "300000",
            "Tokens that interview and résumés of one person may cost a day (UTC). Then they get written questions until tomorrow."),
    Setting("LS_EXPERT_SIGNUPS_PER_HOUR", _whole(1, 1_000_000), "60", "Accounts that may be made in Label Studio within an hour, all together."),
    Setting("LS_EXPERT_FAIRNESS_QUESTIONS", _flag, "false",
            "Offer voluntary questions (gender, age, first language, ethnicity) for `ls-expert impact-report`. Nothing else reads them."),
    Setting("LS_EXPERT_SMTP_URL", _smtp_url, None,
            "Mail server for people who allow e-mails: smtp://name:password@host:587 (STARTTLS), smtps://name:password@host:465 (TLS), or "
            "smtp+plain://host:25 (no encryption, no password). Not set: e-mails are not offered.", secret=True),
    Setting("LS_EXPERT_MAIL_FROM", _sender, None, "Whom e-mails come from: Experts <experts@example.org>. Required with LS_EXPERT_SMTP_URL."),
    Setting("LS_EXPERT_NPPES_URL", _url, None,
            "NPPES NPI registry to look numbers up in, such as https://npiregistry.cms.hhs.gov/api. Not set: numbers leave this machine for no registry."),
    Setting("LS_EXPERT_LLM_TIMEOUT_S", _whole(1, 600), "30", "Longest wait for a language model, in seconds."),
    Setting("LS_EXPERT_TURN_MAX_CHARS", _whole(200, 100_000), "6000", "Longest answer in an interview, in characters."),
    Setting("LS_EXPERT_RETENTION_DAYS", _whole(1, 3650), "730",
            "How long transcripts and profile entries are kept after a person's last verification ended, in days. Named in the consent."),
    Setting("LS_EXPERT_MODEL_CALL_DAYS", _whole(31, 3650), "200",
            "How long each call to a language model is kept by itself, in days: its cost, never its words. Sums by day are kept for good."),
    Setting("LS_EXPERT_PRELABEL_SCORE_DAYS", _whole(31, 3650), "365",
            "How long scores of pre-labels, and whether experts let them stand, are kept to learn from what scores are worth, in days."),
)

ALL_SECRETS = ("LS_EXPERT_SECRET_KEY", "LS_EXPERT_SHARED_SECRET", "LS_EXPERT_WEBHOOK_SECRET")


@dataclass(frozen=True)
class Settings:
    """All settings, read and checked. Field names are the setting names in lower case without ``LS_EXPERT_``."""

    demo: bool
    data_dir: Path
    database_url: str
    broker_url: str | None
    secret_key: str
    shared_secret: str
    webhook_secret: str
    encryption_keys: tuple[str, ...]
    label_studio_url: str
    label_studio_public_url: str
    label_studio_token: str | None
    public_url: str
    service_url: str
    ml_url: str
    allowed_addresses: tuple[str, ...]
    default_role: str
    projects_without_requirement: str
    enforcement: str
    domains_dir: Path | None
    openai_api_key: str | None
    openai_base_url: str | None
    interview_model: str | None
    prelabel_model: str | None
    prelabel_samples: int
    prelabel_pictures: bool
    prelabel_concurrency: int
    prelabel_daily_tokens: int | None
    prelabel_price: tuple[float, float] | None
    blind_percent: int
    ml_password: str | None
    session_hours: int
    session_idle_minutes: int
    person_daily_tokens: int
    signups_per_hour: int
    fairness_questions: bool
    smtp_url: str | None
    mail_from: str | None
    nppes_url: str | None
    llm_timeout_s: int
    turn_max_chars: int
    retention_days: int
    model_call_days: int
    prelabel_score_days: int

    def __repr__(self) -> str:
        """Never the secrets: a settings object ends up in logs sooner or later."""
        hidden = {setting.field for setting in SETTINGS if setting.secret} | {"database_url"}
        shown = (f"{f.name}={'…' if f.name in hidden else getattr(self, f.name)!r}" for f in fields(self))
        return f"Settings({', '.join(shown)})"


def load(environ: Mapping[str, str] | None = None, *, secrets_needed: Iterable[str] = ALL_SECRETS) -> Settings:
    """Read ``environ`` (default: the process's). Raises ``SettingError``.

    ``secrets_needed`` names the secrets this process cannot do without: Label Studio's extension needs only the shared
    one, ``ls-expert migrate`` none. In the demo, missing ones are read from, or made in, ``DATA_DIR/secrets/``.
    """
    environ = os.environ if environ is None else environ
    known = {setting.name for setting in SETTINGS}
    for name in sorted(environ):
        if name.startswith("LS_EXPERT_") and name not in known:
            raise SettingError(f"{name}: there is no such setting. docs/configuration.md lists them all.")
    values = {setting.field: _value(setting, environ) for setting in SETTINGS}
    for name in ALL_SECRETS:
        field = name.removeprefix("LS_EXPERT_").lower()
        if values[field] is None and values["demo"]:
            values[field] = _kept_secret(values["data_dir"], field)
        elif values[field] is None and name in secrets_needed:
            raise SettingError(f"{name}: not set, and required outside the demo. `openssl rand -hex 32` makes a good one.")
        values[field] = values[field] or ""
    if values["smtp_url"] and not values["mail_from"]:
        raise SettingError("LS_EXPERT_MAIL_FROM: not set, and required with LS_EXPERT_SMTP_URL. Write whom e-mails come from.")
    values["database_url"] = values["database_url"] or f"sqlite:///{values['data_dir'] / 'expert.sqlite3'}"
    values["label_studio_public_url"] = values["label_studio_public_url"] or values["label_studio_url"]
    values["service_url"] = values["service_url"] or values["public_url"]
    return Settings(**values)


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    raw = environ.get(setting.name, "").strip() or setting.default
    if raw is None:
        return None
    try:
        return setting.read(raw)
    except ValueError as problem:
        shown = "the value" if setting.secret else repr(raw)
        raise SettingError(f"{setting.name}: {shown} will not do: {problem}.") from None


def _kept_secret(data_dir: Path, field: str) -> str:
    """The demo's secret of this name, made once and readable by its owner only."""
    import secrets

    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / field
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_hex(32)
        file.write(secret)
    return secret


def as_markdown() -> str:
    """The settings as the page docs/configuration.md."""
    lines = [
        "# Configuration", "",
        "All settings are environment variables, read once when a process starts. One that is unknown or malformed stops the",
        "start with its name. The page is generated: `make docs`.", "",
        "| setting | default | what it is |", "|---|---|---|",
    ]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "not set"
        secret = " Secret." if setting.secret else ""
        lines.append(f"| `{setting.name}` | {default} | {setting.help}{secret} |")
    lines += [
        "", "`make run` also reads `LS_PORT` (8080), `EXPERT_PORT` (8090), `ML_PORT` (9090), `DATA_DIR` (`./data`) and",
        "`ENVIRONMENTS_DIR` (`./.environments`, where it keeps its two Python environments).", "",
        "Label Studio's own settings keep their meaning. Started with `ls-expert label-studio`, it sends no analytics, error reports or",
        "version checks unless you set `COLLECT_ANALYTICS`, `SENTRY_DSN`, `FRONTEND_SENTRY_DSN` or `LATEST_VERSION_CHECK` yourself.", "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_markdown(), end="")
