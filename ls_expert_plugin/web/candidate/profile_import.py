"""Views that import a profile from a file: choose it, look at what was found, save what is ticked.

An export is read once and not kept; a résumé is kept with the profile.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, ModelError, NotFound
from ls_expert_plugin.reading import documents
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.profile import entry_warnings, forms, import_entries, resume
from ls_expert_plugin.vetting.profile.linkedin import MAX_ARCHIVE_BYTES
from ls_expert_plugin.vetting.profile.proposed_entries import MAX_ENTRIES, Proposals
from ls_expert_plugin.vetting.profile.values import Resume
from ls_expert_plugin.vetting.token_budget import model_for
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Person
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.profile_labels import KINDS, licences_by_id, own_first
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
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
    quote: str = ""
    is_twice: bool = False
    warned: tuple[str, ...] = ()

    @property
    def more(self) -> str:
        """What else the file says of it, for a first look."""
        shown = [value for name, value in self.values.items() if not name.endswith(("-current", "-code", "-proficiency", "-kind"))]
        return " · ".join(value for value in shown if value and value not in self.seen)[:160]


@blueprint.get("")
def page() -> str:
    """The form that takes a file to import."""
    person = signed_in()
    with services().store.read() as unit:
        consent.need_matching(unit, person)
    return _form()


@blueprint.post("")
def preview() -> str | tuple[str, int] | Response:
    """Show what is in the file; of a résumé the file is kept, and nothing else is saved."""
    person = signed_in()
    with services().store.read() as unit:
        consent.need_matching(unit, person)
        claims = unit.claims.of(person.id)
    raw = _uploaded()
    kind = documents.kind_of(raw)
    try:
        if kind:
            source, proposals = import_entries.RESUME, _resume(person, raw, kind)
        else:
            source, proposals = import_entries.read(raw)
    except BadInput as problem:
        return _form(problem.message), status_of(problem)
    if proposals is None:
        with services().store.read() as unit:
            kept = unit.resumes.of(person.id)
        return redirect(url_for("profile.new", kind="work", beside="resume") if kept and kept.text else url_for("profile.page"), 303)
    offered: list[Offered] = []
    now, seen = services().clock(), set[tuple[object, ...]]()
    for number, one in enumerate(proposals.proposed):
        there = import_entries.is_there(one.kind, one.fields, claims)
        same = (one.kind, *(one.fields.get(name, "").casefold() for name in entry_warnings.SAME[one.kind]))
        twice = any(same[1:]) and same in seen
        seen.add(same)
        wrong = import_entries.problems(one.kind, one.fields, now)
        offered.append(_offered(
            number, one.kind, one.seen.strip(", ") or "Without a name", one.fields, wrong, not there and not twice, there, one.quote, twice,
            () if wrong else entry_warnings.warnings(one.kind, one.fields, (), now.date()),
        ))
    return _preview(source, offered, proposals.left_out)


def _resume(person: Person, raw: bytes, kind: documents.Kind) -> Proposals | None:
    """Keep it; what a model finds in it, where one is connected and may read it. None: nothing to look at, and why is said."""
    parts = services()
    text = documents.text_of(raw, kind)
    wanted = request.form.get("model") == "yes"
    model = model_for(parts, person.id) if wanted else None
    file = request.files["file"]
    kept = Resume(_name(file.filename or "", kind), kind, raw, text, model is not None and bool(text), parts.clock())
    with parts.store.begin() as unit:
        resume.keep(unit, person, kept)
    if not text:
        flash("The file holds no text, only pictures of it. It is kept with your profile; enter what is in it by hand.", "warn")
    elif wanted and model is None and parts.interview_model is not None:
        flash("Your résumé is kept with your profile. Enough has been read by the model for you today; choose it again tomorrow, or enter it by hand.", "warn")
    elif model is None:
        flash("Your résumé is kept with your profile. Its text is beside the form: copy what belongs in your profile, entry by entry.", "good")
    else:
        try:
            found = resume.propose(text, licences_by_id(parts.packs), model)
        except ModelError as problem:
            logger.warning("a résumé was not read: %s", problem.message)
            flash("Your résumé is kept with your profile. It could not be read into entries just now; enter them by hand, or choose it again later.", "warn")
        else:
            if found.proposed:
                return found
            flash("Your résumé is kept with your profile. Nothing was found in it that belongs in an entry.", "warn")
    return None


@blueprint.get("/resume")
def download() -> Response:
    """The file as I sent it."""
    with services().store.read() as unit:
        kept = unit.resumes.of(signed_in().id)
    return as_file(kept)


@blueprint.post("/resume/remove")
def remove() -> Response:
    """Remove the résumé that was sent, file and text."""
    with services().store.begin() as unit:
        resume.remove(unit, signed_in())
    flash("Your résumé is removed.", "good")
    return redirect(url_for("profile.page"), 303)


def as_file(kept: Resume | None) -> Response:
    """A résumé as a download with its own name. Raises ``NotFound``."""
    if kept is None:
        raise NotFound("There is no résumé here. You can add one on your profile’s import page.")
    mimetype = "application/pdf" if kept.kind == "pdf" else "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    response = send_file(io.BytesIO(kept.content), mimetype=mimetype, as_attachment=True, download_name=kept.name)
    response.headers["Cache-Control"] = "no-store, private"  # send_file says "no-cache", which may be kept on a disk
    return response


def _name(name: str, kind: str) -> str:
    """The file's name without a path, as far as it can be shown and saved."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(char for char in last if char.isprintable()).strip()[:resume.NAME_MAX_CHARS]
    return plain if plain.strip(".") else f"resume.{kind}"


def _form(problem: str | None = None) -> str:
    return render_template("candidate/profile/profile_import.html", problem=problem, has_model=services().interview_model is not None)


@blueprint.post("/accept")
def accept() -> Response | tuple[str, int]:
    """Save the selected entries that are complete; the others stay on the page to be completed."""
    person, parts, source = signed_in(), services(), request.form.get("source", "")
    numbers = [number for number in range(MAX_ENTRIES) if f"e{number}-entry" in request.form]
    taken = [_taken(number) for number in numbers if request.form.get(f"e{number}-take") == "yes"]
    if not taken:
        flash("No entry was selected, so nothing is saved.", "warn")
        return redirect(url_for("profile.page"), 303)
    with parts.store.begin() as unit:
        imported = import_entries.take(unit, person, source, taken, parts.clock())
    if imported.wrong:
        return _again(source, imported), 400
    flash(f"Added to your profile: {imported.saved} {'entry' if imported.saved == 1 else 'entries'}.", "good")
    return redirect(url_for("profile.page"), 303)


def _uploaded() -> bytes:
    """The file that was sent; nothing when there is none. A large one lies in a temporary file, which goes here."""
    file = request.files.get("file")
    if file is None:
        return b""
    with closing(file):
        content: bytes = file.read()
        return content


def _again(source: str, imported: import_entries.Imported) -> str:
    with services().store.read() as unit:
        claims: tuple[Claim, ...] = unit.claims.of(signed_in().id)
    offered = []
    for number, wrong in imported.wrong.items():
        entry, form = _taken(number), request.form
        offered.append(_offered(
            number, entry.kind, form.get(f"e{number}-seen", ""), entry.fields, wrong, True,
            import_entries.is_there(entry.kind, entry.fields, claims), form.get(f"e{number}-quote", "")[:500],
        ))
    return _preview(source, offered, (), len(imported.wrong), imported.saved)


def _taken(number: int) -> import_entries.Taken:
    p = f"e{number}-"
    kind = request.form[f"{p}entry"]
    if kind not in KINDS:
        raise BadInput("This page is outdated. Choose the file again.")
    names = forms.FORMS[cast(ClaimKind, kind)].model_fields
    return import_entries.Taken(number, cast(ClaimKind, kind), {name: request.form.get(f"{p}{name}", "") for name in names})


def _offered(
    number: int, kind: ClaimKind, seen: str, fields: Mapping[str, str], errors: Mapping[str, str], is_taken: bool, is_there: bool,
    quote: str = "", is_twice: bool = False, warned: tuple[str, ...] = (),
) -> Offered:
    p = f"e{number}-"
    return Offered(
        p, kind, seen[:200], {f"{p}{name}": value for name, value in fields.items()}, {f"{p}{name}": text for name, text in errors.items()},
        is_taken, is_there, quote, is_twice, warned,
    )


def _preview(source: str, offered: Sequence[Offered], left_out: Sequence[str], wrong_count: int = 0, saved_count: int = 0) -> str:
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        domains = [one.domain for one in unit.verifications.of(person.id)]
    summary = {name: f"{one.seen}: {sentence}" for one in offered for name, sentence in one.errors.items()} if wrong_count else {}
    return render_template(
        "candidate/profile/profile_import_preview.html", source=source, offered=offered, left_out=left_out, wrong_count=wrong_count, kinds=KINDS,
        saved_count=saved_count, summary=summary, incomplete_count=sum(bool(one.errors) for one in offered),
        draft=sha256("\n".join(f"{one.p}{one.kind}{one.seen}" for one in offered).encode()).hexdigest()[:16],  # a draft is of this file alone
        packs=own_first(parts.packs, domains), languages=sorted(LANGUAGES.items(), key=lambda pair: pair[1]), proficiencies=forms.PROFICIENCIES,
    )
