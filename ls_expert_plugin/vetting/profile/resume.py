"""A résumé: kept with the profile, and read by a language model into entries to propose, where the person allows that.

An entry is proposed only with a passage that stands in the résumé, and nothing is added by itself. Without a model the file is
kept for whoever reviews the person, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.llm.port import Prompt
from ls_expert_plugin.llm.prompts import prompt_from_file
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.evidence.quote_matching import QuotableAnswer
from ls_expert_plugin.vetting.interview.wording_check import is_grounded
from ls_expert_plugin.vetting.profile.forms import FIELDS, FORMS
from ls_expert_plugin.vetting.profile.proposed_entries import MAX_ENTRIES, Proposals, Proposed, proficiency
from ls_expert_plugin.vetting.profile.values import Resume
from ls_expert_plugin.vetting.values import ClaimKind, Person

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Licence
    from ls_expert_plugin.llm.port import LanguageModel
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

PROMPT = "resume_entries.v1"
FIELD_MAX_CHARS = 1000
NAME_MAX_CHARS = 120
# How an entry is named on the page, by kind: the first of these fields that it has.
_SEEN: Mapping[ClaimKind, tuple[str, ...]] = {
    "education": ("degree", "school"), "licence": ("number",), "work": ("title", "employer"), "skill": ("name",), "language": ("code",),
}


def keep(unit: UnitOfWork, person: Person, resume: Resume) -> None:
    """Keep this one in place of the last. Raises ``Forbidden`` (no consent)."""
    need_matching(unit, person)
    unit.resumes.set(person.id, resume)


def remove(unit: UnitOfWork, person: Person) -> None:
    """Take it back; needs no consent. Raises ``NotFound``."""
    if not unit.resumes.remove(person.id):
        raise NotFound("There is no résumé any more. Load your profile again.")


def propose(text: str, licences: Mapping[str, Licence], model: LanguageModel) -> Proposals:
    """What the model finds in ``text``, as far as its passages are found there. Raises ``ModelError``."""
    return proposals(text, licences, model.structured(prompt(text, licences.values()), schema(licences)))


def proposals(text: str, licences: Mapping[str, Licence], answer: Mapping[str, Any]) -> Proposals:
    """A model's ``answer`` as entries to look at; one without a passage in the text is left out, a field that does not rest on it is empty. Pure."""
    said = QuotableAnswer(text)
    found: list[Proposed] = []
    lost = 0
    for one in answer["entries"][:MAX_ENTRIES]:
        where = said.locate(one["quote"]) if one["quote"].strip() else None
        if where is None:
            lost += 1
            continue
        kind = cast(ClaimKind, one["kind"])
        given = {name: one["fields"].get(name, "").strip()[:FIELD_MAX_CHARS] for name in FIELDS[kind]}
        fields = {name: value if is_grounded(name, value, text) else "" for name, value in given.items()}
        if kind == "language":
            fields["proficiency"] = proficiency(fields["proficiency"])
        made = Proposed(kind, fields, _seen(kind, fields, licences), quote=" ".join(text[where[0]:where[1]].split()))
        if all((other.kind, other.fields) != (made.kind, made.fields) for other in found):
            found.append(made)
    if not lost:
        return Proposals(tuple(found), ())
    entries = "1 entry was" if lost == 1 else f"{lost} entries were"
    return Proposals(tuple(found), (f"{entries} left out: what the model quoted for it does not stand in your résumé.",))


def prompt(text: str, licences: Iterable[Licence]) -> Prompt:
    """Prompt that asks for the entries of a résumé, which is data in it."""
    data = {"licences": [{"id": one.id, "title": one.title} for one in licences], "resume": text}
    return prompt_from_file("ls_expert_plugin.vetting", PROMPT, "profile.resume", data, max_tokens=4000)


def schema(licences: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of the answer: kind, passage, and the fields of all forms as texts."""
    names = sorted({name for fields in FIELDS.values() for name in fields})
    fields: dict[str, Any] = {name: {"type": "string"} for name in names}
    fields["kind"] = {"type": "string", "enum": ["", *licences]}
    one = {
        "type": "object", "required": ["kind", "quote", "fields"], "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": sorted(FORMS)}, "quote": {"type": "string"},
            "fields": {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False},
        },
    }
    return {"type": "object", "properties": {"entries": {"type": "array", "items": one}}, "required": ["entries"], "additionalProperties": False}


def _seen(kind: ClaimKind, fields: Mapping[str, str], licences: Mapping[str, Licence]) -> str:
    if kind == "licence" and fields["kind"] in licences:
        return licences[fields["kind"]].title
    return ", ".join(fields[name] for name in _SEEN[kind] if fields[name])
