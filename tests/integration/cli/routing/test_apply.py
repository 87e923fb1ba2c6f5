"""`ls-expert apply`, `export-routing` and `explain` as a person types them, on a real database and a real Label Studio."""

from __future__ import annotations

import datetime as dt
import io
import os
import pty
import select
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from ls_expert_plugin.cli.main import main
from ls_expert_plugin.cli.routing.explain import JSON
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.json_shape import fits
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio
from tests.support.servers.postgresql import free_port

ADA, BEN, BOSS, EVE = 7, 8, 1, 9
PEOPLE = {ADA: ("ada@example.org", "Ada Quill", "expert"), BEN: ("ben@example.org", "", "expert"), BOSS: ("boss@example.org", "", "manager"),
          EVE: ("eve@example.org", "Eve Left", "expert")}
FILE = """\
version: 1
projects:
  - title: Clause types
    domain: law
    specialties: {any: [commercial_contracts, corporate]}
    minimum_level: 3
    mode: invited
    invited: [ada@example.org, {user: 8, until: 2999-01-31T18:00:00+01:00}]
    shows_others_work: true
    tasks: {specialty_field: data.specialty}
  - project: 13
    domain: law
    max_experts: 1
"""


def now() -> dt.datetime:
    """The real clock: the command's own is."""
    return dt.datetime.now(dt.timezone.utc)


class Desk:
    """A service's database and somebody at a shell beside it."""

    def __init__(self, folder: Path, label_studio_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.settings = {
            "LS_EXPERT_DATA_DIR": str(folder), "LS_EXPERT_LABEL_STUDIO_URL": label_studio_url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET,
            "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
        }
        url = f"sqlite:///{folder / 'expert.sqlite3'}"
        self.settings["LS_EXPERT_DATABASE_URL"] = url
        for name, value in self.settings.items():
            monkeypatch.setenv(name, value)
        migrate(url)
        self.store = Database(url)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command as a program, without a terminal."""
        return subprocess.run(
            [sys.executable, "-m", "ls_expert_plugin.cli.main", *arguments], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
        )

    def quick(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same in this process: starting Python with everything the service needs takes seconds."""
        out, wrong = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(wrong):
            code = main(arguments)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), wrong.getvalue())

    def at_a_terminal(self, answer: str, *arguments: str) -> tuple[int, str]:
        """The command at a terminal, with this typed when it asks; its exit code and everything on the screen."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "ls_expert_plugin.cli.main", *arguments], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE
        )
        os.close(theirs)
        screen = b""
        asked = False
        while select.select([ours], [], [], 60)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux says so when the other side has closed
                break
            screen += piece
            if not asked and b"[y/N]" in screen:
                asked = True
                os.write(ours, answer.encode() + b"\n")
        os.close(ours)
        process.communicate(timeout=60)
        return process.returncode, screen.decode()

    def write(self, text: str) -> str:
        """A file with this text; its path."""
        path = self.folder / "routing.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def verify(self, ls_user_id: int, domain: str, specialties: tuple[str, ...] = (), level: int | None = None) -> dt.datetime:
        """What a review writes; until when."""
        until = (now() + dt.timedelta(days=100)).replace(microsecond=0)
        with self.store.begin() as unit:
            person = unit.people.by_ls_user_id(ls_user_id)
            assert person is not None
            verification = unit.verifications.add(person.id, domain, "interested", now())
            unit.verifications.change(
                verification.id, "verified", actor_person_id=person.id, reason="test", now=now(), valid_until_utc=until
            )
            unit.verifications.judge(verification.id, specialties, level, actor_person_id=person.id, note=None, now=now())
        return until

    def state(self) -> str:
        """What every project asks for, as the command prints it."""
        done = self.quick("export-routing")
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Four people, one of whom has left, and three projects; Label Studio is away."""
    desk = Desk(tmp_path, f"http://127.0.0.1:{free_port()}", monkeypatch)
    with desk.store.begin() as unit:
        for ls_user_id, (email, name, role) in PEOPLE.items():
            unit.people.save(ls_user_id, email, name, role, now())
        unit.people.mark_gone(EVE, dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.timezone.utc))
        for ls_project_id, title in ((12, "Clause types"), (13, "Letters"), (14, "Left alone")):
            unit.projects.heard_of(ls_project_id, title, now())
    yield desk
    desk.store.close()


def test_the_plan_says_what_changes_and_for_whom_and_changes_nothing(desk: Desk) -> None:
    """Field by field, who gains and who loses, how many; after a dry run all is as before."""
    desk.verify(ADA, "law", ("corporate",), 4)
    desk.verify(BEN, "law", ("corporate",), 2)
    before = desk.state()
    done = desk.run("apply", desk.write(FILE), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout == """\
Project 12 “Clause types”
  domain: none → law
  specialties: any → any of commercial_contracts, corporate
  minimum_level: any → 3
  mode: open → invited
  invited: nobody → ada@example.org, ben@example.org until 2999-01-31T17:00:00Z
  shows_others_work: false → true
  tasks: all → those whose data.specialty is theirs
  gain access: 1: Ada Quill <ada@example.org>
  lose access: nobody

Project 13 “Letters”
  domain: none → law
  max_experts: any → 1
  gain access: 1: Ada Quill <ada@example.org>
  lose access: nobody
  match and wait for a place: 1: ben@example.org

2 projects change. Gaining access to one or more: 1 person; losing: nobody.
Dry run: nothing was changed.
"""
    assert desk.state() == before


def test_applying_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    """The first run does what the plan says and that Label Studio will be told; projects that are not named stay."""
    path = desk.write(FILE)
    first = desk.quick("apply", path)
    assert first.returncode == 0 and first.stdout.endswith("Done. Label Studio did not answer; it will be told as soon as it does.\n"), first.stderr
    second = desk.quick("apply", path)
    assert (second.returncode, second.stdout) == (0, "Nothing to change.\n"), second.stderr
    assert desk.state().endswith("  - project: 14  # Left alone\n    domain: null\n")


def test_what_is_exported_changes_nothing_when_applied(desk: Desk) -> None:
    """The present state as a file, there and back; and a file from before brings it back."""
    desk.quick("apply", desk.write(FILE))
    exported = desk.state()
    assert "invited:\n      - email" not in exported and "specialties: {any: [commercial_contracts, corporate]}" in exported
    same = desk.quick("apply", desk.write(exported))
    assert (same.returncode, same.stdout) == (0, "Nothing to change.\n"), same.stderr
    desk.quick("apply", desk.write("version: 1\nprojects:\n  - {project: 12, domain: null}\n"))
    assert desk.state() != exported
    desk.quick("apply", desk.write(exported))
    assert desk.state() == exported


def test_with_one_mistake_nothing_is_changed(desk: Desk) -> None:
    """Every mistake is a line with file, line and field, no traceback, exit code 1; the entries that were right are not set."""
    before = desk.state()
    path = desk.write(FILE.replace("corporate", "corprate") + "  - {project: 14, domain: lwa}\n  - {title: Nowhere, domain: law}\n")
    done = desk.run("apply", path)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "ls-expert: Nothing was changed: 3 mistakes."
    assert [line.split(": ")[:2] for line in lines[1:]] == [
        [f"{path}:5", "projects[0].specialties"], [f"{path}:14", "projects[2].domain"], [f"{path}:15", "projects[3].title"],
    ]
    assert "corprate" in lines[1] and "lwa" in lines[2] and "Nowhere" in lines[3]
    assert desk.state() == before


def test_somebody_at_a_terminal_is_asked_before_anybody_loses_access(desk: Desk) -> None:
    """No is no; yes does it; with --yes, or without a terminal, nobody is asked."""
    desk.verify(BEN, "law")
    opened = desk.write("version: 1\nprojects:\n  - {project: 13, domain: law}\n")
    assert desk.quick("apply", opened).returncode == 0
    before = desk.state()
    closed = desk.write("version: 1\nprojects:\n  - {project: 13, domain: null}\n")
    code, screen = desk.at_a_terminal("", "apply", closed)
    assert code == 3 and "1 person loses access to a project. Go on? [y/N]" in screen and "Nothing was changed." in screen
    assert desk.state() == before
    code, screen = desk.at_a_terminal("y", "apply", closed)
    assert code == 0 and "Done." in screen and desk.state() != before
    desk.quick("apply", desk.write(before))
    code, screen = desk.at_a_terminal("no", "apply", desk.write("version: 1\nprojects:\n  - {project: 13, domain: null}\n"), "--yes")
    assert code == 0 and "[y/N]" not in screen and "lose access: 1: ben@example.org" in screen


def test_explain_says_each_rule_and_the_exit_code_says_whether(desk: Desk) -> None:
    """By address or number, project by number or title; 0 with access, 3 without, 1 when nobody is meant."""
    until = desk.verify(ADA, "law", ("corporate",), 4)
    desk.verify(BEN, "law", ("corporate",), 2)
    desk.quick("apply", desk.write(FILE))
    ada = desk.quick("explain", "ada@example.org", "Clause types")
    assert ada.returncode == 0, ada.stdout + ada.stderr
    lines = ada.stdout.splitlines()
    assert lines[0] == "Ada Quill <ada@example.org> (user 7), project 12 “Clause types”"
    assert lines[-1] == f"Access until {until:%Y-%m-%d %H:%M} UTC."
    assert all(line.startswith("  yes  ") for line in lines[1:-1]) and len(lines) == 6
    as_json = desk.quick("explain", "ada@example.org", "Clause types", "--json")
    assert (as_json.returncode, fits(as_json.stdout, JSON)) == (ada.returncode, True) and as_json.stdout.count('"met"') == ada.stdout.count("\n  ")
    ben = desk.run("explain", "8", "12")
    assert ben.returncode == 3 and "  NO   Level 3 or higher: level 2" in ben.stdout
    assert ben.stdout.splitlines()[-1] == "No access. What is missing: Level 3 or higher."
    assert ", until 2999-01-31 17:00 UTC" in ben.stdout


def test_explain_knows_managers_and_people_who_have_left(desk: Desk) -> None:
    """A manager sees everything; whoever has left sees nothing; nobody at all is a sentence."""
    boss = desk.quick("explain", "boss@example.org", "14")
    assert boss.returncode == 0 and "managers see every project" in boss.stdout
    for name in ("eve@example.org", "9"):
        eve = desk.quick("explain", name, "14")
        assert eve.returncode == 3 and eve.stdout.endswith("No access: left Label Studio on 2026-01-02 03:04 UTC.\n")
    hidden = desk.quick("explain", "7", "Left alone")
    assert hidden.returncode == 3 and hidden.stdout.splitlines()[-1].startswith("No access.")
    for arguments in (("nobody@example.org", "14"), ("7", "Nowhere"), ("99", "14"), ("7", "9" * 5000)):
        done = desk.quick("explain", *arguments)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1) and done.stderr.startswith("ls-expert: "), done.stderr


def test_an_invitation_ends_by_itself(desk: Desk) -> None:
    """The end of an invitation bounds access; the file with the end that has passed stays applicable."""
    desk.verify(ADA, "law")
    until = (now() + dt.timedelta(days=3)).replace(microsecond=0)
    text = "version: 1\nprojects:\n  - {project: 13, domain: law, mode: invited, invited: [{user: 7, until: " + until.isoformat() + "}]}\n"
    assert desk.quick("apply", desk.write(text)).returncode == 0
    assert f"Access until {until:%Y-%m-%d %H:%M} UTC." in desk.quick("explain", "7", "13").stdout
    with desk.store.read() as unit:
        assert [(one.ls_project_id, one.active, one.valid_until_utc) for one in unit.memberships.of(ADA)] == [(13, True, until)]
    past = now() - dt.timedelta(hours=1)
    done = desk.quick("apply", desk.write(text.replace(until.isoformat(), past.isoformat())))
    assert done.returncode == 1 and "invited[0].until" in done.stderr and "is in the past" in done.stderr
    with desk.store.begin() as unit:  # three days later
        unit.projects.invite(13, {ADA: past}, now())
    assert desk.quick("explain", "7", "13").returncode == 3
    again = desk.quick("apply", desk.write(desk.state()))
    assert (again.returncode, again.stdout) == (0, "Nothing to change.\n"), again.stderr


def test_label_studio_knows_at_once(label_studio: LabelStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real Label Studio: after applying, the project is in the expert's list; after applying null it is gone."""
    desk = Desk(tmp_path, label_studio.url, monkeypatch)
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    project = label_studio.new_project(f"From a file {uuid.uuid4().hex}", ["one"])
    with closing(desk.store):
        with desk.store.begin() as unit:
            unit.people.save(member.id, member.email, "", "expert", now())
            unit.projects.heard_of(project, "From a file", now())
        desk.verify(member.id, "law")
        done = desk.run("apply", desk.write(f"version: 1\nprojects:\n  - {{project: {project}, domain: law}}\n"))
        assert done.returncode == 0 and done.stdout.endswith("Done. Synced with Label Studio.\n"), done.stdout + done.stderr
        assert [one["id"] for one in member.http.get("/api/projects/").json()["results"]] == [project]
        desk.quick("apply", desk.write(f"version: 1\nprojects:\n  - {{project: {project}, domain: null}}\n"))
        assert member.http.get("/api/projects/").json()["results"] == []
