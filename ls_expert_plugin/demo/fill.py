"""Filling a new Label Studio with the demo, once: accounts, projects, tasks, verified experts, their annotations.

Each step looks at what is there before it adds, so a run that was cut off is simply run again. Nothing about pre-labels is
put in: they are computed from the annotations the experts submit here.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.assembly import Parts, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.contributions.intake import read_outbox
from ls_expert_plugin.demo.accounts import ADMIN, EXPERTS, NEWCOMER, Account, BrowserSession, demo_password
from ls_expert_plugin.demo.content import DemoProject, demo_projects, result_of
from ls_expert_plugin.demo.dossiers import DOSSIERS
from ls_expert_plugin.errors import ExpertError, SettingError, StartError
from ls_expert_plugin.jobs import make_queue
from ls_expert_plugin.ls_client.studio import Studio
from ls_expert_plugin.ml_backend.first_learning import learn_new_projects
from ls_expert_plugin.vetting import assess, consent, interest, interview, profile, review
from ls_expert_plugin.vetting.values import Person, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.store import Unit

VERIFIED_FOR = dt.timedelta(days=365)
DONE_FILE = "demo_filled"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Demo:
    parts: Parts
    studio: Studio
    password: str
    out: TextIO

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)


def fill(settings: Settings, out: TextIO, *, foreign_is_fine: bool = False) -> int:
    """Fill in what is missing. Exit code 0. Raises ``ExpertError`` with a sentence that says what to do."""
    done = settings.data_dir / DONE_FILE
    if done.exists():
        print("The demo content is there already.", file=out)
        return 0
    if not settings.demo:
        raise SettingError("LS_EXPERT_DEMO: set it to true to load demo content. It is not for a Label Studio with real work in it.")
    parts = assemble(settings, queue=make_queue(settings))
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
    demo = _Demo(parts, parts.label_studio, demo_password(settings.data_dir), out)
    projects = demo_projects()
    ours = {project.title for project in projects}
    foreign = [project.title for project in demo.studio.projects() if project.title not in ours]
    if foreign and not foreign_is_fine:
        raise StartError(f"This Label Studio has projects of its own ({foreign[0]!r}, …). Add --yes to put the demo beside them.")
    tokens = _accounts(demo)
    ids = _projects(demo, projects)
    for account in EXPERTS:
        _verify(demo, account)
    for account in EXPERTS:
        _annotate(demo, account, tokens[account.email], [p for p in projects if p.domain == account.domain], ids)
    read_outbox(parts.store, parts.extension, parts.packs, parts.clock)
    learnt = learn_new_projects(parts.store, demo.studio, parts.clock())
    demo.say(f"The pre-labeller has learnt {len(learnt)} projects from these annotations.")
    done.touch()
    return 0


def _accounts(demo: _Demo) -> dict[str, str]:
    """Sign everybody up; returns the experts' tokens by e-mail."""
    tokens: dict[str, str] = {}
    for account in (NEWCOMER, *EXPERTS):
        session = BrowserSession(demo.parts.settings.label_studio_url)
        session.sign_in_or_up(account, demo.password)
        if account.domain:
            tokens[account.email] = _kept_token(demo, account, session)
        session.close()
    read_outbox(demo.parts.store, demo.parts.extension, demo.parts.packs, demo.parts.clock)
    demo.say(f"Accounts: {1 + len(tokens)} people signed up.")
    return tokens


def _kept_token(demo: _Demo, account: Account, session: BrowserSession) -> str:
    path = demo.parts.settings.data_dir / "secrets" / f"token_{account.domain}"
    if not path.exists():
        token = session.new_token()
        path.touch(mode=0o600)
        path.write_text(token)
    return path.read_text().strip()


def _projects(demo: _Demo, projects: list[DemoProject]) -> dict[str, int]:
    """Make the projects with their tasks and set what they ask for; returns ids by key."""
    there = {project.title: project.ls_project_id for project in demo.studio.projects()}
    ids: dict[str, int] = {}
    sdk = demo.studio.sdk
    for number, project in enumerate(projects, start=1):
        if project.title not in there:
            made = sdk.projects.create(
                title=project.title, description=project.description, label_config=project.label_config,
                expert_instruction=project.expert_instruction, show_instruction=False,
            )
            there[project.title] = made.id
        ids[project.key] = there[project.title]
        if not any(True for _ in sdk.tasks.list(project=ids[project.key], page_size=1)):
            sdk.projects.import_tasks(id=ids[project.key], request=[task.as_import for task in project.tasks])
        demo.say(f"Project {number} of {len(projects)}: {project.title}, {len(project.tasks)} tasks.")
    read_outbox(demo.parts.store, demo.parts.extension, demo.parts.packs, demo.parts.clock)
    demo.parts.routing.apply({ids[project.key]: project.wanted for project in projects})
    return ids


def _verify(demo: _Demo, account: Account) -> None:
    """Take an expert through profile, interview and review."""
    parts, domain = demo.parts, account.domain or ""
    pack, dossier, now = parts.packs[domain], DOSSIERS[domain], parts.clock()
    with parts.store.begin() as unit:
        people = {person.email: person for person in unit.people.all()}
        if account.email not in people or ADMIN.email not in people:
            raise ExpertError(f"{account.email} or {ADMIN.email} has not arrived from Label Studio yet. Start again.")
        person, admin = people[account.email], people[ADMIN.email]
        verification = interest.express_interest(unit, person, domain, parts.packs, now)
        if verification.status == "verified":
            return
        consent.give(unit, person, "matching", consent.PURPOSES[0].version, now)
        if not unit.claims.of(person.id):
            for kind, fields in dossier.claims:
                profile.add(unit, person, kind, fields, now)
        if verification.status in ("interested", "interviewing"):
            _hold_interview(demo, unit, person, verification.id, pack)
        held = unit.interviews.of_verification(verification.id)
    if held is not None:
        assess.run(parts.store, held.id, parts.packs, None, now)
    with parts.store.begin() as unit:
        until = (now + VERIFIED_FOR).date()
        checked = [claim.id for claim in unit.claims.of(person.id) if claim.kind in ("licence", "language")]
        review.verify(
            unit, admin, verification.id, until, f"Demo account, {pack.title}.", now, specialties=dossier.specialties, level=dossier.level,
            checked_claims=checked, packs=parts.packs, looked_at=pack.policy.look_at,
        )
    parts.routing.refresh(person.ls_user_id)
    demo.say(f"{account.first_name} {account.last_name} is a verified expert in {pack.title.lower()}.")


def _hold_interview(demo: _Demo, unit: Unit, person: Person, verification_id: int, pack: Pack) -> None:
    """The whole interview with the written questions, answered from the dossier."""
    settings, clock = demo.parts.settings, demo.parts.clock
    answers = cycle(DOSSIERS[pack.id].answers)
    held = interview.start(unit, person, verification_id, pack, clock())
    question: Turn | None = held.turns[-1]
    while question is not None:
        interview.answer(
            unit, person, held.id, question.position, next(answers), settings.turn_max_chars, clock()
        )
        question = interview.ask_next(unit, held.id, pack, None, interview.WRITTEN, clock())


def _annotate(demo: _Demo, account: Account, token: str, projects: list[DemoProject], ids: dict[str, int]) -> None:
    """Submit the expert's annotations as the expert: with their token, through their own access."""
    mine = Studio(demo.parts.settings.label_studio_url, token)
    submitted = 0
    for project in projects:
        tasks = {str(task.data): task for task in mine.sdk.tasks.list(project=ids[project.key], fields="all")}
        for content in project.tasks[: project.annotated_first]:
            task = tasks[str(dict(content.data))]
            if not task.annotations:
                mine.sdk.annotations.create(id=task.id, result=result_of(project, content))
                submitted += 1
    demo.say(f"{account.first_name} {account.last_name} submitted {submitted} annotations.")
