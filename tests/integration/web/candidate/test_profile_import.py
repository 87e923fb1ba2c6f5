"""Importing a profile: what a file holds is looked at before anything is saved, entry by entry."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import WORK
from tests.support.clients.portal import CANDIDATE, Browser, Portal

RESUME = {
    "work": [
        {"name": "Quill & Partners", "position": "Associate", "startDate": "2014-06-01", "summary": "Disputes 🎉"},
        {"name": "מרכז", "position": "Counsel", "startDate": "2019-02", "endDate": "Present"},
    ],
    "education": [{"institution": "University of Lindenau", "studyType": "LL.M.", "area": "Law", "startDate": "2008", "endDate": "2012"}],
    "certificates": [{"name": "Bar", "issuer": "Lindenau", "date": "2014-05-01"}],
}
POSITIONS = "\ufeffCompany Name,Title,Description,Location,Started On,Finished On\nQuill & Partners,Associate,Disputes,Lindenau,Jun 2014,\n"
GROUPS = "Name,Chair\nClub,yes\n"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal."""
    return Portal(sqlite_store)


@pytest.fixture
def browser(portal: Portal) -> Browser:
    """The candidate's, who has consented."""
    browser = portal.browser(CANDIDATE)
    assert browser.send("/consent/matching", agreed="yes", version="1").status_code == 303
    return browser


def _export(**files: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"Basic_LinkedInDataExport/{name}.csv", content)
    return raw.getvalue()


def _upload(browser: Browser, content: bytes, name: str = "file.json") -> tuple[int, str]:
    # Written by hand: Werkzeug's client keeps what is large in a file that it does not close.
    parts = [b'name="csrf_token"\r\n\r\n' + browser.token().encode(), f'name="file"; filename="{name}"\r\n\r\n'.encode() + content]
    body = b"".join(b"--limit\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--limit--\r\n"
    answer = browser.client.post("/profile/import", data=body, content_type="multipart/form-data; boundary=limit")
    return answer.status_code, answer.text


def _entries(portal: Portal) -> list[tuple[str, str, Mapping[str, object]]]:
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        return [(claim.kind, claim.source, claim.details) for claim in unit.claims.of(person.id)]


def _accept(browser: Browser, source: str, **fields: str) -> tuple[int, str]:
    answer = browser.send("/profile/import/accept", source=source, **{name.replace("_", "-", 1): value for name, value in fields.items()})
    return answer.status_code, answer.text


def test_what_is_ticked_is_saved_and_nothing_else(portal: Portal, browser: Browser) -> None:
    """The preview saves nothing; each entry can be changed or left out; where it came from is kept and shown."""
    status, page = _upload(browser, json.dumps(RESUME).encode())
    assert status == 200 and "Quill &amp; Partners" in page and "מרכז" in page and "🎉" in page and _entries(portal) == []
    status, _ = _accept(
        browser, "json_resume", e0_entry="work", e0_take="yes", e0_employer="Quill", e0_title="Associate", e0_start="2014-06",
        e1_entry="work", e1_employer="Left out", e1_title="Counsel", e1_start="2019-02",
    )
    assert status == 303
    assert _entries(portal) == [
        ("work", "json_resume", {"employer": "Quill", "title": "Associate", "start": "2014-06", "end": None, "description": ""}),
    ]
    assert "from a JSON Resume" in browser.page("/profile") and "Self-reported" in browser.page("/profile")


def test_what_is_incomplete_is_marked_before_anything_is_sent(browser: Browser) -> None:
    """The preview says which entries are incomplete and in how many fields; what is twice in the file is not selected; "native speaker" is understood."""
    work = RESUME["work"][0]
    _, page = _upload(browser, json.dumps({**RESUME, "work": [work, work], "languages": [{"language": "German", "fluency": "Native speaker"}]}).encode())
    assert page.count("Incomplete</span>") == 1 and "Complete it: 3 fields" in page and 'id="e3-number-wrong">Enter the licence number.' in page
    assert "twice in this file" in page and 'name="e0-take" value="yes" checked>' in page and 'name="e1-take" value="yes">' in page
    assert '<option value="native" selected>' in page and "Import selected (<span data-count-ticked=\"-take\">4</span>)" in page
    assert "1 entry is incomplete" in page and "<title>Error" not in page


def test_the_complete_entries_are_saved_and_the_others_stay_in_the_form(portal: Portal, browser: Browser) -> None:
    """A word for a date is said beside its field, and on top with a link; what was typed stays; the good entry is saved, once."""
    status, page = _accept(
        browser, "json_resume", e0_entry="work", e0_take="yes", e0_employer="Quill", e0_title="Associate", e0_start="2014-06", e0_seen="Associate, Quill",
        e1_entry="work", e1_take="yes", e1_employer="Centre", e1_title="Counsel", e1_start="2019-02", e1_end="Present", e1_seen="Counsel",
    )
    assert status == 400 and "<title>Error: " in page and '<a href="#e1-end">Counsel: Write a year and a month' in page and "1 entry is saved" in page
    assert 'id="e1-end-wrong">Write a year and a month' in page and 'type="text" value="Present"' in page and "e0-entry" not in page
    assert [details["employer"] for _, _, details in _entries(portal)] == ["Quill"]
    status, _ = _accept(browser, "json_resume", e1_entry="work", e1_take="yes", e1_employer="Centre", e1_title="Counsel", e1_start="2019-02", e1_current="yes")
    assert status == 303 and [details["employer"] for _, _, details in _entries(portal)] == ["Quill", "Centre"]


def test_a_linkedin_export_is_told_by_its_content(portal: Portal, browser: Browser) -> None:
    """Whatever its name; what the profile has already is not ticked; what was not used is said."""
    browser.send("/profile/work/new", **WORK)
    status, page = _upload(browser, _export(Positions=POSITIONS, Organizations=GROUPS), "anything")
    assert status == 200 and 'value="linkedin"' in page and "in your profile already" in page and 'name="e0-take" value="yes">' in page
    assert "Organizations.csv: not used" in page


@pytest.mark.parametrize(("content", "sentence"), [
    (b"", "Choose a file first"),
    (b"%PDF-1.7", "not a whole PDF"),
    (b"PK\x03\x04 broken", "not a whole ZIP file"),
    (b"[1, 2]", "not a JSON Resume"),
    (b'{"basics": {"name": "Ada"}}', "Nothing in this file belongs in a profile"),
    (b"{" * 100_000, "not a JSON Resume"),
])
def test_a_file_that_is_none_gets_a_sentence(portal: Portal, browser: Browser, content: bytes, sentence: str) -> None:
    """Beside the field, with nothing saved."""
    status, page = _upload(browser, content)
    assert status == 400 and sentence in page and _entries(portal) == []


def test_a_way_out_of_the_zip_and_a_bomb_are_refused(browser: Browser) -> None:
    """Paths with .. and files that unpack to very much."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("../../etc/passwd.csv", POSITIONS)
    assert "paths that lead out" in _upload(browser, raw.getvalue())[1]
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Positions.csv", POSITIONS + "a" * 50_000_000)
    status, page = _upload(browser, raw.getvalue())
    assert status == 413 and "too large for a profile" in page


def test_a_large_file_is_taken_here_and_too_large_a_one_nowhere(browser: Browser) -> None:
    """Ten megabytes for a file, two for every other form."""
    big = json.dumps({**RESUME, "projects": "x" * 900_000}).encode()
    assert _upload(browser, big)[0] == 200
    assert _upload(browser, b"PK" + b"x" * 3_000_000)[0] == 400, "read, and no ZIP"
    assert _upload(browser, b"x" * 11_000_000)[0] == 413
    assert browser.send("/profile/work/new", **{**WORK, "description": "x" * 3_000_000}).status_code == 413


def test_two_hundred_entries_go_through_the_form(portal: Portal, browser: Browser) -> None:
    """As many as a file may propose; more are refused before the preview."""
    many = {"work": [{"name": f"Firm {n}", "position": "Associate", "startDate": "2014-06"} for n in range(200)]}
    status, page = _upload(browser, json.dumps(many).encode())
    assert status == 200 and page.count("-entry") == 200
    fields = {f"e{n}_{name}": value for n in range(200) for name, value in {
        "entry": "work", "take": "yes", "employer": f"Firm {n}", "title": "Associate", "start": "2014-06", "end": "", "description": "", "seen": "x",
    }.items()}
    assert _accept(browser, "json_resume", **fields)[0] == 303 and len(_entries(portal)) == 200
    many["work"].append(many["work"][0])
    assert "more than 200 entries" in _upload(browser, json.dumps(many).encode())[1]


def test_nothing_is_imported_without_consent_or_from_nowhere(portal: Portal) -> None:
    """The page asks for consent first; a made-up source or kind is refused."""
    newcomer = portal.browser(CANDIDATE)
    assert newcomer.client.get("/profile/import").status_code == 403
    assert newcomer.send("/consent/matching", agreed="yes", version="1").status_code == 303
    work = {"e0_entry": "work", "e0_take": "yes", "e0_employer": "Q", "e0_title": "A", "e0_start": "2014-06"}
    assert _accept(newcomer, "registry", **work)[0] == 400
    assert _accept(newcomer, "linkedin", **{**work, "e0_entry": "verified"})[0] == 400
    assert _entries(portal) == []
    assert _accept(newcomer, "linkedin", e0_entry="work")[0] == 303 and _entries(portal) == []
