"""Form of requirements: what was typed into values, and values into a form again. Pure.

The same form serves one project, where all of it counts, and many, where only the parts that are ticked do. A field has the
name of the value it sets. Specialties and licences are sent as "domain:id", because each domain has its own. Whether what was
typed makes sense is for ``routing/requirements/editing.py`` to say; what is no number at all reads as one that it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Distribution, Mode, Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion

# Each part of the form that can be changed on its own, and how it reads.
PARTS: Mapping[str, str] = {
    "domain": "Domain",
    "specialties": "Specialties",
    "minimum_level": "Level",
    "languages": "Languages",
    "credentials": "Licences",
    "add_on": "Screening questions",
    "max_experts": "Number of experts",
    "mode": "Access",
    "shows_others_work": "Visibility of annotations",
    "specialty_field": "Routing by task",
    "assignment": "Assignment",
}
# The part that each field of the form stands in.
PART_OF: Mapping[str, str] = {
    **{part: part for part in PARTS}, "credential_kinds": "credentials", "jurisdictions": "credentials", "invited": "mode", "add_on_about": "add_on",
    "add_on_question": "add_on",
}
_NO_NUMBER = -1


class Form(Protocol):
    """Protocol of the fields that were sent, as werkzeug's MultiDict has them."""

    def get(self, key: str, default: str) -> str:
        """The first value of a field."""
        ...

    def getlist(self, key: str) -> list[str]:
        """All values that a field was sent with."""
        ...


@dataclass(frozen=True)
class RequirementForm:
    """What a form says, for the parts that count. ``specialties`` and ``credential_kinds`` are (domain, id)."""

    parts: frozenset[str]
    domain: str | None = None
    specialties: tuple[tuple[str, str], ...] = ()
    all_specialties: bool = False
    minimum_level: int | None = None
    languages: tuple[str, ...] = ()
    credential_kinds: tuple[tuple[str, str], ...] = ()
    jurisdictions: tuple[str, ...] = ()
    add_on: tuple[AddOnQuestion, ...] = ()
    max_experts: int | None = None
    mode: Mode = "open"
    invited: frozenset[int] = frozenset()
    shows_others_work: bool = False
    specialty_field: str | None = None
    shows_tasks_without_specialty: bool = False
    # None: the page had no such field; it stays as it was.
    assignment: Distribution | None = None

    def on(self, was: TargetState) -> TargetState:
        """What a project asks for when this is entered for it. Parts that do not count stay as they were.

        A project that asks for no domain asks for nothing else, and one that is open to all keeps the list it had. Where the
        domain changes, specialties and licences of the old one go, unless new ones are entered with it.
        """
        return TargetState(
            requirement=self._requirement(was.requirement),
            rules=self._rules(was.rules),
            invited=self.invited if "mode" in self.parts and self.mode == "invited" else was.invited,
        )

    def foreign(self, domain: str) -> dict[str, list[str]]:
        """What was ticked for another domain: field → those domains, each once."""
        found: dict[str, list[str]] = {}
        for field, pairs in (("specialties", self.specialties), ("credential_kinds", self.credential_kinds)):
            others = list(dict.fromkeys(theirs for theirs, _ in pairs if theirs != domain))
            if others:
                found[field] = others
        return found

    def _requirement(self, was: Requirement | None) -> Requirement | None:
        domain = self.domain if "domain" in self.parts else was.domain if was else None
        if domain is None:
            return None
        then = was if was is not None and was.domain == domain else _moved(was, domain)
        if "specialties" in self.parts:
            then = replace(then, specialties=_of(domain, self.specialties), all_specialties=self.all_specialties)
        if "credentials" in self.parts:
            then = replace(then, credential_kinds=_of(domain, self.credential_kinds), jurisdictions=self.jurisdictions)
        plain = {part: getattr(self, part) for part in ("minimum_level", "languages", "add_on", "max_experts", "mode") if part in self.parts}
        return replace(then, **plain)

    def _rules(self, was: Rules) -> Rules:
        then = was
        if "shows_others_work" in self.parts:
            then = replace(then, shows_others_work=self.shows_others_work)
        if "specialty_field" in self.parts:
            then = replace(
                then, specialty_field=self.specialty_field, shows_tasks_without_specialty=self.shows_tasks_without_specialty
            )
        return replace(then, assignment=self.assignment) if "assignment" in self.parts and self.assignment is not None else then


def read(form: Form, parts: Collection[str] = tuple(PARTS)) -> RequirementForm:
    """What was typed, for these parts."""
    values: dict[str, Any] = {}
    for part in parts:
        values.update(_READERS[part](form))
    return RequirementForm(parts=frozenset(parts), **values)


def typed(wanted: TargetState) -> list[tuple[str, str]]:
    """The form that says this: (field, value), as a browser would send it."""
    asked, rules = wanted.requirement, wanted.rules
    fields = [("mode", "open")] if asked is None else [
        ("domain", asked.domain),
        *(("specialties", f"{asked.domain}:{one}") for one in asked.specialties),
        ("all_specialties", "all" if asked.all_specialties else "any"),
        ("minimum_level", "" if asked.minimum_level is None else str(asked.minimum_level)),
        *(("languages", code) for code in asked.languages),
        *(("credential_kinds", f"{asked.domain}:{one}") for one in asked.credential_kinds),
        ("jurisdictions", "\n".join(asked.jurisdictions)),
        *(field for one in asked.add_on for field in (("add_on_about", one.about), ("add_on_question", one.text))),
        ("max_experts", "" if asked.max_experts is None else str(asked.max_experts)),
        ("mode", asked.mode),
    ]
    fields += [("invited", str(who)) for who in sorted(wanted.invited)]
    fields += [("shows_others_work", "yes")] if rules.shows_others_work else []
    fields.append(("specialty_field", rules.specialty_field or ""))
    fields += [("shows_tasks_without_specialty", "yes")] if rules.shows_tasks_without_specialty else []
    fields.append(("assignment", rules.assignment))
    return fields


def _moved(was: Requirement | None, domain: str) -> Requirement:
    if was is None:
        return Requirement(domain)
    return replace(was, domain=domain, specialties=(), all_specialties=False, credential_kinds=())


def _of(domain: str, pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(one for theirs, one in pairs if theirs == domain)


def _pairs(values: list[str]) -> tuple[tuple[str, str], ...]:
    found = (value.partition(":")[::2] for value in dict.fromkeys(values))
    return tuple((domain, one) for domain, one in found if domain and one)


def _domain(form: Form) -> dict[str, Any]:
    return {"domain": form.get("domain", "") or None}


def _specialties(form: Form) -> dict[str, Any]:
    return {"specialties": _pairs(form.getlist("specialties")), "all_specialties": form.get("all_specialties", "") == "all"}


def _level(form: Form) -> dict[str, Any]:
    return {"minimum_level": _number(form.get("minimum_level", ""))}


def _languages(form: Form) -> dict[str, Any]:
    return {"languages": tuple(filter(None, form.getlist("languages")))}


def _credentials(form: Form) -> dict[str, Any]:
    places = tuple(line.strip() for line in form.get("jurisdictions", "").splitlines() if line.strip())
    return {"credential_kinds": _pairs(form.getlist("credential_kinds")), "jurisdictions": places}


def _add_on(form: Form) -> dict[str, Any]:
    """Pairs of fields; a pair with nothing in it is none."""
    pairs = zip(form.getlist("add_on_about"), form.getlist("add_on_question"), strict=False)
    entered = (AddOnQuestion(" ".join(about.split()), text.replace("\r\n", "\n").strip()) for about, text in pairs)
    return {"add_on": tuple(one for one in entered if one.about or one.text)}


def _places(form: Form) -> dict[str, Any]:
    return {"max_experts": _number(form.get("max_experts", ""))}


def _mode(form: Form) -> dict[str, Any]:
    ids = (_number(one) for one in form.getlist("invited"))
    return {"mode": cast(Mode, form.get("mode", "open")), "invited": frozenset(one for one in ids if one is not None)}


def _others_work(form: Form) -> dict[str, Any]:
    return {"shows_others_work": form.get("shows_others_work", "") == "yes"}


def _field(form: Form) -> dict[str, Any]:
    return {
        "specialty_field": form.get("specialty_field", "").strip() or None,
        "shows_tasks_without_specialty": form.get("shows_tasks_without_specialty", "") == "yes",
    }


def _assignment(form: Form) -> dict[str, Any]:
    return {"assignment": cast(Distribution, form.get("assignment", "")) or None}


def _number(text: str) -> int | None:
    """The number that was typed; None for nothing."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else _NO_NUMBER


_READERS: Mapping[str, Callable[[Form], dict[str, Any]]] = {
    "domain": _domain, "specialties": _specialties, "minimum_level": _level, "languages": _languages, "credentials": _credentials,
    "add_on": _add_on, "max_experts": _places, "mode": _mode, "shows_others_work": _others_work, "specialty_field": _field,
    "assignment": _assignment,
}
