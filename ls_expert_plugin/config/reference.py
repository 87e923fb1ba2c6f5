"""The page docs/configuration.md, generated from the settings: ``make docs``."""

from __future__ import annotations

from collections.abc import Iterator

from ls_expert_plugin.config import ALL_SECRETS, GROUPS, Setting, Side

_SIDES: dict[Side, str] = {"ours": "ours", "Label Studio": "Label Studio", "both": "both, the same value"}
_SECRET = "$(openssl rand -hex 32)"


def as_markdown() -> str:
    """The page, as it is to be in the repository. Pure."""
    return "\n".join([*_INTRO, *_minimal(), *(line for group in GROUPS for line in (
        f"## {group.title}", "", group.intro, "", "| setting | default | what it is | set it for |", "|---|---|---|---|", *map(_row, group.settings), "",
    )), *_OTHERS])


_INTRO = (
    "# Configuration", "",
    "All settings are environment variables, read once when a process starts. A start with settings that are unknown, malformed or missing stops with a",
    "line for each. The page is generated: `make docs`.", "",
)


def _minimal() -> Iterator[str]:
    yield from (
        "## A minimal `.env`", "",
        "On one machine, beside a Label Studio at port 8080. Run this once, in a folder that stays; then, in each shell that starts something,",
        "`set -a; . /srv/experts/.env; set +a`. Label Studio needs the same file.", "",
        "```sh",
        "mkdir -p /srv/experts && cd /srv/experts && umask 077",
        "cat > .env <<END",
        *(f"{name}={_SECRET}" for name in ALL_SECRETS),
        "LS_EXPERT_DATA_DIR=/srv/experts/data",
        "LS_EXPERT_LABEL_STUDIO_URL=http://localhost:8080",
        "LS_EXPERT_PUBLIC_URL=http://localhost:8090",
        "# As Label Studio reaches the service and the ML backend, and the one private address that it may call:",
        "LS_EXPERT_SERVICE_URL=http://127.0.0.1:8090",
        "LS_EXPERT_ML_URL=http://127.0.0.1:9090",
        "LS_EXPERT_ALLOWED_ADDRESSES=127.0.0.1",
        "# A manager's personal access token, from Account & Settings of Label Studio:",
        "#LS_EXPERT_LABEL_STUDIO_TOKEN=",
        "# First look, then refuse: nothing is refused until this line is taken out.",
        "LS_EXPERT_ENFORCEMENT=audit",
        "END",
        "```", "",
        "\"Ours\" below are the expert service, the worker and the ML backend; they all take the same settings.", "",
    )


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else "not set"
    secret = " Secret." if setting.secret else ""
    return f"| `{setting.name}` | {default} | {setting.help}{secret} | {_SIDES[setting.side]} |"


_OTHERS = (
    "## Other programs' settings", "",
    "`make run` also reads `LS_PORT` (8080), `EXPERT_PORT` (8090), `ML_PORT` (9090), `DATA_DIR` (`data` in the checkout) and",
    "`ENVIRONMENTS_DIR` (`.environments` in the checkout, where it keeps its two Python environments).", "",
    "Label Studio's own settings keep their meaning. Started with `ls-expert label-studio`, it sends no analytics, error reports or",
    "version checks unless you set `COLLECT_ANALYTICS`, `SENTRY_DSN`, `FRONTEND_SENTRY_DSN` or `LATEST_VERSION_CHECK` yourself.", "",
)


if __name__ == "__main__":
    print(as_markdown(), end="")
