"""Tables as CSV: what a spreadsheet makes of them, and what it must not."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from ls_expert_plugin.web.csv_download import cell_text, csv_download, csv_text

NOW = dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))


def test_a_table_comes_back_as_it_went_in() -> None:
    """Commas, quotes, line breaks, other scripts and half characters: a reader of CSV gets each cell whole."""
    rows = [["Ada, Quill", 'said "no"'], ["line\nbreak", "größer 漢字"], ["", "half \ud800 end\x00"]]
    text = csv_download("people", ["Name", "Note"], rows, NOW).get_data().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["Name", "Note"], *rows[:2], ["", "half ? end"]]
    assert text.count("\r\n") == 4


def test_the_file_is_dated_named_plainly_and_kept_by_no_cache() -> None:
    """An attachment of the day in UTC; nothing of a name goes into the header but letters, digits and dashes."""
    response = csv_download('Who waits: "now"\r\nX: y', ["Name"], [], NOW)
    assert response.headers["Content-Disposition"] == "attachment; filename=who-waits-now-x-y-2026-12-01.csv"
    assert response.headers["Cache-Control"] == "no-store, private" and response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.get_data() == "\ufeffName\r\n".encode()  # Excel takes it for UTF-8 by the mark alone


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "\t@", "\u200b=", "\ufeff+", "\x00=", "＝", "＋", "－", "＠"])
def test_text_that_begins_like_a_formula_stays_text(begin: str) -> None:
    """A name such as =HYPERLINK(…) is shown and never run, also in a column's title."""
    cell = cell_text(f'{begin}HYPERLINK("http://evil.example")')
    assert cell.startswith("'") and cell.endswith('HYPERLINK("http://evil.example")')
    first, second = csv.reader(io.StringIO(csv_text([begin + "1"], [[begin + "1"]]).removeprefix("\ufeff"), newline=""))
    assert first[0].startswith("'") and second[0].startswith("'")


@pytest.mark.parametrize(("value", "shown"), [
    (-3, "-3"), (0.25, "0.25"), (True, "yes"), (False, "no"), (None, ""), (dt.date(2026, 1, 2), "2026-01-02"), (NOW, "2026-12-01 04:30:00"),
    ("a-b@example.org", "a-b@example.org"), ("o'neill = 1", "o'neill = 1"),
])
def test_numbers_times_and_plain_words_are_left_as_they_are(value: object, shown: str) -> None:
    """A negative number is one for a spreadsheet too; times are in UTC."""
    assert cell_text(value) == shown  # type: ignore[arg-type]


def test_a_row_that_is_too_short_is_a_mistake_of_ours() -> None:
    """Nobody downloads a table whose columns have slipped."""
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        csv_text(["a", "b"], [["one"]])
