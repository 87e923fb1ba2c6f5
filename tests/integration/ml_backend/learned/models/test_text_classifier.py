"""What the pre-labeller learns about whole texts. Here and not under unit/, because scikit-learn takes seconds to import."""

import random
from typing import Any

import pytest

from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.label_config.prediction_format import prediction
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.models import model_registry, multilabel_classifier
from ls_expert_plugin.ml_backend.learned.models.text_classifier import fit

LAW = (
    "the lessee shall indemnify the landlord", "governing law and jurisdiction of the courts", "termination upon written notice",
    "the parties agree to arbitration", "liability under this agreement is limited", "assignment requires written consent",
)
MEDICINE = (
    "patient with chest pain and dyspnoea", "started on metformin for diabetes", "wound healing well after surgery",
    "blood pressure raised, amlodipine increased", "no fever, lungs clear on auscultation", "asthma with nightly wheeze",
)
FORMS = ("tax form", "rent form", "loan form", "visa form", "pension form", "permit form")
TEXTS = [(text,) for pair in zip(LAW, MEDICINE, strict=True) for text in pair]
LABELS = ["law", "medicine"] * 6


def test_a_new_text_gets_the_label_of_texts_like_it() -> None:
    """Twelve examples are enough for two subjects with a vocabulary of their own."""
    model = fit(TEXTS, LABELS)
    assert model is not None
    for text, label in (("the landlord may give notice", "law"), ("patient with fever and chest pain", "medicine")):
        guess = model.guess((text,))
        assert guess is not None and guess.label == label
        assert 0.5 < guess.probability < 1


def test_a_model_that_has_learnt_nothing_says_nothing() -> None:
    """Labels that have nothing to do with the texts give no pre-labels, however confident a classifier would look."""
    chance = random.Random(5)
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    texts = [(" ".join(chance.choices(words, k=12)),) for _ in range(60)]
    model = fit(texts[:40], [chance.choice("abc") for _ in range(40)])
    assert model is None or sum(model.guess(text) is not None for text in texts[40:]) <= 4


def test_a_comparison_has_no_favourite_side() -> None:
    """Swapping the texts swaps the answer, with the same probability, also when experts preferred one side more often."""
    plain, stiff = "You can stop at any time. Call us.", "Notwithstanding the aforementioned, termination hereunder is precluded."
    words = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
    pairs = [(f"{plain} {word}", f"{stiff} {word}") for word in words]
    swapped = [pair[::-1] for pair in pairs[:3]]
    model = fit([*pairs, *swapped], ["left"] * 8 + ["right"] * 3)
    assert model is not None
    one, other = model.guess((plain, stiff)), model.guess((stiff, plain))
    assert one is not None and other is not None
    assert (one.label, other.label) == ("left", "right")
    assert abs(one.probability - other.probability) < 1e-9


def test_the_way_of_writing_counts_where_it_decides() -> None:
    """Headings are told from running text by their capitals, where both use the same words."""
    running = [f"when to file the {form} and what to bring" for form in FORMS]
    texts = [(text.title(),) for text in running] + [(text,) for text in running]
    model = fit(texts, ["heading"] * 6 + ["text"] * 6)
    assert model is not None
    guesses = [model.guess((text,)) for text in ("Who May Sign Here", "who may sign here")]
    assert [guess.label for guess in guesses if guess] == ["heading", "text"]


def test_what_cannot_be_told_apart_is_no_model() -> None:
    """One label only, labels with a single example, or texts without a word leave nothing to learn."""
    assert fit(TEXTS, ["law"] * 12) is None
    assert fit(TEXTS, ["law"] * 11 + ["medicine"]) is None
    assert fit([("...",), ("!!!",), ("?",), (",,",)], ["a", "a", "b", "b"]) is None
    assert fit([], []) is None


def test_learning_is_repeatable() -> None:
    """The same examples give the same answers: a version means something."""
    first, second = fit(TEXTS, LABELS), fit(TEXTS, LABELS)
    assert first is not None and second is not None
    assert first.guess(("notice to the landlord",)) == second.guess(("notice to the landlord",))


def test_several_labels_are_learnt_each_by_itself() -> None:
    """A text with both subjects gets both, one with neither none; a label with too few examples is never proposed."""
    both = [f"{one} {other}" for one, other in zip(LAW, MEDICINE, strict=True)]
    texts = [*LAW, *MEDICINE, *both, *FORMS]
    chosen = [["law"]] * 6 + [["medicine"]] * 6 + [["law", "medicine"]] * 6 + [["form", "rare"], *[["form"]] * 5]
    model = multilabel_classifier.fit(texts, chosen)
    assert model is not None
    assert set(model.guess("the landlord gives written notice to the patient with fever and chest pain")) == {"law", "medicine"}
    assert set(model.guess("residence form")) == {"form"} and model.guess("12345") == {}
    assert all(0.5 < probability < 1 for probability in model.guess("patient with fever").values())
    assert multilabel_classifier.fit(texts[:4], chosen[:4]) is None and multilabel_classifier.fit(["...", "!"] * 9, [["a"], ["b"]] * 9) is None


def _examples(config: str, answers: list[tuple[dict[str, Any], dict[str, Any]]], kind: str) -> ExampleSet:
    to_name = read(config).controls[0].to_name[0]
    return ExampleSet(1, "v", config, tuple(
        {"data": data, "result": [{"from_name": "c", "to_name": to_name, "type": kind, "value": value}]} for data, value in answers
    ))


@pytest.mark.parametrize(("config", "value", "kind", "expected"), [
    ('<View><Text name="t" value="$text"/><Choices name="c" toName="t" choice="multiple"><Choice value="law"/><Choice value="medicine"/></Choices></View>',
     lambda label: {"choices": [label]}, "choices", {"choices": ["medicine"]}),
    ('<View><Text name="t" value="$text"/><Taxonomy name="c" toName="t"><Choice value="law"/><Choice value="care"><Choice value="medicine"/></Choice>'
     "</Taxonomy></View>",
     lambda label: {"taxonomy": [["law"] if label == "law" else ["care", "medicine"]]}, "taxonomy", {"taxonomy": [["care", "medicine"]]}),
    ('<View><Paragraphs name="t" value="$talk"/><Choices name="c" toName="t"><Choice value="law"/><Choice value="medicine"/></Choices></View>',
     lambda label: {"choices": [label]}, "choices", {"choices": ["medicine"]}),
], ids=["several choices", "taxonomy", "a choice about a dialogue"])
def test_whole_texts_are_learnt_whatever_holds_the_answer(config: str, value: Any, kind: str, expected: dict[str, Any]) -> None:
    """Also about dialogues of different lengths."""
    def data(text: str) -> dict[str, Any]:
        words = text.split()
        return {"text": text, "talk": [{"author": "A", "text": word} for word in words]}

    learnt = model_registry.fit(_examples(config, [(data(text), value(label)) for (text,), label in zip(TEXTS, LABELS, strict=True)], kind))
    (control,) = read(config).controls
    answer = learnt.answer(control, data("patient with fever and chest pain, lungs clear"))
    assert answer is not None
    (item,) = prediction([answer], "v")["result"]
    assert item["value"] == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_model_that_is_no_better_than_the_most_frequent_label_is_none(seed: int) -> None:
    """Eight of ten are "a", whatever the text says: its pre-labels would only steer."""
    chance = random.Random(seed)
    words = [f"w{number}" for number in range(40)]
    texts = [(" ".join(chance.choices(words, k=12)),) for _ in range(80)]
    assert fit(texts, [chance.choices("ab", (8, 2))[0] for _ in texts]) is None
