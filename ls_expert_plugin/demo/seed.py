"""Filling a new Label Studio with the demo, once: accounts, projects, tasks, verified experts, their annotations.

Each step looks at what is there before it adds, so a run that was cut off is simply run again. People sign up while the projects are made, and
the experts work side by side. Nothing about pre-labels is put in: they are computed from the annotations the experts submit here.
"""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.demo.accounts import ADMIN, EXPERTS, NEWCOMER, Account, BrowserSession
from ls_expert_plugin.demo.admin_token import keep_token
from ls_expert_plugin.demo.content import DemoProject, demo_projects, result_of
from ls_expert_plugin.demo.credentials import password_of
from ls_expert_plugin.demo.seed_experts import DOSSIERS
from ls_expert_plugin.errors import ExpertError, SettingError, StartError
from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.ml_backend.learned.first_learning import learn_new_projects
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.interview import session as interview
from ls_expert_plugin.vetting.lifecycle import interest
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.values import Person, Turn
from ls_expert_plugin.worker.queue import make_queue

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

VERIFIED_FOR = dt.timedelta(days=365)
DONE_FILE = "demo_filled"


@dataclass(frozen=True)
class _Demo:
    parts: Components
    studio: SdkClient
    out: TextIO
    # Set when it is to end: whatever runs in a thread ends with the request it is at.
    ends: threading.Event = field(default_factory=threading.Event)

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)


def fill(settings: Settings, out: TextIO, *, foreign_is_fine: bool = False) -> int:
    """Fill in what is missing. Exit code 0. Raises ``ExpertError`` with a sentence that says what to do."""
    done = settings.data_dir / DONE_FILE
    if done.exists():
        print("The demo content is there already.", file=out)
        return 0
    fill_in(settings, out, foreign_is_fine=foreign_is_fine)
    done.touch()
    return 0


def fill_in(settings: Settings, out: TextIO, *, foreign_is_fine: bool = False) -> None:
    """The same without looking whether it was done, and without noting that it is. Raises ``ExpertError``."""
    if not settings.demo:
        raise SettingError("LS_EXPERT_DEMO: set it to true to load demo content. It is not for a Label Studio with real work in it.")
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        if parts.label_studio is None:
            raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
        demo = _Demo(parts, parts.label_studio, out)
        try:
            _fill(demo, foreign_is_fine)
        finally:
            demo.ends.set()


def _fill(demo: _Demo, foreign_is_fine: bool) -> None:
    parts, projects = demo.parts, demo_projects()
    there = {project.title: project.ls_project_id for project in demo.studio.projects()}
    foreign = sorted(there.keys() - {project.title for project in projects})
    if foreign and not foreign_is_fine:
        raise StartError(f"This Label Studio has projects of its own ({foreign[0]!r}, …). Add --yes to put the demo beside them.")
    signed_up = {member.email for member in parts.extension.members()}
    with ThreadPoolExecutor(len(EXPERTS) + 1) as pool:
        try:
            entering = {account: pool.submit(_enter, demo, account, account.email in signed_up) for account in (NEWCOMER, *EXPERTS)}
            ids = _projects(demo, projects, there)
            tokens = {account: one.result() for account, one in entering.items()}
            read_outbox(parts.store, parts.extension, parts.routing.configuration, parts.clock)
            parts.routing.apply({ids[project.key]: project.wanted for project in projects})
            demo.say(f"{len(projects)} projects with {sum(len(project.tasks) for project in projects)} tasks; {len(tokens)} people signed up.")
            working: list[Future[int]] = []
            for account in EXPERTS:
                _verify(demo, account)
                theirs = [project for project in projects if project.domain == account.domain]
                working.append(pool.submit(_annotate, demo, tokens[account], theirs, ids))
            demo.say(f"{', '.join(f'{account.first_name} {account.last_name}' for account in EXPERTS)} are verified experts, and annotate …")
            submitted = sum(one.result() for one in working)
        except BaseException:
            demo.ends.set()  # before the pool is waited for
            raise
    read_outbox(parts.store, parts.extension, parts.routing.configuration, parts.clock)
    learnt = learn_new_projects(parts.store, demo.studio, parts.clock())
    demo.say(f"They submitted {submitted} annotations; the pre-labeller has learnt {len(learnt)} projects from them.")


def _enter(demo: _Demo, account: Account, has_account: bool) -> str:
    """Sign somebody up who is not there yet; an expert's token, and nothing for others."""
    token_file = demo.parts.settings.data_dir / "secrets" / f"token_{account.domain}"
    if has_account and (account.domain is None or token_file.exists()):
        return token_file.read_text().strip() if account.domain else ""
    with closing(BrowserSession(demo.parts.settings.label_studio_url)) as session:
        password = password_of(demo.parts.settings.data_dir, account.email)
        (session.sign_in if has_account else session.sign_up)(account, password)
        return keep_token(token_file, session) if account.domain else ""


def _projects(demo: _Demo, projects: list[DemoProject], there: dict[str, int]) -> dict[str, int]:
    """Make the projects with their tasks; returns ids by key. ``there``: ids by title."""
    ids: dict[str, int] = {}
    sdk = demo.studio.sdk
    for project in projects:
        if project.title in there:
            ids[project.key] = there[project.title]
            if any(True for _ in sdk.tasks.list(project=ids[project.key], page_size=1)):
                continue
        else:
            ids[project.key] = sdk.projects.create(
                title=project.title, description=project.description, label_config=project.label_config,
                expert_instruction=project.expert_instruction, show_instruction=False,
            ).id
        sdk.projects.import_tasks(id=ids[project.key], request=[task.as_import for task in project.tasks])
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
                forms.add(unit, person, kind, fields, now)
        if verification.status in ("interested", "interviewing"):
            _hold_interview(demo, unit, person, verification.id, pack)
        held = unit.interviews.of_verification(verification.id)
    if held is not None:
        run.run(parts.store, held.id, parts.packs, None, now)
    with parts.store.begin() as unit:
        until = (now + VERIFIED_FOR).date()
        checked = [claim.id for claim in unit.claims.of(person.id) if claim.kind in ("licence", "language")]
        actions.verify(
            unit, admin, verification.id, until, f"Demo account, {pack.title}.", now, specialties=dossier.specialties, level=dossier.level,
            checked_claims=checked, packs=parts.packs, looked_at=pack.policy.look_at,
        )
    parts.routing.refresh(person.ls_user_id)


def _hold_interview(demo: _Demo, unit: UnitOfWork, person: Person, verification_id: int, pack: Pack) -> None:
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


def _annotate(demo: _Demo, token: str, projects: list[DemoProject], ids: dict[str, int]) -> int:
    """Submit an expert's annotations as the expert: with their token, through their own access. How many were submitted now."""
    submitted = 0
    with closing(SdkClient(demo.parts.settings.label_studio_url, token)) as mine:
        for project in projects:
            tasks = {str(task.data): task for task in mine.sdk.tasks.list(project=ids[project.key], fields="all", page_size=len(project.tasks))}
            for content in project.tasks[: project.annotated_first]:
                task = tasks[str(dict(content.data))]
                if demo.ends.is_set():
                    return submitted
                if not task.annotations:
                    mine.sdk.annotations.create(id=task.id, result=result_of(project, content))
                    submitted += 1
    return submitted
