"""``make run``: from a fresh checkout to a running system, with the standard library alone.

Makes the two environments (Label Studio pins ``openai<2``, so it has its own), starts Label Studio, the service, the worker
and the ML backend, waits until each answers, fills in the demo once, prints where to go, and stays in the foreground.
Ctrl-C ends what it started, and nothing else. Anything in the way is one sentence and exit code 1.
"""

import os
import sys

# Checked before anything newer than that is imported or written below.
if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make run PYTHON=python3.12")

import signal
import time
from pathlib import Path

from ls_expert_plugin.demo import environments, supervisor
from ls_expert_plugin.demo.environments import CannotStart

LABEL_STUDIO_STARTS_IN_S = 300
OURS_START_IN_S = 60


def main() -> int:
    """Run until interrupted; returns the exit code."""
    root = Path(__file__).resolve().parents[2]
    children = supervisor.Children()
    signal.signal(signal.SIGTERM, supervisor.interrupt)
    signal.signal(signal.SIGHUP, supervisor.interrupt)
    try:
        return _run(root, children)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        return 0
    finally:
        children.stop()


def _run(root: Path, children: supervisor.Children) -> int:
    started = time.monotonic()
    ports = {name: _port(name, default) for name, default in (("LS_PORT", 8080), ("EXPERT_PORT", 8090), ("ML_PORT", 9090))}
    if len(set(ports.values())) < len(ports):
        raise CannotStart("LS_PORT, EXPERT_PORT and ML_PORT must be three different ports.")
    for name, port in ports.items():
        supervisor.require_free(name, port)
    data_dir = Path(os.environ.get("DATA_DIR") or root / "data").expanduser().absolute()
    supervisor.require_writable(data_dir)
    made = environments.ensure(root)

    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    env = _environment(data_dir, ports)
    label_studio_url = env["LS_EXPERT_LABEL_STUDIO_URL"]
    password = environments.capture(made.expert_python, _PASSWORD, env)
    first = not (data_dir / "demo_filled").exists()
    _say("Starting Label Studio" + (" (the first time takes a minute: it sets up its database) …" if first else " …"))
    children.start("Label Studio", [str(made.label_studio_bin / "ls-expert"), "label-studio", "start", "--no-browser",
                                    "--internal-host", "127.0.0.1", "--port", str(ports["LS_PORT"]),
                                    "--data-dir", str(data_dir / "label-studio")],
                   {**env, **_label_studio_environment(data_dir, password)}, logs / "label-studio.log")
    expert = str(made.expert_bin / "ls-expert")
    environments.check(made.expert_python, ["-m", "ls_expert_plugin.cli", "migrate"], env)
    token_file = data_dir / "secrets" / "label_studio_token"
    if not token_file.exists():
        children.wait("Label Studio", f"{label_studio_url}/health/", LABEL_STUDIO_STARTS_IN_S)
        environments.check(made.expert_python, ["-c", _TOKEN], env)
    env["LS_EXPERT_LABEL_STUDIO_TOKEN"] = token_file.read_text().strip()

    _say("Starting the expert service, the ML backend and the worker …")
    children.start("Expert service", [expert, "serve", "--port", str(ports["EXPERT_PORT"])], env, logs / "service.log")
    children.start("ML backend", [expert, "ml-backend", "--port", str(ports["ML_PORT"])], env, logs / "ml-backend.log")
    worker = ("Worker", [expert, "worker"], env, logs / "worker.log")
    if not first:
        children.start(*worker)
    children.wait("Label Studio", f"{label_studio_url}/health/", LABEL_STUDIO_STARTS_IN_S)
    children.wait("Expert service", f"{env['LS_EXPERT_PUBLIC_URL']}/health", OURS_START_IN_S)
    children.wait("ML backend", f"{env['LS_EXPERT_ML_URL']}/health", OURS_START_IN_S)
    if first:
        _say("Filling in the demo content (once) …")
        for command in ("demo", "connect"):
            environments.show(made.expert_python, ["-m", "ls_expert_plugin.cli", command], env)
        # Only now: the worker would learn from the first ten annotations of a project while the rest arrive.
        children.start(*worker)
    children.wait_for_line("Worker", " ready.", OURS_START_IN_S)
    _say(f"\nReady after {time.monotonic() - started:.0f} s.\n" + _table(env, password, data_dir))
    name = children.wait_for_first_end()
    raise CannotStart(f"{name} has ended by itself. Its log is in {logs}; the others are being stopped.")


_PASSWORD = (
    "from pathlib import Path; import os; from ls_expert_plugin.demo.accounts import demo_password; "
    "print(demo_password(Path(os.environ['LS_EXPERT_DATA_DIR'])))"
)
_TOKEN = "from ls_expert_plugin.demo.admin_token import main; main()"


def _port(name: str, default: int) -> int:
    raw = os.environ.get(name) or str(default)
    if not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise CannotStart(f"{name}: {raw!r} is no port. Write a number from 1 to 65535.")
    return int(raw)


def _environment(data_dir: Path, ports: dict[str, int]) -> dict[str, str]:
    """What all our processes get. A team's own settings (a model endpoint, say) pass through; addresses are ours."""
    return {
        **os.environ,
        "LS_EXPERT_DEMO": "true",
        "LS_EXPERT_BLIND_PERCENT": "0",  # whoever tries it should see a pre-label on the first task
        "LS_EXPERT_DATA_DIR": str(data_dir),
        "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{ports['LS_PORT']}",
        "LS_EXPERT_LABEL_STUDIO_PUBLIC_URL": f"http://localhost:{ports['LS_PORT']}",
        "LS_EXPERT_PUBLIC_URL": f"http://localhost:{ports['EXPERT_PORT']}",
        "LS_EXPERT_SERVICE_URL": f"http://127.0.0.1:{ports['EXPERT_PORT']}",
        "LS_EXPERT_ML_URL": f"http://127.0.0.1:{ports['ML_PORT']}",
        "LS_EXPERT_ALLOWED_ADDRESSES": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
    }


def _label_studio_environment(data_dir: Path, password: str) -> dict[str, str]:
    return {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data_dir / "label-studio"),
        "LABEL_STUDIO_USERNAME": "admin@demo.example",
        "LABEL_STUDIO_PASSWORD": password,
    }


def _say(text: str) -> None:
    print(text, flush=True)


def _table(env: dict[str, str], password: str, data_dir: Path) -> str:
    studio, portal = env["LS_EXPERT_LABEL_STUDIO_PUBLIC_URL"], env["LS_EXPERT_PUBLIC_URL"]
    rows = [
        ("Label Studio", studio),
        ("Expert portal", f"{portal}  (sign-in comes from Label Studio)"),
        ("Admin pages", f"{portal}/admin/review"),
        ("ML backend", env["LS_EXPERT_ML_URL"]),
        ("", ""),
        ("Admin", "admin@demo.example"),
        ("Newcomer", "newcomer@demo.example"),
        ("Experts", "law@demo.example, medicine@demo.example, finance@demo.example"),
        ("Password of all", password),
        ("Data and logs", str(data_dir)),
    ]
    lines = [f"  {name:<16} {value}".rstrip() for name, value in rows]
    return "\n".join([
        *lines, "",
        "Try this: sign in to Label Studio as the newcomer. No project is there; open the expert portal from the notice,",
        "hold the interview in a domain, then, in another browser, verify the newcomer as the admin. The projects appear.",
        "Ctrl-C stops everything; your data stays.",
    ])


if __name__ == "__main__":
    sys.exit(main())
