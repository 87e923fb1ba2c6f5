"""The portal on a real database, with browsers that sign in the way Label Studio lets them. For tests of ``web/``."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from flask import Flask, redirect, request
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.serving import make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response as WerkzeugResponse

from ls_expert_plugin.config import load
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ls_client.tokens import TokenOwners
from ls_expert_plugin.prelabels.switching import Offer
from ls_expert_plugin.protocol.handshake import sign_handoff
from ls_expert_plugin.registries import plugins
from ls_expert_plugin.routing.configuration import RoutingConfiguration, routing_configuration
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.profile import claim_history, suggesting
from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.app import create_app
from ls_expert_plugin.web.services import Services
from tests.support.builders.vetting_samples import LONG_ENOUGH, NOW, in_other_words, pack
from tests.support.fakes.extension import ExtensionHere

LABEL_STUDIO = "http://label-studio.example:8080"
SECRETS = {name: name[10:].lower() * 3 for name in ("LS_EXPERT_SECRET_KEY", "LS_EXPERT_SHARED_SECRET", "LS_EXPERT_WEBHOOK_SECRET")}
CANDIDATE, MANAGER, OTHER, CREATOR = 7, 1, 8, 2
NO_RULES = Rules()
PEOPLE = {CANDIDATE: ("ada@example.org", "Ada Quill", "expert"), MANAGER: ("boss@example.org", "", "manager"),
          OTHER: ("ben@example.org", "Ben Ochre", "expert"), CREATOR: ("first@example.org", "Fay First", "manager")}


class RoutingHere(RoutingService):
    """The real routing, with ``ExtensionHere`` at its other end. ``answers``: is Label Studio there? ``told``: whom it was told of."""

    def __init__(self, store: Database, extension: ExtensionHere, configuration: RoutingConfiguration, secret: str, clock: Any, **more: Any) -> None:
        super().__init__(store, extension.client(secret), configuration, LABEL_STUDIO, clock, **more)
        self._extension = extension
        self.told: list[int] = []

    @property
    def answers(self) -> bool:
        return self._extension.answers

    @answers.setter
    def answers(self, yes: bool) -> None:
        self._extension.answers = yes

    def refresh(self, ls_user_id: int) -> bool:
        told = super().refresh(ls_user_id)
        self.told += [ls_user_id] if told else []
        return told


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all the applications that tests make."""

    _kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


class Portal:
    """The application and its parts, with Label Studio's end of the line in ``extension``.

    ``now`` may be moved; ``jobs`` is what the worker was handed.
    """

    def __init__(
        self, store: Database, *, model: LanguageModel | None = None, packs: Mapping[str, Pack] | None = None, **environ: str
    ) -> None:
        self.now = NOW
        self.store = store
        self.settings = load({**SECRETS, "LS_EXPERT_LABEL_STUDIO_URL": LABEL_STUDIO, **environ})
        self.extension = ExtensionHere(CREATOR, self.people, self.titles)
        self.token_owners = TokenOwners(self.settings.label_studio_url)
        self.offers: dict[int, Offer] = {}  # what there is to switch to now, by project
        self.jobs: list[tuple[str, dict[str, Any]]] = []
        self.checks: Mapping[str, CredentialCheck] = plugins.checks(self.settings)
        self.packs = packs or {"law": pack()}

        def queue(name: str, **arguments: Any) -> None:
            self.jobs.append((name, arguments))

        self.routing = RoutingHere(
            store, self.extension, routing_configuration(self.settings, self.packs), self.settings.shared_secret, lambda: self.now, queue=queue,
        )
        self.model, client = model, self.extension.client(self.settings.shared_secret)
        self.app: Flask = create_app(Services(
            settings=self.settings, store=store, packs=self.packs, interview_model=model, routing=self.routing,
            queue=queue, clock=lambda: self.now, token_owner=self.token_owners.owner, checks=self.checks,
            prelabel_offer=lambda ls_project_id: self.offers[ls_project_id],
            member=client.member, task_counts=client.task_counts,
        ))
        self.app.jinja_env.bytecode_cache = CompiledTemplates()

    def browser(self, ls_user_id: int | None = None) -> Browser:
        """A browser; with an id, signed in."""
        browser = Browser(self)
        if ls_user_id is not None:
            assert browser.sign_in(ls_user_id).status_code == 303
        return browser

    def handoff(self, ls_user_id: int, state: str, now: dt.datetime | None = None, secret: str | None = None, role: str | None = None) -> str:
        """What Label Studio's extension would sign. ``role``: another than they had."""
        there = {one.ls_user_id: (one.email, one.name, one.role) for one in self.people()}
        email, name, had = PEOPLE.get(ls_user_id) or there[ls_user_id]
        return sign_handoff(
            secret or self.settings.shared_secret, ls_user_id=ls_user_id, email=email, name=name, role=role or had,
            state=state, now=now or self.now,
        )

    def project(self, ls_project_id: int, title: str, domain: str | None = None) -> None:
        """A project that Label Studio has told us of."""
        with self.store.begin() as unit:
            unit.projects.heard_of(ls_project_id, title, self.now)
        if domain:
            self.routing.set_domain(ls_project_id, domain)

    def asks(self, ls_project_id: int, title: str, requirement: Requirement | None, rules: Rules = NO_RULES, invited: Collection[int] = ()) -> None:
        """The same, with everything it asks for."""
        self.project(ls_project_id, title)
        self.routing.apply({ls_project_id: TargetState(requirement, rules, frozenset(invited))})

    def member(self, ls_user_id: int, name: str, *, domain: str | None = None, **found: Any) -> Person:
        """A member of Label Studio; with a domain, verified in it with what a reviewer ``found``: specialties and level."""
        with self.store.begin() as unit:
            person = members.joined(unit, ls_user_id, f"{name.split()[0].lower()}{ls_user_id}@example.org", name, "expert", self.now)
            if domain:
                verification = unit.verifications.add(person.id, domain, "interested", self.now)
                unit.verifications.change(
                    verification.id, "verified", actor_person_id=None, reason="", now=self.now, valid_until_utc=self.now + dt.timedelta(days=200)
                )
                unit.verifications.judge(
                    verification.id, found.get("specialties", ()), found.get("level"), actor_person_id=person.id, note=None, now=self.now
                )
        self.routing.refresh(ls_user_id)
        return person

    def people(self) -> tuple[Person, ...]:
        """Everybody who is there."""
        with self.store.read() as unit:
            return unit.people.all()

    def titles(self) -> list[tuple[int, str]]:
        """Every project that is there."""
        with self.store.read() as unit:
            return [(project.ls_project_id, project.title) for project in unit.projects.all()]

    def work(self) -> None:
        """Do the jobs that wait, as the worker does."""
        while self.jobs:
            name, arguments = self.jobs.pop(0)
            if name == "assess":
                run.run(self.store, arguments["interview_id"], self.packs, self.model, self.now)
                suggesting.make(self.store, arguments["interview_id"], self.packs, self.model, self.now)
            if name == "look_up":
                claim_history.look_up(self.store, arguments["claim_id"], self.checks, self.now)


class Browser:
    """A client with cookies that sends forms with their token, as the pages do."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.client: FlaskClient = portal.app.test_client()
        self._token = ""

    def sign_in(self, ls_user_id: int, wanted: str = "/", role: str | None = None) -> TestResponse:
        """Over to Label Studio and back."""
        self._token = ""
        there = self.client.get("/sign-in", query_string={"next": wanted}).headers["Location"]
        return self.client.get("/enter", query_string={"token": self.portal.handoff(ls_user_id, state_of(there), role=role)})

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        """The text of a page that must be there, dates and times without their tags."""
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return re.sub(r"</?time\b[^>]*>", "", response.text)

    def token(self) -> str:
        """The CSRF token of this browser's session."""
        if not self._token:
            found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get("/signed-out").text)
            assert found is not None
            self._token = found[1]
        return self._token

    def send(self, path: str, **fields: str | Collection[str]) -> TestResponse:
        """Send a form; a field with several values is sent several times. What comes back is not followed."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def call(self, path: str, body: Any = None, method: str = "POST") -> TestResponse:
        """What the page's script does."""
        return self.client.open(path, method=method, json=body, headers={"X-CSRFToken": self.token()})

    def begin_interview(self, domain: str = "law") -> int:
        """Interest, consent and the start of the interview; its id."""
        self.send(f"/domains/{domain}/interest")
        self.send("/consent/matching", agreed="yes", version="1")
        started = self.send(f"/domains/{domain}/interview")
        assert started.status_code == 303, started.text
        return int(started.headers["Location"].rsplit("/", 1)[1])

    def hold_interview(self, text: str, domain: str = "law") -> int:
        """The whole interview, with this answer to each question, in other words from the second on where it is ``LONG_ENOUGH``; its id."""
        interview_id, position = self.begin_interview(domain), 0
        for number in range(30):
            said = in_other_words(number) if number and text == LONG_ENOUGH else text
            assert self.call(f"/api/interviews/{interview_id}/answers", {"in_reply_to": position, "text": said}).status_code == 200
            last = events(self.call(f"/api/interviews/{interview_id}/next"))[-1]
            if last[0] == "end":
                return interview_id
            position = last[1]["position"]
        raise AssertionError("the interview does not end")


def state_of(location: str) -> str:
    """The state in an address to Label Studio."""
    return parse_qs(urlsplit(location).query)["state"][0]


def events(response: TestResponse) -> list[tuple[str, dict[str, Any]]]:
    """The events of a text/event-stream."""
    assert response.mimetype == "text/event-stream", response.text
    blocks = [block.split("\n") for block in response.text.split("\n\n") if block]
    return [(block[0].removeprefix("event: "), json.loads(block[1].removeprefix("data: "))) for block in blocks]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a real socket; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def label_studio_door(handoff: Callable[[str], str]) -> Flask:
    """Label Studio's side of signing in: ``handoff`` makes the address in the portal from the state."""
    door = Flask("label-studio-door")

    @door.get("/expert/")
    def expert() -> WerkzeugResponse:
        return redirect(handoff(request.args["state"]))

    return door
