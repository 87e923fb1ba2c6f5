"""Views of the candidate's profile: education, licences, work, skills and languages, listed, added, changed and removed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.profile import entry_warnings, forms
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Person
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.profile_labels import KINDS, licences_by_id, own_first
from ls_expert_plugin.web.services import services

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
# What a form for the first entry of work comes with: most people begin with the job they have.
FIRST_WORK: Mapping[str, str] = MappingProxyType({"current": "yes"})


@blueprint.get("")
def page() -> str:
    """The profile: everything that I have entered."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        claims = unit.claims.of(person.id)
        has_consent = consent.in_force(unit, person, consent.MATCHING)
        resume = unit.resumes.of(person.id)
        waits_for_interview = [one.domain for one in unit.verifications.of(person.id) if one.status == "interested" and one.domain in parts.packs]
    is_first = has_consent and not claims and resume is None
    return render_template(
        "candidate/profile/profile.html", claims=claims, resume=resume, has_consent=has_consent, licences=licences_by_id(parts.packs),
        warned={claim.id: _warned(claim, claims) for claim in claims}, is_first=is_first,
        kinds={"work": KINDS["work"], **KINDS} if is_first else KINDS, first_work=FIRST_WORK,
        interview_in=parts.packs[waits_for_interview[0]] if len(waits_for_interview) == 1 else None,
    )


@blueprint.get("/<any(education, licence, work, skill, language):kind>/new")
def new(kind: ClaimKind) -> str:
    """An empty form for an entry of this kind."""
    person = signed_in()
    with services().store.read() as unit:
        consent.need_matching(unit, person)
        is_first_work = kind == "work" and not any(one.kind == "work" for one in unit.claims.of(person.id))
    from ls_expert_plugin.web.candidate.profile_suggestions import open_one

    suggested = open_one(request.args.get("suggestion"))
    return _form(kind, dict(suggested.fields) if suggested and suggested.kind == kind else FIRST_WORK if is_first_work else {}, {}, None)


@blueprint.post("/<any(education, licence, work, skill, language):kind>/new")
def add(kind: ClaimKind) -> Response | tuple[str, int]:
    """Add an entry to one's own profile."""
    person, fields = signed_in(), _fields()
    try:
        with services().store.begin() as unit:
            suggestion = request.args.get("suggestion", "")
            is_suggested = suggestion.isascii() and suggestion.isdigit() and len(suggestion) < 10 and unit.suggestions.settle(
                person.id, int(suggestion), "taken", services().clock()
            )
            added = forms.add(unit, person, kind, fields, services().clock(), source="interview" if is_suggested else "form")
    except forms.FormInvalid as problem:
        return _form(kind, fields, problem.fields, None), 400
    _saved(person, added, "Added to your profile.")
    if request.args.get("beside"):
        return redirect(url_for("profile.new", kind=kind, beside="resume"), 303)
    return redirect(url_for("profile.page"), 303)


@blueprint.get("/entries/<int(max=2147483647):claim_id>")
def edit(claim_id: int) -> str:
    """The form with what I entered."""
    claim = _own(claim_id)
    return _form(claim.kind, claim.details, {}, claim)


@blueprint.post("/entries/<int(max=2147483647):claim_id>")
def change(claim_id: int) -> Response | tuple[str, int]:
    """Replace an entry of one's own profile."""
    person, fields, claim = signed_in(), _fields(), _own(claim_id)
    try:
        with services().store.begin() as unit:
            changed = forms.change(unit, person, claim_id, fields, services().clock())
    except forms.FormInvalid as problem:
        return _form(claim.kind, fields, problem.fields, claim), 400
    _no_longer_checked(person, claim)
    _saved(person, changed, "Your profile is changed.")
    return redirect(url_for("profile.page"), 303)


@blueprint.post("/entries/<int(max=2147483647):claim_id>/remove")
def remove(claim_id: int) -> Response:
    """Remove an entry of one's own profile."""
    person, claim = signed_in(), _own(claim_id)
    with services().store.begin() as unit:
        forms.remove(unit, person, claim_id)
    _no_longer_checked(person, claim)
    flash("Removed from your profile.", "good")
    return redirect(url_for("profile.page"), 303)


def _saved(person: Person, claim: Claim, words: str) -> None:
    """What follows when an entry is saved: registers are asked, and what is worth a second look is said."""
    _look_up(claim)
    flash(words, "good")
    with services().store.read() as unit:
        claims = unit.claims.of(person.id)
    for warning in _warned(claim, claims):
        flash(warning, "warn")


def _warned(claim: Claim, claims: tuple[Claim, ...]) -> tuple[str, ...]:
    return entry_warnings.warnings(claim.kind, claim.details, [one for one in claims if one.id != claim.id], services().clock().date())


def _look_up(claim: Claim) -> None:
    """Have a register asked about a licence, where one is configured; and say what is wrong with the form of its number."""
    check = services().checks.get(claim.details.get("kind", "")) if claim.kind == "licence" else None
    if check is None:
        return
    wrong = check.well_formed(str(claim.details.get("number", "")))
    if wrong:
        flash(f"{wrong} The entry is saved as you wrote it.", "warn")
    if check.looks_up:
        services().queue("look_up", claim_id=claim.id)


def _no_longer_checked(person: Person, claim: Claim) -> None:
    """Projects may have rested on what was checked."""
    if claim.is_checked:
        services().routing.refresh(person.ls_user_id)


def _own(claim_id: int) -> Claim:
    person = signed_in()
    with services().store.read() as unit:
        claim = unit.claims.get(person.id, claim_id)
    if claim is None:
        raise NotFound("This entry is no longer there. Reload your profile.")
    return claim


def _fields() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name != "csrf_token"}


def _form(kind: ClaimKind, values: Mapping[str, Any], errors: Mapping[str, str], claim: Claim | None) -> str:
    person, shown, packs = signed_in(), forms.FORMS[kind].model_fields, services().packs
    with services().store.read() as unit:
        kept = unit.resumes.of(person.id) if request.args.get("beside") == "resume" else None
        domains = [one.domain for one in unit.verifications.of(person.id)]
    return render_template(
        "candidate/profile/profile_form.html", kind=kind, values=values, errors=errors, claim=claim, title=KINDS[kind], kinds=KINDS,
        field_errors={name: message for name, message in errors.items() if name in shown},
        other_errors=[message for name, message in errors.items() if name not in shown], packs=own_first(packs, domains),
        lines=[line.strip() for line in kept.text.splitlines() if line.strip()] if kept else [],
        languages=sorted(LANGUAGES.items(), key=lambda pair: pair[1]), proficiencies=forms.PROFICIENCIES,
    )
