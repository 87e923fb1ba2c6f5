"""What must fit together in a pack whose fields are right one by one, and what is allowed but weak. Pure.

``mistakes`` stop the start; ``weaknesses`` are told by ``ls-expert domains lint`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ls_expert_plugin.domains.pack import Competency, Pack, Question, Topic
from ls_expert_plugin.domains.validation.item_validation import item_mistakes, item_weaknesses
from ls_expert_plugin.domains.validation.text_normalization import plain, repeated
from ls_expert_plugin.reading.validation_errors import Location, Mistake


def mistakes(pack: Pack) -> Iterator[Mistake]:
    """What does not fit together in ``pack``."""
    yield from _listed_twice(pack)
    yield from _unknown_names(pack)
    yield from _unasked(pack)
    yield from _uncovered(pack)
    yield from _beyond_the_budget(pack)
    yield from _policy_without_grounds(pack)
    yield from item_mistakes(pack)


def _listed_twice(pack: Pack) -> Iterator[Mistake]:
    for name in ("specialties", "licences", "topics", "competencies", "questions", "follow_ups", "red_flags", "items"):
        ids = [part.id for part in getattr(pack, name)]
        for position, first in repeated(ids):
            yield Mistake((name, position, "id"), f'"{ids[position]}" is already the id of {name}[{first}]; choose another')
    for number, competency in enumerate(pack.competencies):
        phrases = [plain(phrase) for phrase in competency.indicators]
        for position, first in repeated(phrases):
            says = f'"{phrases[position]}" is already indicators[{first}]; remove one of the two'
            yield Mistake(("competencies", number, "indicators", position), says)
        for position, first in repeated([plain(level) for level in competency.levels]):
            says = f"says the same as levels[{first}]; write what tells the two apart"
            yield Mistake(("competencies", number, "levels", position), says)
    for position, first in repeated([plain(question.text) for question in pack.questions]):
        yield Mistake(("questions", position, "text"), f"is already the text of questions[{first}]; ask something else")
    for position, first in repeated([one.competency for one in pack.policy.minimum_levels]):
        yield Mistake(("policy", "minimum_levels", position, "competency"), f"stands in minimum_levels[{first}] already; remove one of the two")


def _unknown_names(pack: Pack) -> Iterator[Mistake]:
    """Ids that lead nowhere, and questions for people who are not asked about their competency."""
    competencies = [one.id for one in pack.competencies]
    specialties = [one.id for one in pack.specialties]
    questions = [one.id for one in pack.questions]
    for number, topic in enumerate(pack.topics):
        yield from _unknown(("topics", number, "competencies"), topic.competencies, competencies, "competency")
        yield from _unknown(("topics", number, "questions"), topic.questions, questions, "question")
    for number, competency in enumerate(pack.competencies):
        yield from _unknown(("competencies", number, "specialties"), competency.specialties, specialties, "specialty")
    narrow = {one.id: one.specialties for one in pack.competencies if one.specialties}
    for number, question in enumerate(pack.questions):
        yield from _unknown(("questions", number, "competency"), question.competency, competencies, "competency")
        yield from _unknown(("questions", number, "informs"), question.informs, competencies, "competency")
        if question.specialty is not None:
            yield from _unknown(("questions", number, "specialty"), question.specialty, specialties, "specialty")
            theirs = narrow.get(question.competency, (question.specialty,))
            if question.specialty in specialties and question.specialty not in theirs:
                says = f'"{question.competency}" is only for {", ".join(theirs)}; add "{question.specialty}" there, or change it here'
                yield Mistake(("questions", number, "specialty"), says)
    for name in ("follow_ups", "red_flags"):
        for number, part in enumerate(getattr(pack, name)):
            yield from _unknown((name, number, "competencies"), part.competencies, competencies, "competency")
    for number, minimum in enumerate(pack.policy.minimum_levels):
        where: Location = ("policy", "minimum_levels", number, "competency")
        yield from _unknown(where, minimum.competency, competencies, "competency")
        if any(one.id == minimum.competency and not one.mandatory for one in pack.competencies):
            yield Mistake(where, f'"{minimum.competency}" is not mandatory, so it may have no level; make it so, or remove this')
    licences = [one.id for one in pack.licences]
    yield from _unknown(("policy", "required_credentials"), pack.policy.required_credentials, licences, "licence")


def _unknown(where: Location, named: str | Sequence[str], known: Sequence[str], what: str) -> Iterator[Mistake]:
    single = isinstance(named, str)
    for position, name in enumerate([named] if isinstance(named, str) else named):
        if name not in known:
            shown = ", ".join(known) if len(known) <= 20 else f"{', '.join(known[:20])} …"
            says = f'"{name}" is not the id of a {what}; write one of: {shown}'
            yield Mistake(where if single else (*where, position), says)


def _unasked(pack: Pack) -> Iterator[Mistake]:
    """What keeps the interview from asking about each mandatory competency, whatever somebody's specialty is."""
    if not any(competency.mandatory for competency in pack.competencies):
        yield Mistake(("competencies",), "none is mandatory, so nothing would be asked; make one so")
    for number, competency in enumerate(pack.competencies):
        if not competency.mandatory:
            continue
        for specialty in competency.specialties or (None,):
            kinds = {one.kind for one in _askable(pack, competency, specialty)}
            lacking = [] if kinds & {"opening", "scenario"} else ["an opening or a scenario question"]
            lacking += [] if "probing" in kinds else ["a probing question"]
            if lacking:
                people = f" for {specialty}" if specialty else ""
                says = f'"{competency.id}" is mandatory and has no question to match{people}; add {" and ".join(lacking)}'
                yield Mistake(("competencies", number), says)
                break


def _askable(pack: Pack, competency: Competency, specialty: str | None) -> list[Question]:
    return [one for one in pack.questions if one.competency == competency.id and one.specialty in (None, specialty)]


def _uncovered(pack: Pack) -> Iterator[Mistake]:
    for number, topic in enumerate(pack.topics):
        if not topic.competencies and not topic.questions:
            yield Mistake(("topics", number), f'"{topic.id}" names nothing that covers it; add competencies or questions')
        elif not _covering(pack, topic):
            says = f'"{topic.id}" cannot be covered with everybody; name a question, or a competency with a question, that is for all specialties'
            yield Mistake(("topics", number), says)


def _covering(pack: Pack, topic: Topic) -> list[Question]:
    return [one for one in pack.questions_for(()) if topic.covered_by(one)]


def _beyond_the_budget(pack: Pack) -> Iterator[Mistake]:
    """Turns and minutes have to be enough for one question about each mandatory competency and on each topic."""
    mandatory = [one for one in pack.competencies if one.mandatory]
    left = [one for one in pack.topics if not any(each.id in one.competencies for each in mandatory)]
    turns = len(mandatory) + len(left)
    if pack.max_candidate_turns < turns:
        besides = f" and {len(left)} topic{'s' if len(left) > 1 else ''} besides" if left else ""
        says = f"is too small to ask about {len(mandatory)} mandatory competencies{besides}; write at least {turns}"
        yield Mistake(("max_candidate_turns",), says)
    choices = [[one for one in pack.questions if one.competency == each.id and one.kind != "probing"] for each in mandatory]
    choices += [_covering(pack, topic) for topic in left]
    minutes = sum(min(one.minutes for one in some) for some in choices if some)
    if pack.max_minutes < minutes:
        says = f"is too small: the shortest questions on what is mandatory take {minutes} minutes; write at least {minutes}"
        yield Mistake(("max_minutes",), says)


def _policy_without_grounds(pack: Pack) -> Iterator[Mistake]:
    if pack.policy.auto_verify:
        if not pack.policy.required_credentials:
            grounds = "the knowledge test, which nobody watches," if pack.policy.test_required else "the interview"
            says = f"would verify on {grounds} alone; name required_credentials, or set it to false"
            yield Mistake(("policy", "auto_verify"), says)
        elif pack.policy.credential_status in ("claimed", "consistent"):
            says = f'is "{pack.policy.credential_status}", which rests on what people type, so nothing may be verified by itself; write registry-matched'
            yield Mistake(("policy", "credential_status"), says)
        for number, competency in enumerate(pack.competencies):
            if competency.mandatory and not competency.levels:
                says = f'are missing for "{competency.id}", so nothing can be verified by itself; write five, or set policy.auto_verify to false'
                yield Mistake(("competencies", number, "levels"), says)


MIN_INDICATORS = 6  # fewer point at few of the words that people really use
MIN_LEVEL_WORDS = 6  # a shorter description can hardly say what is seen in an answer
MIN_SPECIALTY_QUESTIONS = 2


def weaknesses(pack: Pack) -> Iterator[Mistake]:
    """What works, and would work better otherwise."""
    phrases = [(competency.id, plain(phrase)) for competency in pack.competencies for phrase in competency.indicators]
    for number, competency in enumerate(pack.competencies):
        at: Location = ("competencies", number)
        if len(competency.indicators) < MIN_INDICATORS:
            says = f"are only {len(competency.indicators)}; with {MIN_INDICATORS} or more, evidence is found in more people's words"
            yield Mistake((*at, "indicators"), says)
        for position, phrase in enumerate(competency.indicators):
            within = f" {plain(phrase)} "
            for other in sorted({one for one, part in phrases if one != competency.id and f" {part} " in within}):
                yield Mistake((*at, "indicators", position), f'"{phrase}" also points at "{other}"; take words that tell the two apart')
        if not competency.levels:
            yield Mistake(at, f'"{competency.id}" has no levels, so it gets none; write five descriptions of what an answer shows')
        for position, level in enumerate(competency.levels):
            if len(level.split()) < MIN_LEVEL_WORDS:
                yield Mistake((*at, "levels", position), "is very short; describe what is seen in an answer at this level")
        if not any(question.competency == competency.id for question in pack.questions):
            yield Mistake(at, f'"{competency.id}" has no question, so it is never asked about')
    for number, specialty in enumerate(pack.specialties):
        own = sum(question.specialty == specialty.id for question in pack.questions)
        if own < MIN_SPECIALTY_QUESTIONS:
            says = f'"{specialty.id}" has {own or "no"} question{"s" if own != 1 else ""} of its own; {MIN_SPECIALTY_QUESTIONS} let its people show it'
            yield Mistake(("specialties", number), says)
    for reason in ("too_short", "no_example", "no_evidence"):
        if all(one.when != reason or one.competencies for one in pack.follow_ups):
            yield Mistake(("follow_ups",), f"none is for {reason} after any question; such an answer is not asked about again")
    yield from item_weaknesses(pack)
    if not pack.red_flags:
        yield Mistake((), "there are no red_flags; say what in an answer a person has to look at")
    if pack.policy.auto_verify:
        yield Mistake(("policy", "auto_verify"), "lets projects open without a person; the default is false")
