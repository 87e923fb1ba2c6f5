"""What pages decide before they are drawn: standing, marked transcripts, where sign-in may lead, which error has which status."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import pytest

from ls_expert_plugin import errors
from ls_expert_plugin.vetting.lifecycle.status_catalogue import text_of
from ls_expert_plugin.vetting.values import Evidence, Status, Verification
from ls_expert_plugin.web.admin.review.transcript_highlights import segments
from ls_expert_plugin.web.auth import local_path
from ls_expert_plugin.web.candidate.progress import Step, standing
from ls_expert_plugin.web.errors import status_of
from tests.support.builders.vetting_samples import NOW

WEB = Path(__file__).parents[3] / "ls_expert_plugin" / "web"


def _verification(status: Status, valid_until_utc: dt.datetime | None = None) -> Verification:
    return Verification(1, 1, "law", status, valid_until_utc, "", 1, NOW)


def _step(verification: Verification | None, consent: bool = True, entries: bool = True, projects: bool = True) -> Step:
    return standing(verification, has_consent=consent, has_entries=entries, has_projects=projects, now=NOW).step


def _evidence(start: int, end: int) -> Evidence:
    return Evidence("procedure", 1, start, end, "", "terms")


@pytest.mark.parametrize(("status", "step"), [
    ("interested", "start"), ("interviewing", "go_on"), ("assessing", "wait"), ("in_review", "wait"), ("more_asked", "respond"), ("verified", "work"),
    ("declined", "express"), ("expired", "express"), ("suspended", "wait"), ("revoked", "express"), ("withdrawn", "express"),
])
def test_each_standing_has_one_next_step(status: Status, step: Step) -> None:
    """Wherever I stand, the card offers the one thing I can do now."""
    assert _step(_verification(status)) == step


def test_a_card_says_the_catalogues_words() -> None:
    """The badge, what it means and what comes next."""
    for current in get_args(Status):
        found, words = standing(_verification(current), has_consent=True, has_entries=True, has_projects=True, now=NOW), text_of(current)
        assert (found.label, found.tone, found.text) == (words.label, words.tone, f"{words.explanation} {words.next_step}")
    before = standing(None, has_consent=False, has_entries=False, has_projects=False, now=NOW)
    assert (before.label, standing(_verification("interested"), has_consent=True, has_entries=False, has_projects=False, now=NOW).label) == (
        "Not started", "Profile incomplete")


def test_consent_and_profile_come_before_the_interview() -> None:
    """Interested people are led through consent, then profile, then interview."""
    interested = _verification("interested")
    assert _step(None) == "express"
    assert _step(interested, consent=False, entries=False) == "consent"
    assert _step(interested, consent=False, entries=True) == "consent"
    assert _step(interested, entries=False) == "profile"
    assert _step(interested) == "start"


def test_a_verification_past_its_date_reads_as_expired() -> None:
    """Nobody is shown as verified a second too long."""
    verified = _verification("verified", NOW)
    assert standing(verified, has_consent=True, has_entries=True, has_projects=True, now=NOW).label == "Expired"
    before = NOW - dt.timedelta(seconds=1)
    assert standing(verified, has_consent=True, has_entries=True, has_projects=True, now=before).label == "Verified"


def test_overlapping_quotes_are_marked_without_changing_the_text() -> None:
    """Two quotes that share words are both there, and the answer reads as it was typed."""
    text = "abcdefghij"
    parts = segments(text, [(1, _evidence(2, 6)), (2, _evidence(4, 8))])
    assert [(part.text, part.quotes, part.begins) for part in parts] == [
        ("ab", (), ()), ("cd", (1,), (1,)), ("ef", (1, 2), (2,)), ("gh", (2,), ()), ("ij", (), ()),
    ]


@pytest.mark.parametrize("quotes", [
    [], [(1, _evidence(0, 10))], [(1, _evidence(0, 3)), (2, _evidence(3, 10))], [(1, _evidence(5, 11))], [(1, _evidence(4, 4))],
    [(1, _evidence(-2, 4))],
])
def test_segments_join_to_the_text(quotes: list[tuple[int, Evidence]]) -> None:
    """Whatever the quotes, nothing of the answer is lost; one that lies outside it is left out."""
    parts = segments("abcdefghij", quotes)
    assert "".join(part.text for part in parts) == "abcdefghij"
    outside = [number for number, one in quotes if not 0 <= one.start < one.end <= 10]
    assert not {number for part in parts for number in part.quotes} & set(outside)


def test_an_empty_turn_has_no_segments() -> None:
    """An empty text is no mistake."""
    assert segments("", []) == ()


@pytest.mark.parametrize("wanted", ["/", "/profile", "/interview/3?x=1", "/admin/review/7#q1"])
def test_sign_in_leads_back_to_our_pages(wanted: str) -> None:
    """After signing in I am where I wanted to go."""
    assert local_path(wanted) == wanted


@pytest.mark.parametrize("wanted", [
    None, "", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/", "evil.example",
    "javascript:alert(1)", "/\t/evil.example", "/a\\b", "/a\nb", " /profile", "/" + "a" * 600, "/sign-in?next=/", "/enter?token=x",
    "/api/interviews/1/next", "/sign-out",
])
def test_sign_in_leads_nowhere_else(wanted: str | None) -> None:
    """A planted link cannot use our sign-in to lead away, or in circles."""
    assert local_path(wanted) == "/"


def test_every_error_has_a_status() -> None:
    """An error that somebody adds to the tree is answered with the status of its kind."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ExpertError)]
    more = {errors.TooManyRequests: (60,), errors.ModelAnswerUnfit: ("empty",), errors.OutboxReplaced: ("behind",)}
    got = {kind.__name__: status_of(kind("…", *more.get(kind, ()))) for kind in kinds}
    assert got == {
        "ExpertError": 500, "MailError": 500, "SettingError": 500, "PackError": 500, "SealError": 500, "StartError": 500,
        "BadInput": 400, "TooLarge": 413, "BadFields": 400,
        "NotSignedIn": 401, "BadSecret": 401, "Forbidden": 403, "HandoffRefused": 403, "NotFound": 404, "Conflict": 409,
        "TooManyRequests": 429, "Busy": 503, "RegistryUnavailable": 503, "ModelAnswerCut": 503, "ModelAnswerEmpty": 503, "ModelAnswerUnfit": 503,
        "ModelError": 503, "ModelUnavailable": 503, "ModelRefused": 503, "ModelAnswerInvalid": 503,
        "LabelStudioError": 502, "LabelStudioUnreachable": 502, "OutboxReplaced": 502,
    }


def test_templates_hold_nothing_the_content_security_policy_forbids() -> None:
    """No script, style or handler inside a page, and nothing from elsewhere."""
    forbidden = re.compile(r"<style|<script(?![^>]*\bsrc=)|\son[a-z]+=|\bstyle=|src=\"https?:|javascript:|\|\s*safe\b|Markup", re.I)
    for path in sorted(WEB.joinpath("templates").rglob("*.html")):
        assert not forbidden.search(path.read_text()), path.name
    for path in WEB.joinpath("static").iterdir():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|url\(|@import", path.read_text()), path.name


def _contrast(one: str, two: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1, 1.4.3)."""
    def luminance(colour: str) -> float:
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_read(scheme: int) -> None:
    """Text has 4.5 to 1 against what it stands on, edges of controls 3 to 1 (AA), by day and by night."""
    css = WEB.joinpath("static", "portal.css").read_text()
    colour = {found[0]: found[1 + scheme] for found in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)}
    pairs = [(text, ground) for text in ("text", "muted", "accent", "bad") for ground in ("ground", "surface")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "accent-soft"), ("muted", "accent-soft"),
              ("accent", "accent-soft"), ("good", "good-soft"), ("warn", "warn-soft"), ("bad", "bad-soft"), ("mark-text", "mark")]
    low = [(a, b, round(_contrast(colour[a], colour[b]), 2)) for a, b in pairs if _contrast(colour[a], colour[b]) < 4.5]
    low += [("line-strong", b, round(_contrast(colour["line-strong"], colour[b]), 2)) for b in ("surface",)
            if _contrast(colour["line-strong"], colour[b]) < 3]
    assert not low
