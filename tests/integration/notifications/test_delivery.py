"""E-mails, through a real SMTP server on loopback: who gets one, what is in it, and what is lost when something fails (nothing)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.notifications.delivery import send_waiting
from ls_expert_plugin.notifications.smtp import MailServer
from ls_expert_plugin.notifications.values import GIVEN_UP_AFTER, KEPT, wait_after
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.requirements.editing import apply
from ls_expert_plugin.storage.tables import NotificationRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.interview import human_takeover, project_questions
from ls_expert_plugin.vetting.review.dossier import contents as dossier
from ls_expert_plugin.vetting.review.recheck.schedule import Reason
from ls_expert_plugin.vetting.values import AddOnQuestion, Person
from tests.support.adversarial.races import at_each_gap, interrupted
from tests.support.builders.mail import PORTAL, SENDER
from tests.support.builders.routing import NOW, PACKS, project, stand, wanted
from tests.support.builders.vetting_case import Case, overlapping
from tests.support.fakes.smtp_server import Server, part_of, running_server
from tests.support.servers.postgresql import free_port

pytestmark = pytest.mark.database


MINUTE = dt.timedelta(minutes=1)


class Post:
    """Sends what waits, by a clock that can be moved."""

    def __init__(self, store: Database, url: str | None, now: dt.datetime = NOW) -> None:
        self.store, self.now = store, now
        self.server = MailServer(url, SENDER) if url else None

    def __call__(self, *, after: dt.timedelta = dt.timedelta()) -> int:
        self.now += after
        return send_waiting(self.store, self.server, PACKS, PORTAL, lambda: self.now)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that takes everything."""
    with running_server() as running:
        yield running


@pytest.fixture
def post(store: Database, server: Server) -> Post:
    """Sends to that server."""
    return Post(store, f"smtp+plain://127.0.0.1:{server.port}")


def _agrees(store: Database, ls_user_id: int, role: str = "expert", email: str | None = None) -> Person:
    with store.begin() as unit:
        person = members.joined(unit, ls_user_id, f"{ls_user_id}@example.org" if email is None else email, f"Person {ls_user_id}", role, NOW)
        consent.give(unit, person, consent.NOTIFICATIONS, "1", NOW)
    return person


def _stands(store: Database, ls_user_id: int, status: str = "verified", at: dt.datetime = NOW) -> None:
    with store.begin() as unit:
        stand(unit, ls_user_id, status, at=at)  # type: ignore[arg-type]


def _rows(store: Database) -> list[tuple[str, str, int]]:
    with store.read() as unit:
        return [(row.kind, row.outcome, row.attempts) for row in unit.session.query(NotificationRow).order_by(NotificationRow.id)]


def test_a_decision_is_told_once_to_whoever_agreed_with_a_link_and_without_reasons(store: Database, server: Server, post: Post) -> None:
    """A minute is waited, so that what belongs together comes together; nobody else gets a message."""
    _agrees(store, 7)
    with store.begin() as unit:
        members.joined(unit, 8, "8@example.org", "", "expert", NOW)
        project(unit, 3, "Merger of Acme and Bolt")
        apply(unit, {3: wanted()}, RoutingContext(PACKS, NOW))
        for who in (7, 8):
            stand(unit, who)
            memberships.recompute(unit, [who], RoutingContext(PACKS, NOW))
    assert post() == 0 and post(after=MINUTE) == 1 and post(after=MINUTE) == 0
    ((to, mail),) = server.taken
    (text,) = server.to("7@example.org")
    assert to == "7@example.org" and mail["From"] == SENDER and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "You're verified in Medicine: 1 project is open to you" and mail["List-Unsubscribe"] == f"<{PORTAL}/consent>"
    assert text.startswith("Hello,\n\nYou're verified in Medicine\n") and f"See your projects: {PORTAL}/\n" in text and f"{PORTAL}/consent" in text
    page = part_of(mail, "html")
    assert mail.get_content_type() == "multipart/alternative" and "Experts</td>" in page and f'href="{PORTAL}/consent"' in page
    assert "Acme" not in text + page
    assert [(kind, outcome) for kind, outcome, _ in _rows(store)] == [("verified", "sent"), ("projects", "sent")]


@pytest.mark.parametrize(("status", "words"), [
    ("declined", "Your Medicine application has been decided"), ("more_asked", "Action needed: more information for your Medicine application"),
    ("suspended", "Your Medicine verification is suspended"), ("revoked", "Your Medicine verification was revoked"),
    ("expired", "Your Medicine verification has expired"),
])
def test_each_decision_has_its_words(sqlite_store: Database, server: Server, status: str, words: str) -> None:
    """And none of them has the reviewer's."""
    _agrees(sqlite_store, 7)
    with sqlite_store.begin() as unit:
        person = unit.people.by_ls_user_id(7)
        assert person is not None
        one = unit.verifications.add(person.id, "medicine", "interested", NOW)
        unit.verifications.change(one.id, status, actor_person_id=None, reason="Your diploma is forged.", now=NOW)  # type: ignore[arg-type]
    Post(sqlite_store, f"smtp+plain://127.0.0.1:{server.port}")(after=MINUTE)
    ((_, mail),) = server.taken
    assert mail["Subject"] == words and "forged" not in part_of(mail, "plain") + part_of(mail, "html")


def test_what_people_do_themselves_and_what_is_nobodys_news_is_not_told(sqlite_store: Database, server: Server) -> None:
    """Interest, interview and withdrawal are the person's own; so is a decision that they bring about."""
    person = _agrees(sqlite_store, 7)
    with sqlite_store.begin() as unit:
        one = unit.verifications.add(person.id, "medicine", "interested", NOW)
        for status in ("interviewing", "assessing", "in_review", "withdrawn"):
            unit.verifications.change(one.id, status, actor_person_id=None, reason="", now=NOW)  # type: ignore[arg-type]
        unit.verifications.change(one.id, "verified", actor_person_id=person.id, reason="", now=NOW)
    assert _rows(sqlite_store) == []


def test_reminders_answers_to_a_projects_questions_and_repeats_are_one_line_each(sqlite_store: Database, server: Server) -> None:
    """Two reminders about one domain are one line; projects are counted."""
    store, person, boss = sqlite_store, _agrees(sqlite_store, 7), _agrees(sqlite_store, 1, "manager")
    _stands(store, 7)
    with store.begin() as unit:
        verification = unit.verifications.of(person.id)[0]
        for about in ("a", "b"):
            unit.reminders.add(verification.id, Reason("licence", about, "Your licence ends."), NOW + 9 * MINUTE, NOW)
        consent.give(unit, person, consent.MATCHING, "1", NOW)
        held = project_questions.start(unit, person, 3, [AddOnQuestion("x", "Why?")], NOW)
        project_questions.answer(unit, person, held.id, 0, "Because.", 1000, NOW)
        project_questions.decide(unit, boss, held.id, "does_not", "Too short.", NOW)
        for number in (3, 4):
            project(unit, number)
            apply(unit, {number: wanted()}, RoutingContext(PACKS, NOW))
    Post(store, f"smtp+plain://127.0.0.1:{server.port}")(after=MINUTE)
    ((_, mail),) = server.taken
    assert mail["Subject"] == (
        "Action needed: your Medicine verification expires on 25 November 2026; you're verified in Medicine; 2 more"
    )
    text = server.to("7@example.org")[0]
    assert [text.count(title) for title in ("You're verified in Medicine", "expires on 25 November 2026", "have been read", "2 projects are open")] == [1] * 4
    assert "Too short" not in text and server.to("1@example.org") == []


def test_managers_are_told_of_who_waits_unless_it_is_themselves(store: Database) -> None:
    """A review and a wish for a person in the interview; a member who is no manager any more is not told."""
    case = Case(store)
    for who in (case.manager, case.person):
        with store.begin() as unit:
            consent.give(unit, who, consent.NOTIFICATIONS, "1", NOW)
    former = _agrees(store, 9, "manager")
    held, verification = case.start(), case.verification()
    with store.begin() as unit:
        human_takeover.ask_for_person(unit, case.person, held.id, NOW)
        human_takeover.ask_for_person(unit, case.person, held.id, NOW)
        human_takeover.go_on_without(unit, case.person, held.id)
        members.joined(unit, former.ls_user_id, former.email, former.name, "expert", NOW)
        unit.verifications.change(verification.id, "in_review", actor_person_id=None, reason="", now=NOW)
    with running_server() as server:
        Post(store, f"smtp+plain://127.0.0.1:{server.port}", NOW)(after=MINUTE)
        assert server.to("ada@example.org") == server.to(former.email) == []
        (text,) = server.to("boss@example.org")
    assert text.startswith("Hello,\n\n1 candidate requests a human interviewer\n") and "\n\n1 candidate is waiting for review\n" in text
    assert text.count(f"Open the review queue: {PORTAL}/admin/review\n") == 1


def test_a_manager_who_is_verified_by_another_learns_of_it(sqlite_store: Database) -> None:
    """But not that they wait for themselves."""
    case = Case(sqlite_store)
    with sqlite_store.begin() as unit:
        boss = members.joined(unit, 7, case.person.email, "", "manager", NOW)
        consent.give(unit, boss, consent.NOTIFICATIONS, "1", NOW)
    case.in_review()
    assert _rows(sqlite_store) == []
    with sqlite_store.begin() as unit:
        found = dossier.dossier(unit, case.verification().id, {})
        unit.verifications.change(found.verification.id, "verified", actor_person_id=case.manager.id, reason="", now=NOW)
    assert [kind for kind, _, _ in _rows(sqlite_store)] == ["verified"]


def test_a_withdrawal_removes_what_waits_and_an_old_text_is_no_consent(store: Database, server: Server, post: Post) -> None:
    """Nothing goes after the withdrawal, to somebody who left, or on a consent to a text that has changed since."""
    person = _agrees(store, 7)
    _stands(store, 7)
    with store.begin() as unit:
        consent.withdraw(unit, person, consent.NOTIFICATIONS, NOW)
    assert _rows(store) == []
    gone = _agrees(store, 8)
    _stands(store, 8)
    with store.begin() as unit:
        unit.people.mark_gone(8, NOW)
        older = members.joined(unit, 9, "9@example.org", "", "expert", NOW)
        unit.consents.add(older.id, consent.NOTIFICATIONS, "0", NOW)
    _stands(store, 9)
    assert post(after=MINUTE) == 0 and server.taken == [] and _rows(store) == [], gone


def test_a_server_that_is_down_delays_messages_and_loses_none(store: Database) -> None:
    """Tried again after a minute, two, four; together with what came meanwhile."""
    port = free_port()
    post = Post(store, f"smtp+plain://127.0.0.1:{port}")
    _agrees(store, 7)
    _stands(store, 7)
    assert post(after=MINUTE) == 0 and [outcome for _, outcome, _ in _rows(store)] == [""]
    _stands(store, 7, "suspended", at=post.now)
    with running_server(port) as server:
        assert post(after=MINUTE) == 1
        assert server.taken[0][1]["Subject"] == "You're verified in Medicine; your Medicine verification is suspended"


def test_one_mailbox_that_is_refused_or_full_keeps_no_other_waiting(store: Database, server: Server, post: Post) -> None:
    """Refused for good: not tried again. Refused for now: tried again, later each time."""
    for who in (6, 7, 8):
        _agrees(store, who)
        _stands(store, who)
    server.answers_to.update({"6@example.org": "550 No such mailbox", "7@example.org": "450 Full"})
    assert post(after=MINUTE) == 1 and server.to("8@example.org")
    assert [(outcome, attempts) for _, outcome, attempts in _rows(store)] == [("refused", 1), ("", 1), ("sent", 1)]
    server.answers_to.clear()
    assert post(after=MINUTE / 2) == 0, "it is not time yet"
    assert post(after=MINUTE / 2) == 1 and not server.to("6@example.org") and server.to("7@example.org")


@pytest.mark.database
def test_of_two_workers_one_takes_what_waits(store: Database) -> None:
    """The second, in the same moment, finds nothing: neither while the first has not committed, nor after, nor while it is sending."""
    person = _agrees(store, 7)
    _stands(store, 7)
    second = overlapping(store, lambda unit: unit.notifications.claim(person.id, NOW), lambda unit: unit.notifications.claim(person.id, NOW))
    assert second == ()
    with store.begin() as unit:
        assert unit.notifications.claim(person.id, NOW) == () and unit.notifications.people_due(NOW, NOW, 10) == ()
    with store.begin() as unit:
        assert len(unit.notifications.claim(person.id, NOW + wait_after(1))) == 1, "the first one died: it is tried again"


def test_a_worker_that_comes_while_another_is_sending_sends_nothing(sqlite_store: Database, server: Server) -> None:
    """It has seen that something waits, and finds it taken: the server has the message and has not said so yet."""
    _agrees(sqlite_store, 7)
    _stands(sqlite_store, 7)
    address = f"smtp+plain://127.0.0.1:{server.port}"
    one, other = Post(sqlite_store, address, NOW + MINUTE), Post(sqlite_store, address, NOW + MINUTE)
    server.takes.clear()
    sending = threading.Thread(target=other)

    def is_sending() -> None:
        sending.start()
        assert server.arrived.wait(30)

    with interrupted(sqlite_store, 3, is_sending) as began:  # after giving up what is old and reading who is due, before taking it
        assert one() == 0
    server.takes.set()
    sending.join(30)
    assert began[2] and len(server.taken) == 1 and [(kind, outcome) for kind, outcome, _ in _rows(sqlite_store)] == [("verified", "sent")]


@pytest.mark.parametrize("change", ["another worker", "withdrawn", "left"])
def test_whatever_happens_while_it_is_sent_one_message_goes_at_most(tmp_path: Path, server: Server, change: str) -> None:
    """At every moment: another worker sends it, consent is withdrawn, the person leaves. Before it is taken, nothing goes."""

    def prepare(store: Database) -> Post:
        _agrees(store, 7)
        _stands(store, 7)
        server.taken.clear()
        return Post(store, f"smtp+plain://127.0.0.1:{server.port}", NOW + MINUTE)

    def meanwhile(post: Post) -> None:
        if change == "another worker":
            post()
            return
        with post.store.begin() as unit:
            person = unit.people.by_ls_user_id(7)
            assert person is not None
            if change == "withdrawn":
                consent.withdraw(unit, person, consent.NOTIFICATIONS, NOW)
            else:
                members.gone(unit, 7, NOW)

    sent = []
    for post in at_each_gap(tmp_path, prepare, lambda post: post(), meanwhile):
        sent.append(len(server.taken))
        assert post(after=KEPT) == 0, "nothing is left that would go later"
        assert len(server.taken) == sent[-1]
    assert sent == ([1, 1, 1, 1] if change == "another worker" else [0, 0, 0, 1])


@pytest.mark.parametrize("address", ["no address", "two@at@example.org", "ada@example.org\nBcc: eve@example.org", "", "ädä@exämple.org"])
def test_what_is_no_address_is_refused_and_reaches_nobody(sqlite_store: Database, server: Server, address: str) -> None:
    """Label Studio has not sent anything to these addresses: anything may stand there."""
    _agrees(sqlite_store, 7, email=address)
    _stands(sqlite_store, 7)
    assert Post(sqlite_store, f"smtp+plain://127.0.0.1:{server.port}")(after=MINUTE) == 0
    assert [outcome for _, outcome, _ in _rows(sqlite_store)] == ["refused"] and server.taken == []


def test_a_message_of_which_nothing_was_heard_is_sent_again_as_the_same_message(store: Database, server: Server, post: Post) -> None:
    """The server took it and hung up before saying so: the mailbox gets it twice with one Message-ID, rather than never."""
    _agrees(store, 7)
    _stands(store, 7)
    server.hangs_up = 1
    assert post(after=MINUTE) == 0 and post(after=MINUTE) == 1
    first, second = (mail for _, mail in server.taken)
    assert first["Message-ID"] == second["Message-ID"] and first["Message-ID"].endswith("@example.org>")


def test_what_comes_between_two_attempts_goes_in_a_message_of_its_own(store: Database, server: Server, post: Post) -> None:
    """The second attempt is the same message, so that a mailbox knows it; nothing of what came since is lost with it."""
    _agrees(store, 7)
    _stands(store, 7)
    server.hangs_up = 1
    assert post(after=MINUTE) == 0
    _stands(store, 7, "suspended", at=post.now)
    assert post(after=2 * MINUTE) == 1 and post() == 1 and post(after=MINUTE) == 0
    first, second, third = (mail for _, mail in server.taken)
    assert first["Message-ID"] == second["Message-ID"] != third["Message-ID"] and part_of(first, "plain") == part_of(second, "plain")
    assert "You're verified" in first["Subject"] and "is suspended" in third["Subject"] and "You're verified" not in part_of(third, "plain")


def test_what_is_no_news_any_more_is_given_up_and_then_forgotten(store: Database, server: Server) -> None:
    """Three days without a server; a month later nothing of it is kept."""
    post = Post(store, None)
    _agrees(store, 7)
    _stands(store, 7)
    post(after=GIVEN_UP_AFTER - MINUTE)
    assert [outcome for _, outcome, _ in _rows(store)] == [""]
    post(after=MINUTE)
    assert [outcome for _, outcome, _ in _rows(store)] == ["given_up"]
    with store.begin() as unit:
        unit.notifications.forget(post.now + KEPT)
    assert _rows(store) != []
    with store.begin() as unit:
        unit.notifications.forget(post.now + KEPT + MINUTE)
    assert _rows(store) == []


def test_attempts_come_further_and_further_apart() -> None:
    """Up to six hours, however many there were."""
    assert [wait_after(attempts) / MINUTE for attempts in (1, 2, 3, 4, 9, 10, 4000)] == [1, 2, 4, 8, 256, 360, 360]
