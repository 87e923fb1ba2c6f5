"""Results of annotations and predictions, read back as labels, spans and a model's reply. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.task_content import Span, texts_of


def answer_in(control: Control, result: Sequence[Any]) -> str | None:
    """What was chosen, as one of ``control.labels``; None when nothing, several things or something unknown was."""
    for value in _values(control, result):
        match control.kind:
            case "choices" | "taxonomy":
                answers = labels_in(control, value)
                answer = answers[0] if len(answers) == 1 else None
            case "rating":
                rating = value.get("rating")
                answer = str(int(rating)) if isinstance(rating, int | float) and float(rating).is_integer() else str(rating)
            case _:
                answer = value.get("selected")
        if answer in control.labels:
            return str(answer)
    return None


def labels_in(control: Control, value: Mapping[str, Any]) -> tuple[str, ...]:
    """Choices and taxonomies as ``control.labels``, sorted; empty when something unknown is among them."""
    chosen = value.get(control.kind)
    if not isinstance(chosen, list):
        return ()
    by_path = {path: label for label, path in control.paths.items()}
    found = []
    for one in chosen:
        label = by_path.get(tuple(map(str, one))) if isinstance(one, list) else one
        if label not in control.labels:
            return ()
        found.append(str(label))
    return tuple(sorted(found))


def reply_in(control: Control, data: Mapping[str, Any], result: Sequence[Any]) -> Any:
    """What was answered to a control, in the form a language model answers it in; None: nothing, or nothing that can be said so.

    ``control`` is a resolved one. Regions are told for plain text only.
    """
    values = list(_values(control, result))
    match control.kind:
        case "labels":
            texts = texts_of(control, data)
            return [{"quote": texts[0][span.start : span.end], "label": span.label} for span in spans_in(control, texts[0], result)] if texts else None
        case "hypertextlabels" | "paragraphlabels" | "rectanglelabels" | "ranker":
            return None
        case "choices" | "taxonomy" if control.multiple:
            return list(labels_in(control, values[0])) if values else None
        case "number":
            number = values[0].get("number") if values else None
            return number if isinstance(number, int | float) and not isinstance(number, bool) else None
        case "datetime":
            moment = values[0].get("datetime") if values else None
            return moment if isinstance(moment, str) else None
        case "textarea":
            written = [text for value in values for text in (value["text"] if isinstance(value.get("text"), list) else [value.get("text")])]
            return [text for text in written if isinstance(text, str)] or None
    return answer_in(control, result)


def spans_in(control: Control, text: str, result: Sequence[Any]) -> tuple[Span, ...]:
    """The labelled spans, by position. Spans outside the text, or with another text than they say, are left out."""
    spans = set()
    for value in _values(control, result):
        start, end, labels = value.get("start"), value.get("end"), value.get("labels")
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            continue
        if not (isinstance(labels, list) and labels and labels[0] in control.labels):
            continue
        if value.get("text", text[start:end]) == text[start:end]:
            spans.add(Span(start, end, labels[0]))
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.label)))


def _values(control: Control, result: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for item in result:
        if isinstance(item, Mapping) and item.get("from_name") == control.name and item.get("type") == control.kind:
            value = item.get("value")
            if isinstance(value, Mapping):
                yield value
