"""What the pre-labeller learns about whole texts. Here and not under unit/, because scikit-learn takes seconds to import."""

import random

from ls_expert_plugin.ml_backend.text_model import fit

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
