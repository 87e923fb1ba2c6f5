"""Settings: defaults, and errors that name the setting."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from ls_expert_plugin.config import ALL_SECRETS, SETTINGS, load
from ls_expert_plugin.config.reference import as_markdown
from ls_expert_plugin.errors import SettingError

SECRETS = {name: name.lower().ljust(32, "x") for name in ALL_SECRETS}


def test_defaults_are_embedded() -> None:
    """With the secrets alone everything else has a default: SQLite, local addresses, the role expert."""
    settings = load(SECRETS)
    assert settings.database_url == f"sqlite:///{Path('data').absolute()}/expert.sqlite3"
    assert settings.label_studio_public_url == settings.label_studio_url == "http://localhost:8080"
    assert settings.service_url == settings.public_url == "http://localhost:8090"
    assert settings.default_role == "expert" and settings.broker_url is None and not settings.demo


@pytest.mark.parametrize(("name", "value", "word"), [
    ("LS_EXPERT_PUBLIK_URL", "http://x", "no such setting"), ("LS_EXPERT_DEMO", "perhaps", "true or false"),
    ("LS_EXPERT_PUBLIC_URL", "example.com", "address"), ("LS_EXPERT_PUBLIC_URL", "http://a/?b", "without"), ("LS_EXPERT_PUBLIC_URL", "http://a:99999", "port"),
    ("LS_EXPERT_LLM_TIMEOUT_S", "soon", "whole number"), ("LS_EXPERT_LLM_TIMEOUT_S", "0", "whole number"),
    ("LS_EXPERT_DEFAULT_ROLE", "boss", "expert or manager"), ("LS_EXPERT_ALLOWED_ADDRESSES", "10.0.0.1/8", "networks"),
    ("LS_EXPERT_SECRET_KEY", "short", "24 characters"),
    ("LS_EXPERT_SMTP_URL", "mail.example.org", "smtp://"), ("LS_EXPERT_SMTP_URL", "smtp://mail.example.org:99999", "port"),
    ("LS_EXPERT_SMTP_URL", "smtp+plain://mia:secret@mail.example.org", "without encryption"), ("LS_EXPERT_SMTP_URL", "smtp://mail.example.org/inbox", "smtp://"),
    ("LS_EXPERT_MAIL_FROM", "Experts", "address like"), ("LS_EXPERT_MAIL_FROM", "Experts <a@b.org>\nBcc: x@y.org", "address like"),
    ("LS_EXPERT_CONTACT", "Experts <a@b.org>", "address like"), ("LS_EXPERT_CONTACT", "a@b.org?bcc=x", "address like"),
])
def test_a_bad_setting_stops_the_start_with_its_name(name: str, value: str, word: str) -> None:
    """Unknown, malformed, out of range: the message names the setting and says what to write."""
    with pytest.raises(SettingError) as caught:
        load({**SECRETS, name: value})
    assert name in caught.value.message and word in caught.value.message


@pytest.mark.parametrize("name", ALL_SECRETS)
def test_a_missing_secret_stops_the_start_outside_the_demo(name: str, tmp_path: Path) -> None:
    """Each secret is required; in the demo it is made once and kept for its owner only."""
    with pytest.raises(SettingError, match=name):
        load({key: value for key, value in SECRETS.items() if key != name})
    demo = {"LS_EXPERT_DEMO": "true", "LS_EXPERT_DATA_DIR": str(tmp_path)}
    first, second = load(demo), load(demo)
    field = name.removeprefix("LS_EXPERT_").lower()
    assert getattr(first, field) == getattr(second, field) and len(getattr(first, field)) == 64
    assert stat.S_IMODE((tmp_path / "secrets" / field).stat().st_mode) == 0o600


def test_a_secret_is_never_shown() -> None:
    """Neither in the settings' text nor in the error about a bad one."""
    settings = load({**SECRETS, "OPENAI_API_KEY": "sk-very-secret", "LS_EXPERT_DATABASE_URL": "postgresql://u:pw@h/d"})
    for hidden in ("sk-very-secret", "pw@", *SECRETS.values()):
        assert hidden not in repr(settings)
    with pytest.raises(SettingError) as caught:
        load({**SECRETS, "LS_EXPERT_SECRET_KEY": "tooshort"})
    assert "tooshort" not in caught.value.message


def test_the_documentation_is_the_settings() -> None:
    """docs/configuration.md is what `make docs` writes, and names every setting."""
    written = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()
    assert written == as_markdown(), "run `make docs`"
    assert all(written.count(f"| `{setting.name}` |") == 1 for setting in SETTINGS)


def test_a_start_names_everything_that_is_wrong_with_the_settings_at_once() -> None:
    """Unknown, malformed and missing ones, a line for each, with where each is to be set; one alone is one line."""
    with pytest.raises(SettingError) as caught:
        load({"LS_EXPERT_PUBLIK_URL": "http://x", "LS_EXPERT_LLM_TIMEOUT_S": "soon", "LS_EXPERT_SMTP_URL": "smtp://mail.example.org"})
    first, *lines = caught.value.message.splitlines()
    assert first.startswith("6 settings have to be changed.") and len(lines) == 6
    for name, words in (
        ("LS_EXPERT_PUBLIK_URL", "Did you mean LS_EXPERT_PUBLIC_URL?"), ("LS_EXPERT_LLM_TIMEOUT_S", "whole number"),
        ("LS_EXPERT_SECRET_KEY", "for the expert service, the worker and the ML backend"), ("LS_EXPERT_SHARED_SECRET", "same value for Label Studio"),
        ("LS_EXPERT_WEBHOOK_SECRET", "openssl rand"), ("LS_EXPERT_MAIL_FROM", "required with LS_EXPERT_SMTP_URL"),
    ):
        assert [line for line in lines if line.startswith(f"  {name}: ") and words in line], (name, lines)
    with pytest.raises(SettingError) as alone:
        load({**SECRETS, "LS_EXPERT_LLM_TIMEOUT_S": "soon"})
    assert "\n" not in alone.value.message


def test_the_minimal_env_file_is_enough(tmp_path: Path) -> None:
    """What docs/configuration.md begins with is run by a shell, and is all that a start needs."""
    script = as_markdown().partition("```sh\n")[2].partition("```")[0].replace("/srv/experts", str(tmp_path / "experts"))
    shell = f"{script}\nset -a; . ./.env; set +a; env"
    done = subprocess.run(["/bin/sh", "-c", shell], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    settings = load(dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line))
    assert settings.data_dir == tmp_path / "experts" / "data" and settings.enforcement == "audit"
    assert len({settings.secret_key, settings.shared_secret, settings.webhook_secret}) == 3
    assert stat.S_IMODE((tmp_path / "experts" / ".env").stat().st_mode) == 0o600


def test_a_mail_server_needs_a_sender_and_its_password_is_never_shown() -> None:
    """Neither alone, nor in a message or the settings' own words."""
    with pytest.raises(SettingError, match="LS_EXPERT_MAIL_FROM: not set"):
        load({**SECRETS, "LS_EXPERT_SMTP_URL": "smtp://mia:hush@mail.example.org"})
    with pytest.raises(SettingError) as caught:
        load({**SECRETS, "LS_EXPERT_SMTP_URL": "smtp+plain://mia:hush@mail.example.org"})
    settings = load({**SECRETS, "LS_EXPERT_SMTP_URL": "smtp://mia:hush@mail.example.org", "LS_EXPERT_MAIL_FROM": "a@b.org"})
    assert "hush" not in caught.value.message + repr(settings) and settings.smtp_url == "smtp://mia:hush@mail.example.org"
