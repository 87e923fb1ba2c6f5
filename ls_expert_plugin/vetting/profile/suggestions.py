"""What somebody said in the interview of themselves that their profile does not have, as suggestions. Pure.

Each is shown to the person with their own words; they add it, change it first, or dismiss it. Nothing changes by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from ls_expert_plugin.llm.port import Prompt
from ls_expert_plugin.llm.prompts import prompt_from_file
from ls_expert_plugin.vetting.assessment.rubric_levels import locate
from ls_expert_plugin.vetting.evidence.quote_matching import QuotableAnswer
from ls_expert_plugin.vetting.interview.wording_check import is_grounded
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.profile.forms import FIELDS, FORMS
from ls_expert_plugin.vetting.profile.values import Suggestion
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

PROMPT = "profile_suggestions.v1"
MOST = 10
FIELD_MAX_CHARS = 200
_SENTENCE = re.compile(r"[^.!?\n]+")
_OWN = re.compile(r"\b(I|I'm|I’m|I've|I’ve|my|me)\b")
_CODES = {name: code for code, name in LANGUAGES.items() if " " not in name}
_SPEAKS = re.compile(
    rf"\b(?:I (?:also )?(?:speak|write|work in)|I(?:'m| am|’m) (fluent in|a native speaker of)|[Mm]y (native) (?:language|tongue) is) ({'|'.join(_CODES)})\b"
)
_SMALL = frozenset(["a", "an", "and", "in", "of", "or", "the", "to", "with", "for"])


def from_words(pack: Pack, turns: Sequence[Turn], claims: Sequence[Claim]) -> tuple[Suggestion, ...]:
    """Without a model: licences named by their titles, and languages, in sentences in the first person."""
    found: dict[tuple[str, str], Suggestion] = {}
    for turn in turns:
        if turn.speaker == "candidate":
            for one in (*_licences(pack, turn), *_languages(turn)):
                found.setdefault((one.kind, one.fields.get("kind") or one.fields.get("code", "")), one)
    return tuple(one for one in found.values() if not _is_there(one, claims))[:MOST]


def from_answer(turns: Sequence[Turn], claims: Sequence[Claim], answer: Mapping[str, Any]) -> tuple[Suggestion, ...]:
    """What a model's ``answer`` names, as far as its passage is found in what was said; fields that do not rest on that answer are left empty."""
    said = {turn.id: QuotableAnswer(turn.text) for turn in turns if turn.speaker == "candidate"}
    found: list[Suggestion] = []
    for one in answer["suggestions"][:MOST]:
        where = locate(said, "", one["quote"], "")
        if where is None:
            continue
        known = FIELDS[one["kind"]]
        fields = {
            name: value.strip()[:FIELD_MAX_CHARS] for name, value in one["fields"].items()
            if name in known and value.strip() and is_grounded(name, value, said[where.turn_id].text)
        }
        made = Suggestion(cast(ClaimKind, one["kind"]), fields, where.turn_id, where.start, where.end, where.quote)
        if not _is_there(made, claims) and all((other.kind, other.fields) != (made.kind, made.fields) for other in found):
            found.append(made)
    return tuple(found)


def prompt(pack: Pack, turns: Sequence[Turn], claims: Sequence[Claim]) -> Prompt:
    """Prompt that asks for what is missing. Everything said and entered is data in it."""
    data = {
        "profile": [{"kind": one.kind, **one.details} for one in claims],
        "licences": [{"id": one.id, "title": one.title} for one in pack.licences],
        "answers": [turn.text for turn in turns if turn.speaker == "candidate"],
    }
    return prompt_from_file("ls_expert_plugin.vetting", PROMPT, "profile.suggestions", data, max_tokens=2000)


def schema(pack: Pack) -> dict[str, Any]:
    """JSON Schema of the answer: kind, passage, and the fields of all forms as texts."""
    names = sorted({name for fields in FIELDS.values() for name in fields})
    fields = {name: {"type": "string"} for name in names if name != "kind"} | {"kind": {"type": "string", "enum": ["", *(one.id for one in pack.licences)]}}
    one = {
        "type": "object", "required": ["kind", "quote", "fields"], "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": sorted(FORMS)}, "quote": {"type": "string"},
            "fields": {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False},
        },
    }
    return {
        "type": "object", "properties": {"suggestions": {"type": "array", "items": one}}, "required": ["suggestions"], "additionalProperties": False,
    }


def _licences(pack: Pack, turn: Turn) -> Iterator[Suggestion]:
    """A licence counts as named when the words of its title, up to a bracket, stand in one sentence about oneself, in this order."""
    for licence in pack.licences:
        words = [word for word in re.findall(r"\w+", licence.title.split(" (")[0]) if word.lower() not in _SMALL]
        if len(words) < 2:
            continue  # "Solicitor" alone is a profession that people talk about
        pattern = re.compile(r"\W+(?:\w+\W+){0,2}?".join(rf"{re.escape(word)}\w{{0,3}}" for word in words), re.IGNORECASE)
        for sentence in _SENTENCE.finditer(turn.text):
            if _OWN.search(sentence[0]) and pattern.search(sentence[0]):
                yield _made("licence", {"kind": licence.id}, turn, sentence)


def _languages(turn: Turn) -> Iterator[Suggestion]:
    for sentence in _SENTENCE.finditer(turn.text):
        for match in _SPEAKS.finditer(sentence[0]):
            how = "native" if match[2] or "native" in (match[1] or "") else "fluent" if match[1] else "working"
            yield _made("language", {"code": _CODES[match[3]], "proficiency": how}, turn, sentence)


def _made(kind: ClaimKind, fields: Mapping[str, str], turn: Turn, sentence: re.Match[str]) -> Suggestion:
    quote = sentence[0].strip()
    start = sentence.start() + sentence[0].index(quote)
    return Suggestion(kind, fields, turn.id, start, start + len(quote), quote)


# What makes two entries the same one.
_SAME: Mapping[ClaimKind, tuple[str, ...]] = {
    "licence": ("kind",), "language": ("code",), "education": ("school", "degree"), "work": ("employer", "title"), "skill": ("name",),
}


def _is_there(one: Suggestion, claims: Sequence[Claim]) -> bool:
    """Whether the profile has it."""
    names = _SAME[one.kind]
    return any(
        claim.kind == one.kind and all(_plain(claim.details.get(name)) == _plain(one.fields.get(name)) for name in names) for claim in claims
    )


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())
