"""What the pre-labeller learns from labelled spans."""

from ls_expert_plugin.ml_backend.label_config.task_content import Span
from ls_expert_plugin.ml_backend.learned.models.span_tagger import SpanModel, fit
from ls_expert_plugin.ml_backend.learned.models.span_tokens import tokens


def _learnt(*examples: tuple[str, dict[str, str]]) -> SpanModel | None:
    """Each example: a text, and the label of each piece of it."""
    spans = [
        [Span(text.index(piece), text.index(piece) + len(piece), label) for piece, label in pieces.items()]
        for text, pieces in examples
    ]
    return fit([text for text, _ in examples], spans)


def _found(model: SpanModel | None, text: str) -> list[tuple[str, str]]:
    assert model is not None
    return [(text[each.span.start:each.span.end], each.span.label) for each in model.find(text)]


def test_a_labelled_form_is_found_again_in_any_case_and_spacing() -> None:
    """What an expert marked once is proposed wherever it is mentioned."""
    model = _learnt(("Gave acetylsalicylic acid.", {"acetylsalicylic acid": "DRUG"}))
    assert _found(model, "😀 Acetylsalicylic\nACID was stopped") == [("Acetylsalicylic\nACID", "DRUG")]


def test_offsets_are_code_points() -> None:
    """A text with emoji and composed letters keeps its offsets."""
    model = _learnt(("Gave aspirin.", {"aspirin": "DRUG"}))
    assert model is not None
    text = "👩🏽‍⚕️ é aspirin"
    (found,) = model.find(text)
    assert text[found.span.start:found.span.end] == "aspirin"


def test_words_are_never_cut() -> None:
    """"art" is not marked inside "heart" or "art2"."""
    model = _learnt(("Sold the art today.", {"art": "ASSET"}))
    assert _found(model, "The heart of art2, and art") == [("art", "ASSET")]


def test_a_dose_is_known_by_its_form_and_carries_the_label_it_was_given() -> None:
    """New numbers and units are recognised; which label they get comes from the annotations alone."""
    model = _learnt(
        ("ramipril 5 mg once daily", {"5 mg once daily": "HOW MUCH"}),
        ("metformin 1 g twice daily, well", {"1 g twice daily": "HOW MUCH"}),
    )
    assert _found(model, "now lisinopril 2.5 mg twice weekly") == [("2.5 mg twice weekly", "HOW MUCH")]


def test_dates_and_money_are_known_by_their_form() -> None:
    """A date in another month and an amount in another currency are the same kind of thing."""
    model = _learnt(
        ("Due on 3 March 2021: $400.", {"3 March 2021": "DATE", "$400": "SUM"}),
        ("Due on 12 June 2020: £1,250.50.", {"12 June 2020": "DATE", "£1,250.50": "SUM"}),
    )
    assert _found(model, "Paid €90 on 30 October 2023") == [("€90", "SUM"), ("30 October 2023", "DATE")]


def test_citations_are_known_by_their_shape() -> None:
    """Case names that nobody has marked before are found by how they are written."""
    model = _learnt(
        ("See Hart v. Lowe for this.", {"Hart v. Lowe": "CASE"}),
        ("As in Green Mills v. Stone we hold.", {"Green Mills v. Stone": "CASE"}),
        ("Ames v. Bell and others, as you see.", {"Ames v. Bell": "CASE"}),
    )
    assert _found(model, "Then see Old Harbour Trust v. Nile, it failed") == [("Old Harbour Trust v. Nile", "CASE")]


def test_a_form_that_experts_mostly_pass_over_is_passed_over() -> None:
    """Numbers are not all doses because one was."""
    model = _learnt(
        ("Gave 5 of them in room 12 on day 3, bed 4", {"5": "DOSE"}),
        ("Gave 7 of them in room 9 on day 1, bed 2; aspirin", {"7": "DOSE", "aspirin": "DRUG"}),
    )
    assert _found(model, "Room 14, day 6, aspirin") == [("aspirin", "DRUG")]


def test_one_name_marked_often_does_not_make_a_pattern() -> None:
    """Other names are proposed only after several different ones were marked."""
    model = _learnt(*[(f"Then Anna left, {number}.", {"Anna": "PERSON"}) for number in range(6)])
    assert _found(model, "When Paris slept, Anna left") == [("Anna", "PERSON")]


def test_the_longest_form_wins_and_nothing_overlaps() -> None:
    """ "heart failure" is one finding, not a "heart" beside it."""
    model = _learnt(
        ("The heart is large.", {"heart": "ORGAN"}),
        ("Known heart failure.", {"heart failure": "CONDITION"}),
    )
    assert _found(model, "heart failure, heart") == [("heart failure", "CONDITION"), ("heart", "ORGAN")]


def test_contradicting_labels_are_no_knowledge() -> None:
    """A form that was labelled as often one way as the other is not proposed."""
    assert _learnt(("bank", {"bank": "COMPANY"}), ("bank", {"bank": "PLACE"})) is None


def test_nothing_marked_is_nothing_learnt() -> None:
    """Texts without spans make no model."""
    assert _learnt(("nothing here", {}), ("nor here", {})) is None


def test_a_run_of_names_is_one_token_only_in_shape() -> None:
    """The same text is cut three ways, with offsets into the text itself."""
    text = "Paid by Green Mills on 3 May"
    cut = {degree: [token.key for token in found] for degree, found in tokens(text).items()}
    assert cut["words"] == ["paid", "by", "green", "mills", "on", "3", "may"]
    assert cut["classes"][-2:] == ["<number>", "<month>"]
    assert cut["shapes"] == ["<Name>", "by", "<Name>", "on", "<number>", "<month>"]
    mills = tokens(text)["shapes"][2]
    assert text[mills.start:mills.end] == "Green Mills"
