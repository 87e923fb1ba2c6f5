"""Forms of a page as its HTML has them: where each is sent, and its fields. For tests that look at every form there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

# What somebody types into, and what is typed there by these tests; any other kind takes ``WORDS``.
WORDS = "What I typed here"
TYPED: Mapping[str, str] = {"number": "1987", "date": "2031-05-17", "month": "2017-05", "email": "typed@example.org"}
_NOT_TYPED = ("hidden", "checkbox", "radio", "file", "submit", "button")


@dataclass
class PageForm:
    """One form. ``action``: a path with its query; ``sent``: name → what is there already; ``typed``: name → what a test types."""

    page: str
    method: str
    action: str
    attributes: Mapping[str, str]
    sent: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def keeps_no_draft(self) -> bool:
        """Whether its answers are not to be kept in a browser."""
        return "data-no-draft" in self.attributes


def forms_of(page: str, html: str) -> list[PageForm]:
    """The forms of ``<main>`` that are sent by POST. ``page``: its own address, where a form without an action is sent."""
    reader = _Reader(page)
    reader.feed(html)
    return [form for form in reader.forms if form.method == "post"]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._page, self._in_main = page, False
        self._open: PageForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self._in_main = self._in_main or tag == "main"
        if tag == "form" and self._in_main:
            self._open = PageForm(self._page, has.get("method", "get"), has.get("action") or self._page, has)
            self.forms.append(self._open)
        if tag == "button" and has.get("formaction") and (sends := self._form(has)):
            self.forms.append(replace(sends, action=has["formaction"], attributes={}))  # after its fields, as buttons stand
        if tag in ("input", "textarea", "select") and has.get("name"):
            self._take(tag, has)

    def handle_endtag(self, tag: str) -> None:
        self._open = None if tag == "form" else self._open
        self._in_main = self._in_main and tag != "main"

    def _form(self, has: Mapping[str, str]) -> PageForm | None:
        """The form that an element belongs to: by its id, or around it."""
        if "form" in has:
            return next((form for form in self.forms if form.attributes.get("id") == has["form"]), None)
        return self._open

    def _take(self, tag: str, has: Mapping[str, str]) -> None:
        form = self._form(has)
        kind = has.get("type", "text") if tag == "input" else tag
        if form is None or "readonly" in has:
            return
        if kind == "select":
            form.sent.setdefault(has["name"], "")
        elif kind not in _NOT_TYPED:
            form.typed[has["name"]] = TYPED.get(kind, WORDS + (f" into {has['name']}" if kind in ("text", "textarea") else ""))
        elif kind == "hidden" or "checked" in has:
            form.sent.setdefault(has["name"], has.get("value", "on"))
