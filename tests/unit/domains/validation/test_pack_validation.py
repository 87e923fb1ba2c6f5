"""Domain packs: what has to fit together, and what is merely weak."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.domains.loader import load_pack
from tests.support.builders.starter_pack import FULL, line_of, told
from tests.support.builders.tax_pack import GOOD
from tests.support.builders.vetting_samples import pack

# A licence that a person looks up.
LICENSED = ("required_credentials: []", "required_credentials: [certificate]")


def test_a_small_pack_may_leave_much_out(tmp_path: Path) -> None:
    """Without levels, topics, red flags, budget and policy it works, and the defaults leave each decision to a person."""
    path = tmp_path / "tax.yaml"
    path.write_text(GOOD.replace("max_candidate_turns: 6\n", ""), encoding="utf-8")
    small = load_pack(path)
    assert (small.max_candidate_turns, small.max_minutes) == (12, 45)
    assert (small.policy.auto_verify, small.policy.reviewers, small.policy.max_spread) == (False, 1, 1)
    assert (small.policy.recheck.grace_days, small.policy.retakes.attempts) == (30, 3)
    assert small.policy.level_needed("returns") == 3
    assert [(one.id, one.competencies) for one in small.mandatory_topics()] == [("returns", ("returns",))]
    assert {one.minutes for one in small.questions} == {3} and {one.specialty for one in small.questions} == {None}


def test_topics_are_the_written_ones_where_there_are_some(tmp_path: Path) -> None:
    """Only without any is each mandatory competency a topic."""
    path = tmp_path / "ours.yaml"
    path.write_text(FULL, encoding="utf-8")
    assert [one.id for one in load_pack(path).mandatory_topics()] == ["own_work", "own_limits"]


def test_levels_are_read_by_their_number() -> None:
    """Level 1 is the first description; a level that is not written is an error, never a guess."""
    first, *rest = (one.model_dump() for one in pack().competencies)
    with_levels = pack(competencies=[{**first, "levels": ["one", "two", "three", "four", "five"]}, *rest])
    assert [with_levels.competencies[0].anchor(level) for level in (1, 5)] == ["one", "five"]
    for competency, level in ((0, 0), (0, 6), (0, -1), (1, 1)):
        with pytest.raises(ValueError, match=f"has no level {level}"):
            with_levels.competencies[competency].anchor(level)


def test_a_specialty_narrows_what_is_asked(tmp_path: Path) -> None:
    """A question or a competency of one specialty is only for its people; somebody without one gets what is for all."""
    path = tmp_path / "ours.yaml"
    text = FULL.replace("  - id: limits\n    title", "  - id: limits\n    specialties: [general]\n    title")
    text = text.replace("  - {id: own_limits, title: Scope of practice, competencies: [limits]}\n", "")
    path.write_text(text.replace(", title: General practice}", ", title: General practice}\n  - {id: other, title: Other}"), encoding="utf-8")
    ours = load_pack(path)
    assert [one.id for one in ours.competencies_for(["other"])] == ["solving"] == [one.id for one in ours.competencies_for([])]
    assert [one.id for one in ours.questions_for(["other"])] == ["solving_opening", "solving_probing"]
    assert [one.id for one in ours.questions_for(["other", "general"])] == [one.id for one in ours.questions]


def test_the_starter_has_no_mistake_and_no_weakness(tmp_path: Path) -> None:
    """The changes below are what each test finds, and nothing else."""
    assert told(tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "competencies: [solving]}", "competencies: [solveing]}",
            'topics[0].competencies[0]: "solveing" is not the id of a competency; write one of: solving, limits',
        ),
        (
            "competencies: [solving]}", "questions: [q]}",
            'topics[0].questions[0]: "q" is not the id of a question; write one of: solving_opening, ',
        ),
        (
            "competency: limits\n    kind: opening", "competency: limit\n    kind: opening",
            'questions[3].competency: "limit" is not the id of a competency',
        ),
        (
            "    specialty: general # only", "    specialty: genral # only",
            'questions[2].specialty: "genral" is not the id of a specialty; write one of: general',
        ),
        (
            "    minutes: 4 # what", "    informs: [limit]\n    minutes: 4 # what",
            'questions[2].informs[0]: "limit" is not the id of a competency',
        ),
        (
            "when: no_evidence,", "when: no_evidence, competencies: [x],",
            'follow_ups[2].competencies[0]: "x" is not the id of a competency',
        ),
        (
            "title: Confidentiality breach", "title: S\n    competencies: [x]",
            'red_flags[0].competencies[0]: "x" is not the id of a competency',
        ),
        (
            "    mandatory: true # asked", "    specialties: [x]\n    mandatory: true # asked",
            'competencies[0].specialties[0]: "x" is not the id of a specialty',
        ),
        (
            "required_credentials: []", "required_credentials: [bar]",
            'policy.required_credentials[0]: "bar" is not the id of a licence; write one of: certificate',
        ),
        (
            "  reviewers: 1", "  minimum_levels:\n    - {competency: x, level: 4}",
            'policy.minimum_levels[0].competency: "x" is not the id of a competency',
        ),
    ],
)  # fmt: skip
def test_a_name_that_leads_nowhere(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Every id that names another part is checked, and told by its line with what could have been meant."""
    wrong, _ = told(tmp_path, (old, new))
    changed = FULL.replace(old, new)
    name = says.split('"')[1]
    assert any(one.startswith(f"{line_of(name + end, changed)}: {says}") for one in wrong for end in ("]", "\n", " #", ",") if name + end in changed), wrong


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("id: own_limits,", "id: own_work,", "{id: own_work, title: Scope", 'topics[1].id: "own_work" is already the id of topics[0]'),
        (
            "      - Tells of a case that they passed on or asked about, and what made them do so.",
            "      - Says in general that one should ask others, without a case or a sign by which they  notice.",
            "they  notice", "competencies[1].levels[2]: says the same as levels[1]; write what tells the two apart",
        ),
        (
            "    text: When did a method that usually works fail you? How did you notice, and what did you do instead?",
            "    text: When did you last pass something on, or ask somebody else? What made you do it? No names, please.",
            "    text: When did you last pass something on", "",
        ),
        (
            "  reviewers: 1", "  minimum_levels:\n    - {competency: limits, level: 4}\n    - {competency: limits, level: 2}",
            "{competency: limits, level: 2}", "policy.minimum_levels[1].competency: stands in minimum_levels[0] already; remove one",
        ),
    ],
)  # fmt: skip
def test_what_is_said_twice(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    """Ids, levels, questions and minimum levels that repeat another are told at the second place."""
    wrong, _ = told(tmp_path, (old, new))
    text = FULL.replace(old, new)
    if not says:  # the question that stood there first is now the repetition
        says, at = "questions[3].text: is already the text of questions[1]; ask something else", "    text: When did you last pass something on"
        assert wrong == [f"{text[: text.rindex(at)].count(chr(10)) + 1}: {says}"]
    else:
        assert len(wrong) == 1 and wrong[0].startswith(f"{line_of(at, text)}: {says}"), wrong


def test_a_question_for_people_who_are_not_asked(tmp_path: Path) -> None:
    """A question of a specialty about a competency of another one would never be put."""
    wrong, _ = told(
        tmp_path,
        (", title: General practice}", ", title: General practice}\n  - {id: other, title: Other}"),
        ("    mandatory: true # asked", "    specialties: [other]\n    mandatory: true # asked"),
    )
    assert any('questions[2].specialty: "solving" is only for other; add "general" there, or change it here' in one for one in wrong), wrong


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            [("competency: limits\n    kind: probing", "competency: limits\n    kind: opening")],
            '"limits" is mandatory and has no question to match; add a probing question',
        ),
        (
            [("competency: limits\n    kind: probing\n", "competency: limits\n    kind: probing\n    specialty: general\n")],
            '"limits" is mandatory and has no question to match; add a probing question',
        ),
        (
            [
                (", title: General practice}", ", title: General practice}\n  - {id: other, title: Other}"),
                ("  - id: limits\n    title", "  - id: limits\n    specialties: [general, other]\n    title"),
                ("competency: limits\n    kind: probing\n", "competency: limits\n    kind: probing\n    specialty: general\n"),
            ],
            '"limits" is mandatory and has no question to match for other; add a probing question',
        ),
    ],
)  # fmt: skip
def test_a_mandatory_competency_needs_questions_for_everybody_it_concerns(tmp_path: Path, changes: list[tuple[str, str]], says: str) -> None:
    """A question of one specialty does not help the people of another."""
    wrong, _ = told(tmp_path, *changes)
    text = FULL
    for old, new in changes:
        text = text.replace(old, new)
    assert f"{line_of('  - id: limits', text)}: competencies[1]: {says}" in wrong


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (", competencies: [limits]}", "}", '"own_limits" names nothing that covers it; add competencies or questions'),
        (
            ", competencies: [limits]}", ", questions: [limits_general]}",
            '"own_limits" cannot be covered with everybody; name a question, or a competency with a question, that is for all specialties',
        ),
    ],
)  # fmt: skip
def test_a_topic_that_nothing_covers(tmp_path: Path, old: str, new: str, says: str) -> None:
    """What no interview may leave out has to be possible in each."""
    wrong, _ = told(tmp_path, (old, new))
    assert wrong == [f"{line_of('{id: own_limits')}: topics[1]: {says}"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([("max_candidate_turns: 8", "max_candidate_turns: 1")], "max_candidate_turns: is too small to ask about 2 mandatory competencies; write at least 2"),
        (
            [("max_candidate_turns: 8", "max_candidate_turns: 2"), (", competencies: [limits]}", ", questions: [limits_opening]}")],
            "max_candidate_turns: is too small to ask about 2 mandatory competencies and 1 topic besides; write at least 3",
        ),
        ([("max_minutes: 25", "max_minutes: 5")], "max_minutes: is too small: the shortest questions on what is mandatory take 6 minutes; write at least 6"),
    ],
)  # fmt: skip
def test_a_budget_that_does_not_suffice(tmp_path: Path, changes: list[tuple[str, str]], says: str) -> None:
    """Answers and minutes have to be enough for everything that is mandatory."""
    wrong, _ = told(tmp_path, *changes)
    assert wrong == [f"{line_of(says.split(':')[0])}: {says}"]


def test_budget_that_just_suffices(tmp_path: Path) -> None:
    """Exactly as much as is needed is no mistake."""
    assert told(tmp_path, ("max_candidate_turns: 8", "max_candidate_turns: 2"), ("max_minutes: 25", "max_minutes: 6")) == ([], [])


def test_verifying_without_a_person_needs_levels(tmp_path: Path) -> None:
    """Where nothing is measured, nothing can be verified by a program."""
    levels = FULL[FULL.index("    levels:\n      - Says that there") : FULL.index("# opening:")]
    wrong, _ = told(tmp_path, ("auto_verify: false", "auto_verify: true"), LICENSED, (levels, ""))
    (only,) = wrong
    assert "competencies[1].levels: are missing for \"limits\", so nothing can be verified by itself" in only


@pytest.mark.parametrize(("policy", "says"), [
    (("", ""), "policy.auto_verify: would verify on the interview alone; name required_credentials"),
    (("reviewers: 1", "test_required: true"), "policy.auto_verify: would verify on the knowledge test, which nobody watches, alone"),
    ((LICENSED[0], f"{LICENSED[1]}\n  credential_status: claimed"), 'policy.credential_status: is "claimed", which rests on what people type'),
    ((LICENSED[0], f"{LICENSED[1]}\n  credential_status: consistent"), 'policy.credential_status: is "consistent"'),
])
def test_no_pack_verifies_on_what_can_be_somebody_elses(tmp_path: Path, policy: tuple[str, str], says: str) -> None:
    """Neither on words alone, nor on a test alone, nor on a licence that was only typed: such a pack does not load."""
    wrong, _ = told(tmp_path, ("auto_verify: false", "auto_verify: true"), *([] if not policy[0] else [policy]))
    assert any(says in one for one in wrong), wrong


def test_a_pack_that_verifies_on_a_licence_is_told_so(tmp_path: Path) -> None:
    """It loads: a checked licence binds it to somebody, and the warning remains."""
    wrong, weak = told(tmp_path, ("auto_verify: false", "auto_verify: true"), LICENSED)
    assert not wrong and any("policy.auto_verify: lets projects open without a person" in one for one in weak)


def test_a_minimum_level_of_what_is_not_mandatory(tmp_path: Path) -> None:
    """Nobody can be held to a level in something that they may never be asked about."""
    limits = FULL[FULL.index("  - id: limits\n") : FULL.index("    indicators: [second")]
    wrong, _ = told(
        tmp_path, (limits, limits.replace("mandatory: true", "mandatory: false")),
        ("  reviewers: 1", "  minimum_levels:\n    - {competency: limits, level: 4}"),
    )  # fmt: skip
    (only,) = wrong
    assert 'policy.minimum_levels[0].competency: "limits" is not mandatory, so it may have no level' in only


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      - Also shows how they made the limit visible to those who relied on them, and what they changed afterwards.\n", "",
         "competencies[1].levels: has 4 descriptions; write five, for the levels 1 to 5 in this order"),
        ("    title: Confidentiality", "    leads_to: decline\n    title: Confidentiality", 'red_flags[0].leads_to: "decline" is not known; write person'),
        ("  reviewers: 1", "  reviewers: 3", "policy.reviewers: must be at most 2; this is 3"),
        ("  reviewers: 1", "  reviewer: 1", "policy.reviewer: is not a field; did you mean reviewers?"),
        ("  reviewers: 1", "  recheck: {grace_days: 0}", "policy.recheck.grace_days: must be at least 1; this is 0"),
        ("  reviewers: 1", "  recheck: 30", "policy.recheck: must have the fields licence_notice_days, dormant_after_days, grace_days, on_new_version"),
        ("  reviewers: 1", "  retakes: {attempt: 1}", "policy.retakes.attempt: is not a field; did you mean attempts?"),
        ("  reviewers: 1", "  credential_status: verified", 'policy.credential_status: "verified" is not known; write claimed, consistent, '),
        ("  reviewers: 1", "  max_spread: 5", "policy.max_spread: must be at most 4; this is 5"),
        ("minimum_level: 3", "minimum_level: 6", "policy.minimum_level: must be at most 5; this is 6"),
        ("    minutes: 4 # what", "    minutes: 0 # what", "questions[2].minutes: must be at least 1; this is 0"),
        ("    minutes: 4 # what", "    minutes: 4.5 # what", 'questions[2].minutes: must be a whole number; this is "4.5"'),
        ("    specialty: general # only", "    specialty: # only", ""),
    ],
)  # fmt: skip
def test_new_fields_are_checked_one_by_one(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A wrong value in any of them is told by line and path, with what to write; an empty specialty means everybody."""
    wrong, _ = told(tmp_path, (old, new))
    if not says:
        assert wrong == []
    else:
        (only,) = wrong
        assert only.split(": ", 1)[1].startswith(says), only
        at = "    levels:\n      - Says that there" if "levels: has" in says else new
        assert int(only.split(":")[0]) == line_of(at, FULL.replace(old, new)), only


def test_all_mistakes_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Not only the first, and a misspelt field is not also told as missing."""
    changes = ("    kind: scenario\n    specialty: general # only", "    knd: scenario\n    specialty: 5 # only")
    wrong, _ = told(tmp_path, ("version: 1 #", "version: x #"), changes)
    assert [one.split(": ")[1] for one in wrong] == ["version", "questions[2].knd", "questions[2].specialty"]
    assert [int(one.split(":")[0]) for one in wrong] == sorted(int(one.split(":")[0]) for one in wrong)


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("[second opinion, asked a colleague, outside my field, not qualified, escalated, referred, specialist]", "[second opinion]",
         "    indicators: [second", "competencies[1].indicators: are only 1; with 6 or more, evidence is found"),
        ("[second opinion, asked", "[Root  cause, second opinion, asked", "    indicators: [Root  cause",
         'competencies[1].indicators[0]: "Root  cause" also points at "solving"'),
        ("[second opinion, asked", "[likely root cause, second opinion, asked", "    indicators: [likely root cause",
         'competencies[1].indicators[0]: "likely root cause" also points at "solving"; take words that tell'),
        ("      - Tells of a case that they passed on or asked about, and what made them do so.", "      - Quite good.", "      - Quite good.",
         "competencies[1].levels[2]: is very short; describe what is seen in an answer"),
        (", title: General practice}", ", title: General practice}\n  - {id: other, title: Other}", "  - {id: other",
         'specialties[1]: "other" has no questions of its own; 2 let its people show it'),
        ("    specialty: general # only", "    specialty: null # only", "  - {id: general", 'specialties[0]: "general" has 1 question of its own'),
        ("when: no_example, ", "when: no_example, competencies: [limits], ", "follow_ups:", "follow_ups: none is for no_example after any question"),
        (FULL[FULL.index("red_flags:") : FULL.index("max_candidate")], "", "id: ours", "there are no red_flags; say what in an answer a person has to"),
    ],
)  # fmt: skip
def test_weak_spots_are_told_and_stop_nothing(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    """What would make interviews worse is a warning: the pack loads all the same."""
    wrong, weak = told(tmp_path, (old, new))
    assert wrong == []
    assert any(one.startswith(f"{line_of(at, FULL.replace(old, new))}: {says}") for one in weak), weak
    assert load_pack(tmp_path / "ours.yaml").id == "ours"


def test_a_competency_without_levels_or_questions_is_weak(tmp_path: Path) -> None:
    """It gets no level, or is never asked about."""
    third = "  - {id: third, title: T, description: D, mandatory: false, indicators: [aa, bb, cc, dd, ee, ff]}\n"
    wrong, weak = told(tmp_path, ("# opening: what somebody", third + "# opening: what somebody"))
    assert wrong == []
    assert [one.split(": ", 2)[2] for one in weak] == [
        '"third" has no levels, so it gets none; write five descriptions of what an answer shows', '"third" has no question, so it is never asked about',
    ]
