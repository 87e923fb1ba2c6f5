"""What a JSON Resume proposes for a profile, and which files are refused."""

from __future__ import annotations

import json

import pytest

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.vetting.profile.forms import FormInvalid, checked
from ls_expert_plugin.vetting.profile.json_resume import MAX_BYTES, read_resume
from tests.support.builders.vetting_samples import NOW


def test_entries_pass_the_forms_as_they_are() -> None:
    """Whole dates become months and years; what no profile asks for is left out."""
    found = read_resume(json.dumps({
        "basics": {"phone": "Secret"},
        "work": [{"name": "Firm 🏛", "position": "Counsel", "startDate": "2015-09-30", "highlights": ["x"]}],
        "education": [{"institution": "ETH", "studyType": "MSc", "area": "Law", "startDate": "2008-09", "endDate": 2012}],
        "skills": [{"name": "Contracts", "level": "Master", "keywords": ["leases", 3, "loans"]}],
        "languages": [{"language": "German", "fluency": "Fluent"}],
    }).encode())
    assert [checked(one.kind, one.fields, NOW) for one in found.proposed] == [
        {"employer": "Firm 🏛", "title": "Counsel", "start": "2015-09", "end": None, "description": ""},
        {"school": "ETH", "degree": "MSc", "field": "Law", "start_year": 2008, "end_year": 2012},
        {"name": "Contracts", "years": None, "note": "leases, loans"},
        {"code": "de", "proficiency": "fluent"},
    ]
    assert "Secret" not in repr(found)


def test_what_is_missing_or_unreadable_is_asked_for() -> None:
    """"Present" is no end, and a certificate has no number."""
    work, licence = read_resume(json.dumps({
        "work": [{"name": "F", "position": "C", "startDate": "2015-09", "endDate": "soon"}], "certificates": [{"name": "Bar"}],
    }).encode()).proposed
    for one, fields in ((work, {"end"}), (licence, {"kind", "number", "jurisdiction"})):
        with pytest.raises(FormInvalid) as problem:
            checked(one.kind, one.fields, NOW)
        assert set(problem.value.fields) == fields


def test_a_part_of_another_shape_is_named() -> None:
    """The other parts are used."""
    found = read_resume(b'{"work": "long", "languages": [{"language": "German"}]}')
    assert len(found.proposed) == 1 and found.left_out == ("work: not used; it is no list of entries.",)


@pytest.mark.parametrize(
    ("raw", "error"),
    [(b"PK", BadInput), (b"[]", BadInput), (b"\xff", BadInput), (b"[" * 100_000, BadInput), (b" " * (MAX_BYTES + 1), TooLarge),
     (b'{"work": [' + b"{}," * 200 + b"{}]}", TooLarge)],
    ids=["zip", "list", "encoding", "deep", "large", "entries"],
)
def test_bad_files_are_refused_whole(raw: bytes, error: type[BadInput]) -> None:
    """One sentence, and nothing of the file is used."""
    with pytest.raises(error):
        read_resume(raw)
