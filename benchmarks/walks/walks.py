"""The five walks through the portal, as a person takes them.

Each goes on until its goal is reached, and takes at each page the first step that the page offers, by address and field.

Addresses and fields are the same in every version, words and order of the pages are not: so a walk finds its way through any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hand import Hand
from playwright.sync_api import Download, Locator, Page

ANSWER = (
    "Last year I handled a dispute over a delivery contract. First I read the limitation period, then I ran a conflict check, "
    "and I told the client in plain words what it would cost them and what they could expect. This is answer {number}."
)
MOST_STEPS = 60
# Where an interview is written by the page's script: the next question is there, or it is over.
SETTLED = """() => !document.querySelector("[data-send]") || document.querySelector("#text")?.checkVisibility()
    || document.querySelector("[data-over]")?.checkVisibility()"""
TICK_WITH_DECISION = "form[action$='/verify'] input[type=checkbox][name=checked_claims]"
LICENCE_TICK = "li:has(form[action$='/seen']) input[name=checked_claims]"
Step = tuple[Callable[[Page], Locator], Callable[[Hand, Locator], None]]


def _to(selector: str) -> Callable[[Page], Locator]:
    return lambda page: page.locator(selector)


def _click(hand: Hand, target: Locator) -> None:
    hand.click(target)


def _follow(hand: Hand, steps: Sequence[Step], is_there: Callable[[Page], bool]) -> None:
    """Take the first step that can be seen, until the goal."""
    for _ in range(MOST_STEPS):
        hand.page.wait_for_function(SETTLED)
        if is_there(hand.page):
            return
        for find, take in steps:
            seen = next((one for one in find(hand.page).all() if one.is_visible() and one.is_enabled()), None)
            if seen is not None:
                take(hand, seen)
                break
        else:
            raise RuntimeError(f"no way on from {hand.page.url}")
    raise RuntimeError(f"the goal is not reached; it ended at {hand.page.url}")


def newcomer(hand: Hand) -> None:
    """From the start page, signed in for the first time, to an interview in law that is over: consent, one entry of work, every answer."""

    def consent(hand: Hand, box: Locator) -> None:
        hand.tick(box)
        hand.click(hand.page.locator("form:has(input[name=agreed]:checked) button:visible").first)

    def entry(hand: Hand, field: Locator) -> None:
        hand.write(field, "Quill & Partners")
        hand.write(hand.page.locator("main input[name=title]"), "Associate")
        hand.write(hand.page.locator("main input[name=start]"), "2014-06")
        still = hand.page.locator("main input[type=checkbox][name=current]:not(:checked)")
        if still.count():  # there an end date is asked for, or this tick
            hand.tick(still)
            hand.click(hand.page.locator("main form:has(input[name=employer]) button:has-text('Save')").first)
        else:
            hand.press("Enter")
        hand.page.wait_for_url(lambda url: "/new" not in url)

    def answer(hand: Hand, box: Locator) -> None:
        said = hand.page.locator(".turn.candidate").count()
        hand.write(box, ANSWER.format(number=said + 1), is_own=True)
        hand.press("Control+Enter")
        hand.page.wait_for_function("said => document.querySelectorAll('.turn.candidate').length > said", arg=said)

    _follow(
        hand,
        [
            (_to("#text"), answer),
            (_to("form:has(input[name=agreed]):has(input[name=version]) input[name=agreed]:not(:checked)"), consent),
            (_to("main input[name=employer]"), entry),
            (_to("main form[action='/domains/law/interview'] button"), _click),
            (_to("main a[href='/domains/law/interview']"), _click),
            (_to("main a[href^='/interview/']"), _click),
            (_to("main form[action='/domains/law/interest'] button"), _click),
            (_to("main a[href='/domains/law']"), _click),
            (lambda page: page.locator("main:not(:has(a[href^='/profile/entries/'])) a[href='/profile/work/new']"), _click),
            (_to("main a.button[href='/'], main .actions a[href='/'], main a.button[href='/profile']"), _click),
            (_to("nav a[href='/']"), _click),
        ],
        lambda page: page.locator("[data-over]:visible").count() > 0,
    )


def review(hand: Hand) -> None:
    """From the queue to a candidate who is verified: the licence looked up, what is to be looked at, one specialty, a level, the decision."""
    looked_up: list[str] = []

    def licence(hand: Hand, summary: Locator) -> None:
        """Where a licence is no tick but a form: found, as it stands here."""
        entry = hand.page.locator("main details:has(form[action$='/seen'])").first
        hand.click(summary)
        hand.tick(entry.locator("input[name=found][value=found]"))
        hand.click(entry.locator("form[action$='/seen'] button"))
        looked_up.append(hand.page.url)

    def to_look_up(page: Page) -> Locator:
        nowhere = page.locator("main.nowhere")
        done_otherwise = bool(looked_up) or page.locator(f"{LICENCE_TICK}, {TICK_WITH_DECISION}").count()
        return nowhere if done_otherwise else page.locator("main details:has(form[action$='/seen']) > summary")

    def decide(hand: Hand, button: Locator) -> None:
        page = hand.page
        for box in page.locator("input[name=checked_claims]:visible, input[name=looked_at]:visible, input[name=signals_reviewed]:visible").all():
            hand.tick(box)
        hand.tick(page.locator("form[action$='/verify'] input[name=specialties]:visible").first)
        level = page.locator("form[action$='/verify'] input[name=level][value='3']")
        if level.count():
            hand.tick(level)
        else:
            hand.choose(page.locator("form[action$='/verify'] select[name=level]"), "3")
        if page.locator("#verify-wrong").count():  # it was refused without a reason
            hand.write(page.locator("#note"), "The licence was looked up on paper.", is_own=True)
        hand.click(button)

    _follow(
        hand,
        [
            (to_look_up, licence),
            (_to("#decide-verify:not([open]) > summary"), _click),
            (_to("form[action$='/verify'] button"), decide),
            (_to("main a[href^='/admin/review/']:not([href$='/templates'])"), _click),
        ],
        lambda page: page.locator("form[action$='/revoke']").count() > 0,
    )


def forty_projects(hand: Hand) -> None:
    """From the list of sixty projects: the forty called "Leases" ask for law, level 3 or higher; looked at and saved."""
    page = hand.page
    hand.write(page.locator("#q"), "Leases")
    hand.press("Enter")
    page.wait_for_url("**q=Leases*")
    hand.click(page.locator("button[name=all]:visible").first)
    for part, field, value in (("domain", "#domain", "law"), ("minimum_level", "#minimum_level", "3")):
        box = page.locator(f"input[name=change][value={part}]")
        if not page.locator(field).is_visible():
            hand.tick(box)
        hand.choose(page.locator(field), value)
        hand.tick(box)
    hand.click(page.locator("main button[name=step][value=preview]:visible").last)
    hand.click(page.locator("main button[name=step][value=save]:visible").last)
    page.locator("form[action='/admin/projects/undo'] button, main h1:has-text('Saved')").first.wait_for()


def why_no_access(hand: Hand) -> None:
    """From a manager's first page: why is "Leases 7" not open to Cora Vale, among forty people and sixty projects? The rule that keeps her out is read."""

    def search(text: str) -> Callable[[Hand, Locator], None]:
        def typed(hand: Hand, field: Locator) -> None:
            hand.write(field, text)
            hand.press("Enter")
            hand.page.wait_for_url("**q=*")

        return typed

    _follow(
        hand,
        [
            (_to("main a[href^='/admin/projects/'][href*='/people/']:has-text('Leases 7')"), _click),
            (_to("main a[href^='/admin/projects/'][href*='/people/']:has-text('Cora Vale')"), _click),
            (lambda page: page.locator("main:has(h1:has-text('Cora Vale')) input[name=q]"), search("Leases 7")),
            (_to("main a[href^='/admin/people/']:has-text('Cora Vale')"), _click),
            (lambda page: page.locator("main:has(h1:text-is('People')) form.filter input[name=q]"), search("vale")),
            (lambda page: page.locator("main:has(a[href='/admin/projects/7/people']) a[href='/admin/projects/7/people']"), _click),
            (lambda page: page.locator("main:has(h1:has-text('Who may work')) input[name=q]"), search("vale")),
            (_to("nav a[href='/admin/people']"), _click),
        ],
        lambda page: "/people/" in page.url and "/admin/projects/7/" in page.url,
    )


def export(hand: Hand) -> None:
    """From the start page to the file with everything that is held about oneself."""
    page, kept = hand.page, list[Download]()
    page.on("download", lambda download: kept.append(download))

    def take(hand: Hand, link: Locator) -> None:
        with hand.page.expect_download():
            hand.click(link)

    _follow(
        hand,
        [
            (_to("a[href='/my-data.json']"), take),
            (_to("a[href='/data'], a[href='/my-data'], nav a[href='/privacy']"), _click),
            (_to("nav a[href='/consent'], nav a[href^='/consent#']"), _click),
            (_to("details.menu summary"), _click),
        ],
        lambda page: bool(kept),
    )
