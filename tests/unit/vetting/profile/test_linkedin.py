"""What a LinkedIn data export proposes for a profile, and which files are refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.reading import archive_rows
from ls_expert_plugin.vetting.profile import linkedin
from ls_expert_plugin.vetting.profile.forms import FormInvalid, checked
from ls_expert_plugin.vetting.profile.linkedin import read_export
from ls_expert_plugin.vetting.profile.proposed_entries import MAX_ENTRIES
from tests.support.builders.vetting_samples import NOW

POSITIONS = "Company Name,Title,Description,Location,Started On,Finished On\r\n"


def _zip(files: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_work_passes_the_form_as_it_is() -> None:
    """A byte-order mark, quoted line ends, emoji and right-to-left text are read; no end means to this day."""
    text = "\ufeff" + POSITIONS + '"עורכי דין","Counsel 🏛","Tax\nand more",Berlin,Sep 2015,\r\n'
    (work,) = read_export(_zip({"Basic_LinkedInDataExport/renamed.csv": text})).proposed
    assert checked(work.kind, work.fields, NOW) == {
        "employer": "עורכי דין", "title": "Counsel 🏛", "description": "Tax\nand more", "start": "2015-09", "end": None,
    }


@pytest.mark.parametrize("end", ["soon", "2016"])
def test_an_end_that_cannot_be_read_is_asked_for(end: str) -> None:
    """It never turns into "to this day" by itself."""
    (work,) = read_export(_zip({"Positions.csv": POSITIONS + f"Firm,Counsel,,,Sep 2015,{end}\n"})).proposed
    with pytest.raises(FormInvalid) as problem:
        checked(work.kind, work.fields, NOW)
    assert list(problem.value.fields) == ["end"]


def test_education_languages_and_licences() -> None:
    """Years, levels and numbers are taken over; what the export does not know is left for the person."""
    found = read_export(_zip({
        "Education.csv": "School Name,Start Date,End Date,Notes,Degree Name,Activities\nETH,2008,Jun 2012,,MSc,\n",
        "Languages.csv": "Name,Proficiency\nGerman,Native or bilingual proficiency\n",
        "Certifications.csv": "Name,Url,Authority,Started On,Finished On,License Number\nBar,javascript:x,Ohio,May 2014,,0912\n",
    })).proposed
    assert [(one.kind, dict(one.fields)) for one in found] == [
        ("education", {"school": "ETH", "degree": "MSc", "field": "", "start_year": "2008", "end_year": "2012"}),
        ("language", {"code": "de", "proficiency": "native"}),
        ("licence", {"kind": "", "number": "0912", "jurisdiction": "", "issued_on": "May 2014", "expires_on": ""}),
    ]


def test_skills_are_the_file_with_the_one_column() -> None:
    """Other files have names too: a list of organizations is none of skills."""
    found = read_export(_zip({"Skills.csv": "Name\nContract review\n\nLitigation 🏛\n", "Organizations.csv": "Name,Position\nClub,Chair\n"}))
    assert [checked(one.kind, one.fields, NOW)["name"] for one in found.proposed] == ["Contract review", "Litigation 🏛"]
    assert len(found.left_out) == 1


def test_what_is_not_asked_for_is_left_out() -> None:
    """Birth date and address are nowhere in the result; a wrong header is said; others' data is not even opened."""
    found = read_export(_zip({
        "Profile.csv": "First Name,Maiden Name,Address,Birth Date\nA,Secretname,Secretstreet,1 Jan\n",
        "Positions.csv": "Firma,Titel\nx,y\n", "messages.csv": POSITIONS + "Other,Person,,,2010,\n",
    }))
    assert found.proposed == () and "Secret" not in repr(found)
    assert [sentence.split(":")[0] for sentence in found.left_out] == ["Profile.csv", "Positions.csv"]


@pytest.mark.parametrize(
    ("raw", "error", "sentence"),
    [
        (b"%PDF-1.7", BadInput, "not a whole ZIP"),
        (_zip({"a.csv": "x"})[:-30], BadInput, "not a whole ZIP"),
        (_zip({"../Positions.csv": POSITIONS}), BadInput, "lead out"),
        (_zip({"Positions.csv": b"0" * (archive_rows.MAX_FILE_BYTES + 1)}), TooLarge, "too large"),
        (_zip({f"{number}.txt": "" for number in range(archive_rows.MAX_FILES + 1)}), TooLarge, "more than 200 files"),
        (_zip({"Positions.csv": POSITIONS + "F,T,,,2010,\n" * 201}), TooLarge, "more than 200 entries"),
        (b"0" * (linkedin.MAX_ARCHIVE_BYTES + 1), TooLarge, "larger than 10 MB"),
    ],
    ids=["pdf", "cut", "path", "bomb", "files", "entries", "archive"],
)
def test_bad_files_are_refused_whole(raw: bytes, error: type[BadInput], sentence: str) -> None:
    """One sentence, and nothing of the file is used."""
    with pytest.raises(error, match=sentence):
        read_export(raw)


@pytest.mark.parametrize("line", ["a\n", "\n"], ids=["rows", "empty lines"])
def test_a_small_archive_of_many_rows_is_read_no_further_than_it_may(line: str) -> None:
    """Two kilobytes that unpack to a million rows: a bounded number of them is ever made, and the sentence is that of too many entries."""
    raw = _zip({"Skills.csv": "Name\n" + line * 999_000})
    assert len(raw) < 3_000
    ((_, rows),) = archive_rows.files(raw, MAX_ENTRIES + 1)
    assert rows is not None and len(rows) <= MAX_ENTRIES + 2
    if line.strip():
        with pytest.raises(TooLarge, match="more than 200 entries"):
            read_export(raw)


def test_an_encrypted_export_is_refused() -> None:
    """The sentence says that it is encrypted."""
    raw = bytearray(_zip({"Positions.csv": POSITIONS}))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadInput, match="encrypted"):
        read_export(bytes(raw))
