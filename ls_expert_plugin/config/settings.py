"""Settings: the one place that reads the environment.

``GROUPS`` lists every setting once: name, parser, default, help, and on which side it is set. ``load()`` turns an environment into a frozen
``Settings`` or raises ``SettingError`` naming every setting that is unknown, malformed or missing. Nothing is read
at import. ``docs/configuration.md`` is generated from ``GROUPS`` (``config/reference.py``; a test fails when it is out of date).

Only the standard library is imported: Label Studio's process reads the same settings.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from ls_expert_plugin.config.kept_text import kept
from ls_expert_plugin.config.parsers import flag, keys, mailbox, networks, one_of, path, price, secret, sender, smtp_url, text, url, whole
from ls_expert_plugin.errors import SettingError

Side = Literal["ours", "Label Studio", "both"]


@dataclass(frozen=True)
class Setting:
    """One setting. ``default`` is the text a person would write; ``None`` means "not set". ``side``: whose processes read it."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    help: str
    secret: bool = False
    side: Side = "ours"

    @property
    def field(self) -> str:
        """The attribute of ``Settings`` that holds it."""
        return self.name.removeprefix("LS_EXPERT_").lower()


@dataclass(frozen=True)
class Group:
    """Settings that belong together, as the documentation shows them."""

    title: str
    intro: str
    settings: tuple[Setting, ...]


_SECRETS = (
    Setting("LS_EXPERT_SECRET_KEY", secret, None, "Signs the portal's session cookies. Required outside the demo.", secret=True),
    Setting("LS_EXPERT_SHARED_SECRET", secret, None,
            "Known to Label Studio's extension and the expert service: signs the hand-off, opens the extension's API. "
            "Required outside the demo.", secret=True, side="both"),
    Setting("LS_EXPERT_WEBHOOK_SECRET", secret, None,
            "Label Studio sends it with each webhook. Required outside the demo.", secret=True),
    Setting("LS_EXPERT_LABEL_STUDIO_TOKEN", text, None,
            "Token of a Label Studio manager: a personal access token, or a legacy token where those are on.", secret=True),
    Setting("LS_EXPERT_ENCRYPTION_KEYS", keys, "",
            "Keys that transcripts and profile entries are encrypted with in the database; `ls-expert encryption new-key` makes one. The first encrypts, all "
            "decrypt. Not set: they are kept in plain text. Keep the keys apart from the database's backups.", secret=True),
    Setting("LS_EXPERT_ML_PASSWORD", secret, None,
            "Password of the ML backend, for the user ls-expert; `ls-expert connect` gives it to Label Studio. Not set: one made from "
            "LS_EXPERT_SHARED_SECRET, so that nobody else may ask.",
            secret=True),
)

_STORAGE = (
    Setting("LS_EXPERT_DATA_DIR", path, "./data",
            "Directory for everything this plugin keeps on disk. The default is `data` in the folder where a process is started, so set an absolute path; "
            "messages name it in full."),
    Setting("LS_EXPERT_DATABASE_URL", text, None,
            "Database of the expert service, as SQLAlchemy writes it: postgresql+psycopg://user:password@host/name. "
            "Not set: `expert.sqlite3` in the data directory."),
    Setting("LS_EXPERT_BROKER_URL", text, None,
            "Message broker of the worker: redis://host:6379/0, the same on every machine. Not set: files in the data directory; one machine.", secret=True),
)

_ADDRESSES = (
    Setting("LS_EXPERT_LABEL_STUDIO_URL", url, "http://localhost:8080", "Label Studio, as our processes reach it."),
    Setting("LS_EXPERT_LABEL_STUDIO_PUBLIC_URL", url, None,
            "Label Studio, as browsers reach it. Not set: the same as LS_EXPERT_LABEL_STUDIO_URL."),
    Setting("LS_EXPERT_PUBLIC_URL", url, "http://localhost:8090", "The expert portal, as browsers reach it.", side="both"),
    Setting("LS_EXPERT_SERVICE_URL", url, None,
            "The expert service, as Label Studio reaches it for webhooks. Not set: the same as LS_EXPERT_PUBLIC_URL."),
    Setting("LS_EXPERT_ML_URL", url, "http://localhost:9090", "Our ML backend, as Label Studio reaches it."),
    Setting("LS_EXPERT_ALLOWED_ADDRESSES", networks, "",
            "Private addresses that Label Studio may call although they are private: those of LS_EXPERT_SERVICE_URL and LS_EXPERT_ML_URL. "
            "Every other private network stays refused.", side="Label Studio"),
)

_ACCESS = (
    Setting("LS_EXPERT_ENFORCEMENT", one_of("enforce", "audit"), "enforce",
            "enforce: experts reach what they are verified for, and nothing else. audit: nothing is refused or hidden; what would be refused "
            "is counted, and `ls-expert audit` shows it.", side="Label Studio"),
    Setting("LS_EXPERT_DEFAULT_ROLE", one_of("expert", "manager"), "expert",
            "Role of a Label Studio member whom nobody has given one: expert sees only what they are verified for.", side="Label Studio"),
    Setting("LS_EXPERT_PROJECTS_WITHOUT_REQUIREMENT", one_of("hidden", "shown"), "hidden",
            "Projects without requirements: hidden from experts, or shown to every expert, verified or not."),
    Setting("LS_EXPERT_SIGNUPS_PER_HOUR", whole(1, 1_000_000), "60", "Accounts that may be made in Label Studio within an hour, all together.",
            side="Label Studio"),
    Setting("LS_EXPERT_SESSION_HOURS", whole(1, 168), "8", "How long one stays signed in to the portal at most, in hours."),
    Setting("LS_EXPERT_SESSION_IDLE_MINUTES", whole(5, 10_080), "120", "How long one stays signed in to the portal without doing anything, in minutes."),
)

_VETTING = (
    Setting("LS_EXPERT_DOMAINS_DIR", path, None,
            "Directory with a team's own domain packs (*.yaml, or folders with a pack.yaml), beside the three that come along."),
    Setting("LS_EXPERT_TURN_MAX_CHARS", whole(200, 100_000), "6000", "Longest answer in an interview, in characters."),
    Setting("LS_EXPERT_PERSON_DAILY_TOKENS", whole(1, 10**12), "300000",
            "Tokens that interview and résumés of one person may cost a day (UTC). Then they get written questions until tomorrow."),
    Setting("LS_EXPERT_FAIRNESS_QUESTIONS", flag, "false",
            "Offer voluntary questions (gender, age, first language, ethnicity) for `ls-expert impact-report`. Nothing else reads them."),
    Setting("LS_EXPERT_NPPES_URL", url, None,
            "NPPES NPI registry to look numbers up in, such as https://npiregistry.cms.hhs.gov/api. Not set: numbers leave this machine for no registry."),
)

_MODELS = (
    Setting("OPENAI_API_KEY", text, None, "Key for the language model endpoint. Not set, and no OPENAI_BASE_URL: no language model.", secret=True),
    Setting("OPENAI_BASE_URL", url, None, "Any OpenAI-compatible endpoint. Not set: the openai library's own default."),
    Setting("LS_EXPERT_INTERVIEW_MODEL", text, None, "Model that words the interview's questions and looks for evidence. Not set: written questions."),
    Setting("LS_EXPERT_PRELABEL_MODEL", text, None, "Model that makes pre-labels. Not set: the model trained on submitted annotations."),
    Setting("LS_EXPERT_LLM_TIMEOUT_S", whole(1, 600), "30", "Longest wait for a language model, in seconds."),
)

_PRE_LABELS = (
    Setting("LS_EXPERT_PRELABEL_SAMPLES", whole(1, 7), "1",
            "How often the model is asked about each task. From 2 on, pre-labels hold what most answers agree on, with the share that does as their score."),
    Setting("LS_EXPERT_PRELABEL_PICTURES", flag, "false",
            "`true`: the model takes pictures, and is shown those of a task. Only pictures that Label Studio itself serves, or that stand in the task; "
            "the ML backend needs LS_EXPERT_LABEL_STUDIO_TOKEN for them."),
    Setting("LS_EXPERT_PRELABEL_CONCURRENCY", whole(1, 256), "32", "Tasks that the model is asked about at a time, in each process of the ML backend."),
    Setting("LS_EXPERT_PRELABEL_DAILY_TOKENS", whole(1, 10**12), None,
            "Tokens that pre-labels may cost a day (UTC), read and written together. Then none are asked of the model until tomorrow. Not set: no end."),
    Setting("LS_EXPERT_PRELABEL_PRICE", price, None,
            "Price of a million tokens read and of a million written, such as 0.15,0.60: reports then show what pre-labels cost."),
    Setting("LS_EXPERT_BLIND_PERCENT", whole(0, 50), "10",
            "Share of each project's tasks, in percent, that experts see without a pre-label, to measure what pre-labels do.", side="both"),
)

_MAIL = (
    Setting("LS_EXPERT_SMTP_URL", smtp_url, None,
            "Mail server for people who allow e-mails: smtp://name:password@host:587 (STARTTLS), smtps://name:password@host:465 (TLS), or "
            "smtp+plain://host:25 (no encryption, no password). Not set: e-mails are not offered.", secret=True),
    Setting("LS_EXPERT_MAIL_FROM", sender, None, "Whom e-mails come from: Experts <experts@example.org>. Required with LS_EXPERT_SMTP_URL."),
    Setting("LS_EXPERT_CONTACT", mailbox, None,
            "E-mail address of a person whom candidates can ask, shown in the portal's footer and on its help page. Not set: they are told to ask a manager."),
)

_RETENTION = (
    Setting("LS_EXPERT_RETENTION_DAYS", whole(1, 3650), "730",
            "How long transcripts and profile entries are kept after a person's last verification ended, in days. Named in the consent."),
    Setting("LS_EXPERT_MODEL_CALL_DAYS", whole(31, 3650), "200",
            "How long each call to a language model is kept by itself, in days: its cost, never its words. Sums by day are kept for good."),
    Setting("LS_EXPERT_PRELABEL_SCORE_DAYS", whole(31, 3650), "365",
            "How long scores of pre-labels, and whether experts let them stand, are kept to learn from what scores are worth, in days."),
)

_DEMO = (
    Setting("LS_EXPERT_DEMO", flag, "false",
            "Demo: missing secrets are made and kept in the data directory, and demo content may be loaded. Not for production."),
)

# In the order of docs/configuration.md.
GROUPS = (
    Group("Secrets", "Required outside the demo are the first three.", _SECRETS),
    Group("Data", "One machine needs none of these but the directory; several need a database server and a broker (docs/operations.md).", _STORAGE),
    Group("Addresses", "Who reaches whom where.", _ADDRESSES),
    Group("Access", "Who sees what in Label Studio, and for how long one is signed in to the portal.", _ACCESS),
    Group("Vetting", "Domains, interviews and registers.", _VETTING),
    Group("Language models", "Optional: any OpenAI-compatible endpoint.", _MODELS),
    Group("Pre-labels", "How they are made, what they may cost, and how they are measured.", _PRE_LABELS),
    Group("E-mail", "Optional: e-mails to people who allow them.", _MAIL),
    Group("Retention", "How long data is kept.", _RETENTION),
    Group("Demo", "Set by `make run`.", _DEMO),
)
SETTINGS: tuple[Setting, ...] = tuple(setting for group in GROUPS for setting in group.settings)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_WHERE: Mapping[Side, str] = {
    "ours": "for the expert service, the worker and the ML backend", "Label Studio": "for Label Studio",
    "both": "to the same value for Label Studio, the expert service, the worker and the ML backend",
}
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
    contact: str | None
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
    """Read ``environ`` (default: the process's). Raises ``SettingError``, which names everything that is unknown, malformed or missing.

    ``secrets_needed`` names the secrets this process cannot do without: Label Studio's extension needs only the shared
    one, ``ls-expert migrate`` none. In the demo, missing ones are read from, or made in, ``DATA_DIR/secrets/``.
    """
    environ = os.environ if environ is None else environ
    problems = [f"{name}: there is no such setting.{_meant(name)}" for name in sorted(environ) if name.startswith("LS_EXPERT_") and name not in _BY_NAME]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            values[setting.field] = _value(setting, environ)
        except ValueError as problem:
            problems.append(str(problem))
    for name in ALL_SECRETS:
        setting = _BY_NAME[name]
        if setting.field in values and values[setting.field] is None and not values.get("demo") and name in secrets_needed:
            problems.append(f"{name}: not set, and required outside the demo. `openssl rand -hex 32` makes a good one. Set it {_WHERE[setting.side]}.")
    if values.get("smtp_url") and "mail_from" in values and not values["mail_from"]:
        problems.append("LS_EXPERT_MAIL_FROM: not set, and required with LS_EXPERT_SMTP_URL. Write whom e-mails come from.")
    if problems:
        raise SettingError(_told(problems))
    for name in ALL_SECRETS:
        field = _BY_NAME[name].field
        if values[field] is None and values["demo"]:
            values[field] = _kept_secret(values["data_dir"], field)
        values[field] = values[field] or ""
    values["database_url"] = values["database_url"] or f"sqlite:///{values['data_dir'] / 'expert.sqlite3'}"
    values["label_studio_public_url"] = values["label_studio_public_url"] or values["label_studio_url"]
    values["service_url"] = values["service_url"] or values["public_url"]
    return Settings(**values)


def _told(problems: Sequence[str]) -> str:
    """One problem in one line; several with a line for each."""
    if len(problems) == 1:
        return f"{problems[0]} docs/configuration.md lists all settings."
    first = f"{len(problems)} settings have to be changed. docs/configuration.md lists them all, with a minimal .env."
    return "\n".join([first, *(f"  {problem}" for problem in problems)])


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name, _BY_NAME, 1, 0.85)
    return f" Did you mean {near[0]}?" if near else ""


def _value(setting: Setting, environ: Mapping[str, str]) -> Any:
    """The value as its parser reads it. Raises ``ValueError`` with the setting's name, and without the value of a secret."""
    raw = environ.get(setting.name, "").strip() or setting.default
    if raw is None:
        return None
    try:
        return setting.read(raw)
    except ValueError as problem:
        shown = "the value" if setting.secret else repr(raw)
        raise ValueError(f"{setting.name}: {shown} is not valid: {problem}.") from None


def _kept_secret(data_dir: Path, field: str) -> str:
    """The demo's secret of this name, made once and readable by its owner only."""
    import secrets

    return kept(data_dir / "secrets" / field, secrets.token_hex(32))
