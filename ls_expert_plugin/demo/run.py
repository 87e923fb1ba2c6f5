"""``make run``: from a fresh checkout to a running system, with the standard library alone.

Makes the two environments (Label Studio pins ``openai<2``, so it has its own), starts Label Studio, the service, the worker
and the ML backend, each as soon as what it needs is there, fills in the demo once (``demo/prepare.py``), prints where to go, and stays in the
foreground. Ctrl-C ends what it started, and nothing else. Anything in the way is one sentence and exit code 1.
"""

import os
import sys

# Checked before anything newer than that is imported or written below.
if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make run PYTHON=python3.12")

import time
from collections.abc import Callable
from pathlib import Path

from ls_expert_plugin.demo import environments, supervisor
from ls_expert_plugin.demo.credentials import demo_password, keep_secret_key
from ls_expert_plugin.demo.environments import CannotStart
from ls_expert_plugin.demo.run_lock import RunLock

LABEL_STUDIO_STARTS_IN_S = 300
OURS_START_IN_S = 60
POLL_S = 0.1
# What demo/prepare.py, which cannot be imported here, writes into its log.
DATABASE_READY = "The service's database is ready."


def main() -> int:
    """Run until interrupted; returns the exit code."""
    root = Path(__file__).resolve().parents[2]
    children = supervisor.Children()
    supervisor.restore_handlers()
    try:
        return _run(root, children)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(environments.why_not(problem, "while starting", "DATA_DIR"), file=sys.stderr)
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
    data_dir = Path(os.environ.get("DATA_DIR") or root / "data").expanduser().absolute()
    supervisor.require_writable(data_dir)
    environments.require_room(root, data_dir, environments.missing(root))
    lock = RunLock(data_dir)
    lock.take()
    children.lock = lock
    for name, port in ports.items():
        supervisor.require_free(name, port)
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    env = _environment(data_dir, ports)
    password = demo_password(data_dir)
    _make_environments(root, children, data_dir, logs)
    _start(environments.where(root), children, env, data_dir, password)
    _say(f"\nReady after {time.monotonic() - started:.0f} s.\n" + _table(env, password, data_dir))
    name = children.wait_for_first_end()
    raise CannotStart(f"{name} has ended by itself. Its log is in {logs}; the others are being stopped.")


def _make_environments(root: Path, children: supervisor.Children, data_dir: Path, logs: Path) -> None:
    """Begin to make what is missing: uv first, then both environments side by side."""
    missing = environments.missing(root)
    for name in missing:
        say = {"uv": "Fetching uv from the package index …", "label-studio": "Making Label Studio's environment (about 1 GB on disk) …",
               "expert": "Making the plugin's environment …"}
        _say(say[name])
        children.start(name, [sys.executable, environments.__file__, name], os.environ, logs / f"environment-{name}.log")
        while name == "uv" and not children.is_done(name):
            children.all_up()
            time.sleep(POLL_S)


def _start(made: environments.Environments, children: supervisor.Children, env: dict[str, str], data_dir: Path, password: str) -> None:
    """Start each part as soon as what it needs is there; returns when all answer and the demo is filled in."""
    logs, expert = data_dir / "logs", str(made.expert_bin / "ls-expert")
    token_file = data_dir / "secrets" / "label_studio_token"
    first = not (data_dir / "demo_filled").exists()
    to_make = children.names()

    def is_made(name: str) -> bool:
        return name not in to_make or children.is_done(name)

    def label_studio() -> None:
        _say("Starting Label Studio" + (" (the first time it sets up its database, half a minute) …" if first else " …"))
        keep_secret_key(data_dir / "label-studio")
        children.start(
            "Label Studio",
            [str(made.label_studio_bin / "python"), "-m", "ls_expert_plugin.label_studio.demo_server", "start", "--no-browser",
             "--internal-host", "127.0.0.1", "--port", env["LS_EXPERT_LABEL_STUDIO_URL"].rpartition(":")[2], "--data-dir", str(data_dir / "label-studio")],
            {**env, **_label_studio_environment(data_dir, password)}, logs / "label-studio.log",
            is_up=supervisor.answers(f"{env['LS_EXPERT_LABEL_STUDIO_URL']}/health/"), within_s=LABEL_STUDIO_STARTS_IN_S,
        )

    def prepare() -> None:
        children.start("prepare", [str(made.expert_python), "-m", "ls_expert_plugin.demo.prepare"], env, logs / "prepare.log", shows_output=True)

    def ours(name: str, log: str, arguments: list[str], is_up: Callable[[str], bool]) -> None:
        with_token = {**env, "LS_EXPERT_LABEL_STUDIO_TOKEN": token_file.read_text().strip()}
        children.start(name, [expert, *arguments], with_token, logs / log, is_up=is_up, within_s=OURS_START_IN_S)

    def servers() -> None:
        _say("Starting the expert service and the ML backend …")
        for name, log, command, url in (
            ("Expert service", "service.log", "serve", env["LS_EXPERT_SERVICE_URL"]), ("ML backend", "ml-backend.log", "ml-backend", env["LS_EXPERT_ML_URL"]),
        ):
            ours(name, log, [command, "--port", url.rpartition(":")[2]], supervisor.answers(f"{url}/health"))

    def can_serve() -> bool:
        return token_file.exists() and children.has_said("prepare", DATABASE_READY)

    def can_work() -> bool:
        # Not before: the worker would learn from the first ten annotations of a project while the rest arrive.
        return can_serve() and ((data_dir / "demo_learnt").exists() or not first)

    waiting: list[tuple[Callable[[], bool], Callable[[], None]]] = [
        (lambda: is_made("label-studio"), label_studio),
        (lambda: is_made("expert"), prepare),
        (can_serve, servers),
        (can_work, lambda: ours("Worker", "worker.log", ["worker"], lambda said: " ready." in said)),
    ]
    while not children.all_up() or waiting or not children.is_done("prepare"):
        for step in [step for step in waiting if step[0]()]:
            waiting.remove(step)
            step[1]()
        time.sleep(POLL_S)


def _port(name: str, default: int) -> int:
    raw = os.environ.get(name) or str(default)
    if not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise CannotStart(f"{name}: {raw!r} is no port. Write a number from 1 to 65535.")
    return int(raw)


def _environment(data_dir: Path, ports: dict[str, int]) -> dict[str, str]:
    """What all our processes get. A team's own settings (a model endpoint, say) pass through; addresses are ours."""
    return {
        **environments.keeping_bytecode(os.environ),
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
