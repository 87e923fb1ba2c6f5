"""``ls-expert`` in Label Studio's environment, where the service's libraries are not installed."""

from __future__ import annotations

import subprocess
import sys

# What Label Studio 1.23.2's environment has none of.
SERVICE_ALONE = ("sqlalchemy", "alembic", "flask", "celery", "anyascii", "rapidfuzz", "sklearn", "catsim", "openai", "pydantic_settings")


def test_the_command_and_the_start_of_label_studio_need_nothing_of_the_services() -> None:
    """Importing them touches no library that Label Studio's environment lacks."""
    asked = (
        f"import sys; sys.modules.update(dict.fromkeys({SERVICE_ALONE!r}))\n"
        "import ls_expert_plugin.cli.main, ls_expert_plugin.servers, ls_expert_plugin.handshake, ls_expert_plugin.agreement.ab_metrics"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
