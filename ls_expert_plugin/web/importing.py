"""Import of a profile from a file: choose it, look at what was found, save what is ticked. The file is read once and not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting import consent, importing, profile
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.linkedin import MAX_ARCHIVE_BYTES
from ls_expert_plugin.vetting.proposals import MAX_ENTRIES
from ls_expert_plugin.vetting.values import Claim, ClaimKind
from ls_expert_plugin.web.profile import KINDS
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.sign_in import signed_in

blueprint = Blueprint("importing", __name__, url_prefix="/profile/import")
# The file, and what a form writes around it.
MAX_BODY_BYTES = MAX_ARCHIVE_BYTES + 100_000


@dataclass(frozen=True)
class Offered:
    """One entry on the page; names of its fields begin with ``p``."""

    p: str
    kind: ClaimKind
    seen: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    is_taken: bool
    is_there: bool

    @property
    def more(self) -> str:
        """What else the file says of it, for a first look."""
        return " · ".join(value for value in self.values.values() if value and value not in self.seen)[:160]


@blueprint.get("")
def page() -> str:
    """Choose a file."""
    person = signed_in()
    with services().store.read() as unit:
        consent.need_matching(unit, person)
    return render_template("profile_import.html")


@blueprint.post("")
def preview() -> str | tuple[str, int]:
    """Show what is in the file; nothing is saved."""
    person = signed_in()
    with services().store.read() as unit:
        consent.need_matching(unit, person)
        claims = unit.claims.of(person.id)
    try:
        source, proposals = importing.read(_uploaded())
    except BadInput as problem:
        return render_template("profile_import.html", problem=problem.message), 400
    offered = []
    for number, one in enumerate(proposals.proposed):
        there = importing.is_there(one.kind, one.fields, claims)
        offered.append(_offered(number, one.kind, one.seen.strip(", ") or "Without a name", one.fields, {}, not there, there))
    return _preview(source, offered, proposals.left_out)


@blueprint.post("/accept")
def accept() -> Response | tuple[str, int]:
    """Save what is ticked, all of it or nothing."""
    person, parts, source = signed_in(), services(), request.form.get("source", "")
    numbers = [number for number in range(MAX_ENTRIES) if f"e{number}-entry" in request.form]
    taken = [_taken(number) for number in numbers if request.form.get(f"e{number}-take") == "yes"]
    if not taken:
        flash("Nothing was ticked, so nothing is saved.", "warn")
        return redirect(url_for("profile.page"), 303)
    try:
        with parts.store.begin() as unit:
            saved = importing.take(unit, person, source, taken, parts.clock())
    except importing.EntriesInvalid as problem:
        return _again(source, numbers, problem.entries), 400
    flash(f"Added to your profile: {saved} {'entry' if saved == 1 else 'entries'}.", "good")
    return redirect(url_for("profile.page"), 303)


def _uploaded() -> bytes:
    """The file that was sent; nothing when there is none. A large one lies in a temporary file, which goes here."""
    file = request.files.get("file")
    if file is None:
        return b""
    with closing(file):
        content: bytes = file.read()
        return content


def _again(source: str, numbers: Sequence[int], wrong: Mapping[int, Mapping[str, str]]) -> str:
    with services().store.read() as unit:
        claims: tuple[Claim, ...] = unit.claims.of(signed_in().id)
    offered = []
    for number in numbers:
        entry, form = _taken(number), request.form
        offered.append(_offered(
            number, entry.kind, form.get(f"e{number}-seen", ""), entry.fields, wrong.get(number, {}), form.get(f"e{number}-take") == "yes",
            importing.is_there(entry.kind, entry.fields, claims),
        ))
    return _preview(source, offered, (), len(wrong))


def _taken(number: int) -> importing.Taken:
    p = f"e{number}-"
    kind = request.form[f"{p}entry"]
    if kind not in KINDS:
        raise BadInput("This page is outdated. Choose the file again.")
    names = profile.FORMS[cast(ClaimKind, kind)].model_fields
    return importing.Taken(number, cast(ClaimKind, kind), {name: request.form.get(f"{p}{name}", "") for name in names})


def _offered(
    number: int, kind: ClaimKind, seen: str, fields: Mapping[str, str], errors: Mapping[str, str], is_taken: bool, is_there: bool
) -> Offered:
    p = f"e{number}-"
    return Offered(
        p, kind, seen[:200], {f"{p}{name}": value for name, value in fields.items()}, {f"{p}{name}": text for name, text in errors.items()},
        is_taken, is_there,
    )


def _preview(source: str, offered: Sequence[Offered], left_out: Sequence[str], wrong_count: int = 0) -> str:
    return render_template(
        "profile_import_preview.html", source=source, offered=offered, left_out=left_out, wrong_count=wrong_count, kinds=KINDS,
        packs=services().packs.values(), languages=sorted(LANGUAGES.items(), key=lambda pair: pair[1]), proficiencies=profile.PROFICIENCIES,
    )
