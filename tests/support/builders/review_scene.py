"""Fixture data for pages: reviews that managers have taken and written notes on, with what is new since a look, and a hold on the directory."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.vetting import members
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, NOW, WORK
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Portal

# To whom nothing answers: what the health page says of an installation that is down.
NOWHERE = {
    "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:9", "LS_EXPERT_ML_URL": "http://127.0.0.1:9", "LS_EXPERT_FAIRNESS_QUESTIONS": "yes",
    "LS_EXPERT_SMTP_URL": "smtp://127.0.0.1:9", "LS_EXPERT_MAIL_FROM": "experts@example.org",
}
SENT = dt.timedelta(hours=2)


def reviews_under_way(portal: Portal) -> None:
    """Two candidates in law, each with a licence, work and an interview: one is this manager's, one a colleague's; notes, a look, and news."""
    for who in (CANDIDATE, OTHER):
        browser = portal.browser(who)
        browser.begin_interview("law")
        for kind, fields in (("education", EDUCATION), ("licence", {**LICENCE, "kind": "us_bar"}), ("work", WORK)):
            browser.send(f"/profile/{kind}/new", **fields)
        browser.send("/profile/language/new", code="de", proficiency="fluent")
        browser.hold_interview(LONG_ENOUGH, "law")
    portal.work()
    manager, colleague = portal.browser(MANAGER), portal.browser(CREATOR)
    manager.send("/admin/review/1/assign")
    colleague.send("/admin/review/2/assign")
    colleague.send("/admin/review/1/notes", note_text="Ask about the gap between 2019 and 2021: the profile says nothing of it.")
    manager.send("/admin/review/1/notes", note_text="Register looked at on Monday, it was down.")
    manager.page("/admin/review/1")
    portal.now += SENT
    portal.browser(CANDIDATE).send("/profile/work/new", **{**WORK, "employer": "Court of Appeal", "title": "Clerk"})
    with portal.store.begin() as unit:
        unit.directory_holds.hold(3, 12, NOW)


def answers_on_equality(portal: Portal) -> None:
    """Twelve people who answered the voluntary questions, of whom six of each gender were decided about."""
    with portal.store.begin() as unit:
        for number in range(12):
            person = members.joined(unit, 300 + number, f"p{number}@example.org", f"Person {number}", "expert", NOW)
            verification = unit.verifications.add(person.id, "law", "in_review", NOW)
            is_woman = number < 6
            to = "verified" if not is_woman or number < 2 else "declined"
            unit.verifications.change(verification.id, to, actor_person_id=None, reason="", now=NOW)
            unit.fairness.set_answers(person.id, {"gender": "woman" if is_woman else "man", "age": "under_30" if number < 2 else "30_44"}, NOW)
