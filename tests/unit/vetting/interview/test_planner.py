"""What the interview asks next."""

from __future__ import annotations

import itertools

import pytest

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.interview.contradictions import contradictions
from ls_expert_plugin.vetting.interview.planner import Ask, next_question, progress
from ls_expert_plugin.vetting.values import Claim, Turn
from tests.support.builders.vetting_samples import LONG_ENOUGH, SHORT, claim, pack, turn

WORK = (claim("work"),)


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    """The domains that come along."""
    return load_packs(None)


def _hold(with_pack: Pack, answers: list[str], claims: tuple[Claim, ...] = WORK) -> tuple[list[Ask], list[Turn]]:
    """Hold an interview with these answers, the last one repeated; returns what was asked and the turns."""
    asks: list[Ask] = []
    turns: list[Turn] = []
    given = itertools.chain(answers, itertools.repeat(answers[-1]))
    while (ask := next_question(with_pack, turns, claims)) is not None:
        asks.append(ask)
        turns.append(turn(len(turns), ask.text, question_id=ask.question_id, competency=ask.competency))
        turns.append(turn(len(turns), next(given), question_id=ask.question_id, competency=ask.competency))
        assert len(asks) < 50, "the interview does not end"
    return asks, turns


def test_the_first_question_is_an_opening() -> None:
    """It asks for experience and says what to leave out, whoever the person is."""
    for claims in (WORK, ()):
        ask = next_question(pack(), (), claims)
        assert ask is not None and ask.question_id == "p_open" and not ask.is_follow_up


def test_the_first_question_is_an_opening_wherever_there_is_one() -> None:
    """When the first competency has only a scenario, another one opens the interview."""
    without = [one.model_dump() for one in pack().questions if one.id != "p_open"]
    asks, _ = _hold(pack(questions=without), [LONG_ENOUGH])
    assert [ask.question_id for ask in asks] == ["c_open", "p_scenario"]


def test_good_answers_are_asked_each_mandatory_competency_once() -> None:
    """Nothing is asked twice, and what is not mandatory is not asked."""
    asks, _ = _hold(pack(), [LONG_ENOUGH])
    assert [(ask.question_id, ask.is_follow_up) for ask in asks] == [("p_open", False), ("c_open", False)]


def test_without_work_experience_scenarios_come_first() -> None:
    """Somebody without entries under work is asked what they would do."""
    asks, _ = _hold(pack(), [LONG_ENOUGH], claims=(claim("education"),))
    assert [ask.question_id for ask in asks] == ["p_open", "c_scenario"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (SHORT, "Could you say more about it?"),
        ("Courts weigh the limitation period against the conduct of both parties, and the outcome turns on knowledge, on the "
         "kind of harm, and on whether steps were taken in time by everybody concerned.", "Could you give an example?"),
        ("Last year I had a matter that took many turns, and I spoke with everybody, read every page of the file and then wrote "
         "down what I thought about it for the partner in charge.", "Which rule did you rest on?"),
    ],
)  # fmt: skip
def test_a_thin_answer_gets_the_follow_up_that_fits(answer: str, text: str) -> None:
    """Too short, no example, none of the expected terms: each has its own follow-up, on the same question."""
    asks, _ = _hold(pack(), [answer, LONG_ENOUGH])
    assert asks[1] == Ask("p_open", "procedure", text, is_follow_up=True)


def test_a_question_gets_at_most_one_follow_up() -> None:
    """Somebody who keeps answering in three words is not asked the same thing for ever."""
    asks, _ = _hold(pack(), [SHORT])
    for question_id in {ask.question_id for ask in asks}:
        assert [ask.is_follow_up for ask in asks if ask.question_id == question_id] in ([False], [False, True])


def test_follow_ups_of_one_kind_take_turns() -> None:
    """Two short answers get two different nudges."""
    asks, _ = _hold(pack(), [SHORT])
    assert [ask.text for ask in asks if ask.is_follow_up][:2] == ["Could you say more about it?", "What happened next?"]


def test_a_scenario_is_not_asked_for_an_example() -> None:
    """What would you do, is answered with what one would do."""
    told = (
        "One stops straight away and looks for informed consent, in writing, from both of them; without it nobody may go on, and it "
        "is better to step back early than to be removed late by a court."
    )
    asks, _ = _hold(pack(), [LONG_ENOUGH, told], claims=())
    assert [ask.question_id for ask in asks][:2] == ["p_open", "c_scenario"]
    assert not any(ask.is_follow_up for ask in asks if ask.question_id == "c_scenario")


def test_follow_ups_never_cost_a_mandatory_competency() -> None:
    """With a budget for the mandatory questions only, each of them is asked."""
    asks, _ = _hold(pack(max_candidate_turns=2), [SHORT])
    assert [(ask.competency, ask.is_follow_up) for ask in asks] == [("procedure", False), ("conflicts", False)]


def test_a_competency_without_any_evidence_gets_a_second_chance() -> None:
    """Once all are asked, what showed nothing is probed, and what showed something is not."""
    no_term = (
        "Last year I had a matter that took many turns, and I spoke with everybody, read every page of the file and then "
        "wrote down what I thought about it."
    )
    procedure_only = (
        "Last year I missed nothing: the limitation period ran out in June, so I filed in May and told the client "
        "about it in writing, with the reasons for the date that I chose. The judgment came in autumn and went our way."
    )
    asks, _ = _hold(pack(), [procedure_only, no_term, no_term, no_term])
    assert [ask.question_id for ask in asks] == ["p_open", "c_open", "c_open", "c_probe", "c_probe"]


def test_what_belongs_to_a_specialty_is_not_put_to_everybody() -> None:
    """Neither a question of one specialty nor a competency of one is asked while nobody's specialties are known."""
    questions = [{**one.model_dump(), "specialty": "contracts"} if one.id == "p_open" else one.model_dump() for one in pack().questions]
    asks, _ = _hold(pack(questions=questions), [LONG_ENOUGH])
    assert [ask.question_id for ask in asks] == ["c_open", "p_scenario"]
    competencies = [{**one.model_dump(), "specialties": ["contracts"] if one.id == "conflicts" else []} for one in pack().competencies]
    asks, turns = _hold(pack(competencies=competencies), [LONG_ENOUGH])
    assert {ask.competency for ask in asks} == {"procedure"}
    assert progress(pack(competencies=competencies), turns).remaining == ()


def test_a_follow_up_of_the_competency_goes_before_the_others() -> None:
    """It is asked after its own questions, and after no others."""
    own = {"id": "own", "when": "too_short", "text": "Whom did you ask for consent?", "competencies": ["conflicts"]}
    follow_ups = [own, *(one.model_dump() for one in pack().follow_ups)]
    asks, _ = _hold(pack(follow_ups=follow_ups), [SHORT])
    first = {ask.competency: ask.text for ask in reversed(asks) if ask.is_follow_up}
    assert first == {"procedure": "Could you say more about it?", "conflicts": "Whom did you ask for consent?"}


def test_the_budget_ends_the_interview() -> None:
    """Never more answers than the pack allows, however thin they are."""
    for budget in range(1, 8):
        _, turns = _hold(pack(max_candidate_turns=budget), [SHORT])
        assert sum(one.speaker == "candidate" for one in turns) <= budget


@pytest.mark.parametrize("domain", ["law", "medicine", "finance"])
@pytest.mark.parametrize(("answer", "claims"), [(SHORT, WORK), (LONG_ENOUGH, ())])
def test_each_domain_that_comes_along_is_asked_through(
    packs: dict[str, Pack], domain: str, answer: str, claims: tuple[Claim, ...]
) -> None:
    """Every mandatory competency, within the pack's number of answers, never the same words twice."""
    with_pack = packs[domain]
    asks, turns = _hold(with_pack, [answer], claims)
    assert progress(with_pack, turns).remaining == ()
    assert len(asks) <= with_pack.max_candidate_turns
    assert len({ask.text for ask in asks if not ask.is_follow_up}) == sum(not ask.is_follow_up for ask in asks)
    assert all(one.text != two.text for one, two in itertools.pairwise(asks))


def test_the_same_turns_lead_to_the_same_question() -> None:
    """Two tabs, or a retry, are asked the same thing."""
    _, turns = _hold(pack(), [SHORT, LONG_ENOUGH])
    for length in range(0, len(turns) + 1, 2):
        assert next_question(pack(), turns[:length], WORK) == next_question(pack(), list(turns[:length]), WORK)


def test_questions_of_an_older_pack_do_not_stop_the_interview() -> None:
    """A pack that changed under a running interview goes on with what is missing."""
    turns = [turn(0, "Gone?", question_id="gone"), turn(1, LONG_ENOUGH, question_id="gone")]
    ask = next_question(pack(), turns, WORK)
    assert ask is not None and ask.question_id == "c_open"


def test_progress_counts_questions_and_names_what_is_left() -> None:
    """A competency is covered when it has an answer; the closing words are no question."""
    turns = [turn(0, "?"), turn(1, LONG_ENOUGH), turn(2, "?", question_id="c_open", competency="conflicts")]
    shown = progress(pack(), turns)
    assert (shown.asked, shown.budget) == (2, 6)
    assert (shown.covered, shown.remaining) == (("Civil procedure",), ("Conflicts of interest",))
    closing = turn(4, "Thank you.", question_id=None, competency=None)
    assert progress(pack(), [*turns, turn(3, SHORT, question_id="c_open", competency="conflicts"), closing]).asked == 2


CONTRADICTED = "I have 25 years of experience. Last year the limitation period of a claim ran out, and a judgment followed; I told the client why."


def test_what_does_not_go_with_the_profile_is_asked_about_once() -> None:
    """Both sides are named; it is no follow-up of a question of the pack, and it does not come again."""
    follow_ups = [*(one.model_dump() for one in pack().follow_ups), {"id": "differs", "when": "contradiction", "text": "How does that go together?"}]
    asks, _ = _hold(pack(follow_ups=follow_ups), [CONTRADICTED], claims=(claim("work", start="2020-01"),))
    probes = [ask for ask in asks if ask.question_id == "contradiction:years"]
    assert [one.text for one in probes] == [
        "You wrote “have 25 years of experience”. The earliest entry in your profile begins in 2020. How does that go together?"
    ]
    assert asks[1] == probes[0] and {ask.competency for ask in asks} >= {"procedure", "conflicts"}
    without, _ = _hold(pack(), [CONTRADICTED], claims=(claim("work", start="2020-01"),))
    assert not any(ask.question_id.startswith("contradiction:") for ask in without), "a pack without words for it does not ask"


@pytest.mark.parametrize(("said", "is_one"), [
    ("I have practised law for 20 years.", True), ("in my twenty years as a lawyer", True), ("I have 6 years of experience.", False),
    ("The lease ran for 20 years.", False), ("My client is 50 years old.", False), ("A limitation period of 30 years applies.", False),
    ("I worked with a partner who had 40 years behind her.", False),
])
def test_only_years_of_work_are_compared_with_the_profile(said: str, is_one: bool) -> None:
    """Years of a lease, an age or somebody else's are none."""
    found = contradictions((claim("work", start="2020-01"),), (turn(0, "And?"), turn(1, said)))
    assert bool(found) is is_one
    assert not contradictions((claim("education"),), (turn(0, "And?"), turn(1, said))), "without work on file there is nothing to compare"


def test_the_reason_for_a_question_is_told() -> None:
    """A topic first, then what little is known about."""
    asks, _ = _hold(pack(), [LONG_ENOUGH])
    assert asks[0].why == "first about Civil procedure"


def test_somebody_with_a_specialty_is_asked_its_questions() -> None:
    """Where the specialty is known."""
    own = {"id": "p_own", "competency": "procedure", "kind": "opening", "text": "Which clause?", "specialty": "contracts", "minutes": 1}
    with_own = pack(questions=[own, *(one.model_dump() for one in pack().questions)])
    first = next_question(with_own, (), WORK, specialties=("contracts",))
    assert first is not None and first.question_id == "p_own"
    without = next_question(with_own, (), WORK)
    assert without is not None and without.question_id == "p_open"
    assert next_question(with_own, (), WORK, specialties=("other",)) == without


def test_a_question_of_ones_own_field_goes_before_a_general_one() -> None:
    """Of two that would tell as much, whoever is known to work in a field is asked about that."""
    own = {"id": "c_own", "competency": "conflicts", "kind": "opening", "text": "Which clause?", "specialty": "contracts"}
    with_own = pack(questions=[*(one.model_dump() for one in pack().questions), own])
    asks, turns = _hold(with_own, [LONG_ENOUGH])
    assert "c_own" not in {ask.question_id for ask in asks}
    known = next_question(with_own, turns[:2], WORK, specialties=("contracts",))
    assert known is not None and known.question_id == "c_own"


@pytest.mark.parametrize("budget", [2, 3, 6])
def test_a_topic_of_two_competencies_spares_neither(budget: int) -> None:
    """The policy asks for a level in each, so each has its question, follow-ups or not."""
    topics = [{"id": "both", "title": "Both", "competencies": ["procedure", "conflicts"]}]
    asks, _ = _hold(pack(topics=topics, max_candidate_turns=budget), [SHORT])
    assert {ask.competency for ask in asks} == {"procedure", "conflicts"}


def test_minutes_are_kept_for_what_is_mandatory() -> None:
    """Questions take three minutes here: six are enough for the two mandatory ones, eight for one follow-up too."""
    for minutes, asked in ((5, 2), (6, 2), (7, 2), (8, 3), (10, 4)):
        asks, _ = _hold(pack(max_minutes=minutes), [SHORT])
        assert len(asks) == asked and {ask.competency for ask in asks} == {"procedure", "conflicts"}, minutes


def test_a_pasted_answer_is_asked_for_in_ones_own_words() -> None:
    """Once, before the other follow-ups; a pack without words for it does not ask."""
    turns = (turn(0, "Which case?"), turn(1, LONG_ENOUGH))
    own = {"id": "own", "when": "own_words", "text": "And in your own words, with one fact changed?"}
    with_own = pack(follow_ups=[*(one.model_dump() for one in pack().follow_ups), own])
    ask = next_question(with_own, turns, WORK, own_words=True)
    assert ask is not None and (ask.text, ask.is_follow_up) == (own["text"], True)
    for plain in (next_question(with_own, turns, WORK), next_question(pack(), turns, WORK, own_words=True)):
        assert plain is not None and not plain.is_follow_up
