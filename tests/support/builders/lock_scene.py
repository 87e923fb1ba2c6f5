"""Everybody who changes something about one candidate at the same time, for tests of locks: people, projects with places, and what each does."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.values import Member, OutboxEvent
from ls_expert_plugin.notifications.delivery import send_waiting
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
from ls_expert_plugin.routing.requirements.editing import apply
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.routing.values import Membership, ProjectRules, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.privacy import erasure, retention
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.profile.credential_checks import RegistryAnswer
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from ls_expert_plugin.vetting.values import Claim, Person, Verification
from tests.support.builders.routing import DAY, NOW, PACKS, UNTIL, person, project, recompute, stand, wanted
from tests.support.servers.label_studio import SHARED_SECRET

LICENCE = {"kind": "physician_licence", "jurisdiction": "Bavaria", "number": "4711", "issued_on": "2015-03-01"}
_NUMBERS = itertools.count(100, 10)


class Willing(ExtensionClient):
    """The client of a Label Studio that takes everything at once, and has a page of ``happened`` to tell."""

    def __init__(self, happened: Iterable[OutboxEvent] = ()) -> None:
        super().__init__("http://127.0.0.1:9", SHARED_SECRET)
        self._happened = list(happened)

    def join_outbox(self, after: str) -> str:
        return "0" * 32

    def events(self, after: str, epoch: str | None = None) -> tuple[list[OutboxEvent], str]:
        end = self._happened[-1].id if self._happened else after
        return ([], after) if after == end else (self._happened, end)

    def forget_events(self, through: str, epoch: str | None = None) -> None:
        return None

    def push(self, memberships: Iterable[Membership]) -> int:
        return 0

    def push_projects(self, rules: Iterable[ProjectRules]) -> int:
        return 0

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> None:
        return None


@dataclass
class Scene:
    """A candidate in review with a licence; somebody verified who has the only place of a project; a manager. All agreed to e-mails."""

    store: Database
    routing: RoutingService
    candidate: Person
    holder: Person
    manager: Person
    verification: Verification
    held: Verification
    licence: Claim
    limited: int
    open: int


def scene(store: Database) -> Scene:
    """A new one beside those that are there."""
    first = next(_NUMBERS)
    with store.begin() as unit:
        who = [person(unit, first), person(unit, first + 1), person(unit, first + 2, "manager")]
        for one in who:
            for purpose in consent.PURPOSES:
                consent.give(unit, one, purpose.id, purpose.version, NOW, 10)
        stand(unit, first, "in_review")
        stand(unit, first + 1, "verified")
        stand(unit, first + 2, "verified", domain="law")
        licence = forms.add(unit, who[0], "licence", LICENCE, NOW)
        for where in (first, first + 1):
            project(unit, where)
        apply(unit, {first: wanted(max_experts=1), first + 1: wanted()}, RoutingContext(PACKS, NOW))
        unit.notifications.note([one.id for one in who], "projects", NOW - DAY)
        verifications = [unit.verifications.of(one.id)[0] for one in who]
    with store.begin() as unit:
        recompute(unit, first, first + 1)
    routing = RoutingService(store, Willing(), RoutingConfiguration(PACKS), "http://127.0.0.1:9", lambda: NOW)
    return Scene(store, routing, who[0], who[1], who[2], verifications[0], verifications[1], licence, first, first + 1)


def verify(scene: Scene) -> None:
    """A manager finds the licence right and verifies."""
    with scene.store.begin() as unit:
        actions.verify(unit, scene.manager, scene.verification.id, UNTIL.date(), "Seen.", NOW, level=4, checked_claims=[scene.licence.id])
    scene.routing.refresh(scene.candidate.ls_user_id)


def revoke(scene: Scene) -> None:
    """A manager takes back what the holder of the place has."""
    with scene.store.begin() as unit:
        actions.revoke(unit, scene.manager, scene.held.id, "It is over.", NOW)
    scene.routing.refresh(scene.holder.ls_user_id)


def erase(scene: Scene) -> None:
    """The candidate asks to be erased, and is."""
    with scene.store.begin() as unit:
        asked = erasure.ask(unit, scene.candidate, erasure.ASKED, NOW)
    erasure.carry_out(scene.store, scene.routing, Willing(), asked, lambda: NOW)


def erase_holder(scene: Scene) -> None:
    """The holder of the place asks to be erased, and is."""
    with scene.store.begin() as unit:
        asked = erasure.ask(unit, scene.holder, erasure.ASKED, NOW)
    erasure.carry_out(scene.store, scene.routing, Willing(), asked, lambda: NOW)


def withdraw(scene: Scene) -> None:
    """The candidate withdraws consent."""
    with scene.store.begin() as unit:
        consent.withdraw(unit, scene.candidate, consent.MATCHING, NOW)
    scene.routing.refresh(scene.candidate.ls_user_id)


def change_licence(scene: Scene) -> None:
    """The candidate writes another number."""
    with scene.store.begin() as unit:
        forms.change(unit, scene.candidate, scene.licence.id, {**LICENCE, "number": "9999999999"}, NOW)
    scene.routing.refresh(scene.candidate.ls_user_id)


def rename(scene: Scene) -> None:
    """The candidate signs in under another name."""
    with scene.store.begin() as unit:
        members.joined(unit, scene.candidate.ls_user_id, "other@example.org", "Somebody Else", "expert", NOW)


class _Register:
    """A register that has never heard of anybody."""

    id, kinds, title, looks_up = "some", frozenset({LICENCE["kind"]}), "Some register", True

    def well_formed(self, number: str) -> str:
        return ""

    def look_up(self, number: str) -> RegistryAnswer:
        return RegistryAnswer(found=False)


def look_up(scene: Scene) -> None:
    """The worker asks a register about the licence."""
    claim_history.look_up(scene.store, scene.licence.id, {LICENCE["kind"]: _Register()}, NOW)
    scene.routing.refresh(scene.candidate.ls_user_id)


def outbox(scene: Scene) -> None:
    """A page of the outbox: both are managers now, one project has another title, one is gone."""
    told = [_event("role_changed", who, Member(who.ls_user_id, who.email, who.name, "manager")) for who in (scene.holder, scene.candidate)]
    where = [_event("project_changed", where=scene.limited, title="Renamed"), _event("project_deleted", where=scene.open)]
    read_outbox(scene.store, Willing([*told, *where]), RoutingConfiguration(PACKS), lambda: NOW)


def left(scene: Scene) -> None:
    """A page of the outbox: the holder has left."""
    read_outbox(scene.store, Willing([_event("user_left", scene.holder)]), RoutingConfiguration(PACKS), lambda: NOW)


def _event(kind: str, who: Person | None = None, user: Member | None = None, *, where: int | None = None, title: str | None = None) -> OutboxEvent:
    return OutboxEvent(f"0.{next(_NUMBERS)}", kind, who.ls_user_id if who else None, where, None, None, None, NOW, user, title)


def set_requirement(scene: Scene) -> None:
    """A manager gives a project more places and other rules."""
    with scene.store.begin() as unit:
        apply(unit, {scene.limited: wanted(max_experts=2, rules=Rules(shows_others_work=True))}, RoutingContext(PACKS, NOW))
    scene.routing.push_once()


def catch_up(scene: Scene) -> None:
    """The sweep, after the date of everybody's verification has passed."""
    RoutingService(scene.store, Willing(), RoutingConfiguration(PACKS), "http://127.0.0.1:9", lambda: UNTIL + DAY).catch_up()


def recompute_all(scene: Scene) -> None:
    """Everybody anew."""
    scene.routing.recompute_all()


def refresh_candidate(scene: Scene) -> None:
    """The candidate's memberships anew."""
    scene.routing.refresh(scene.candidate.ls_user_id)


def refresh_both(scene: Scene) -> None:
    """Two people in one unit, as catching up does."""
    with scene.store.begin() as unit:
        recompute(unit, scene.holder.ls_user_id, scene.candidate.ls_user_id)


def recheck(scene: Scene) -> None:
    """Everybody verified is looked at again, after the date has passed."""
    recheck_job.recheck_all(scene.store, PACKS, UNTIL + DAY)


def retain(scene: Scene) -> None:
    """What has been kept long enough goes."""
    retention.enforce(scene.store, 10, NOW + 400 * DAY)


class _Postbox:
    """A mail server that takes everything."""

    organisation = ""

    def connection(self) -> _Postbox:
        return self

    def __enter__(self) -> _Postbox:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, *_: object, **__: object) -> None:
        return None


def notify(scene: Scene) -> None:
    """The worker sends what waits."""
    send_waiting(scene.store, _Postbox(), PACKS, "http://127.0.0.1:9", lambda: NOW + dt.timedelta(minutes=5))  # type: ignore[arg-type]


ACTIONS: Mapping[str, Callable[[Scene], None]] = {
    one.__name__: one for one in (
        verify, revoke, erase, erase_holder, withdraw, change_licence, rename, look_up, outbox, left, set_requirement, catch_up, recompute_all,
        refresh_both, refresh_candidate, recheck, retain, notify,
    )
}
