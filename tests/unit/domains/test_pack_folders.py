"""Domain packs of several files: a folder is read as one pack, and a mistake names its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ls_expert_plugin.domains.loader import examine, load_pack, load_packs
from ls_expert_plugin.errors import PackError
from tests.support.builders.starter_pack import FULL, line_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The starter, its questions in a file of their own."""
    begin, end = FULL.index("questions:\n"), FULL.index("# Asked about")
    made = tmp_path / "packs" / "ours"
    made.mkdir(parents=True)
    (made / "pack.yaml").write_text(FULL[:begin] + FULL[end:], encoding="utf-8")
    (made / "questions.yaml").write_text(FULL[begin:end], encoding="utf-8")
    return made


def test_a_folder_is_read_as_one_pack(folder: Path, tmp_path: Path) -> None:
    """It is the same pack as in one file; other files and hidden ones in it are left alone."""
    (folder / "README.md").write_text("not a part", encoding="utf-8")
    (folder / ".questions.yaml").write_text("{{{", encoding="utf-8")
    whole = tmp_path / "whole.yaml"
    whole.write_text(FULL, encoding="utf-8")
    assert load_pack(folder) == load_pack(whole) == load_packs(folder.parent)["ours"]


def test_the_directory_may_be_a_pack_itself(folder: Path) -> None:
    """Whoever names the folder of the one pack they have is understood."""
    assert load_packs(folder)["ours"] == load_pack(folder)


def test_a_folder_without_its_main_file_is_no_pack(folder: Path) -> None:
    """A folder of something else in the directory is left alone."""
    (folder / "pack.yaml").unlink()
    assert sorted(load_packs(folder.parent)) == ["finance", "law", "medicine"]


def test_a_mistake_names_the_file_it_is_in(folder: Path) -> None:
    """Fields, and what does not fit together, are told with the part, its own line and the whole path of the field."""
    part = folder / "questions.yaml"
    good = part.read_text(encoding="utf-8")
    part.write_text(good.replace("kind: scenario", "kind: last", 1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    assert caught.value.message.startswith(f"{part}:{line_of('kind: scenario', good)}: questions[2].kind: ")
    part.write_text(good.replace("specialty: general", "specialty: genral", 1), encoding="utf-8")
    (only,) = examine(folder).mistakes
    assert str(only).startswith(f"{part}:{line_of('specialty: general', good)}: questions[2].specialty: ")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("more.yaml", "title: Again\n", "1: title: stands in pack.yaml:7 already; remove one of the two"),
        ("more.yaml", "- id: q\n", "1: must hold fields of a pack, for example questions: and the list below it"),
        ("more.yaml", "", "1: the file is empty; write a pack, or remove it"),
        ("more.yaml", "a: b: c\n", "1: is not valid YAML: a text holds a colon"),
        ("more.yaml", "\ncolour: [a]\n", "2: colour: is not a field; known are: id, "),
        ("questions.yaml", "questions: []\n", "1: questions: is empty; write something here"),
    ],
)
def test_a_part_that_does_not_fit(folder: Path, name: str, text: str, says: str) -> None:
    """Each field stands in one of the files, and each file holds fields."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    assert caught.value.message.startswith(f"{folder / name}:{says}")


def test_every_unreadable_part_is_told(folder: Path) -> None:
    """Of two broken files both are named."""
    for name in ("pack.yaml", "questions.yaml"):
        (folder / name).write_text("a: b: c\n", encoding="utf-8")
    assert [one.path.name for one in examine(folder).mistakes] == ["pack.yaml", "questions.yaml"]


def test_a_missing_part_is_told_at_the_main_file(folder: Path) -> None:
    """A field that is in none of the files is missing from the pack."""
    (folder / "questions.yaml").unlink()
    (folder / "more.yaml").write_text("red_flags: []\n", encoding="utf-8")
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    (folder / "pack.yaml").write_text(text.replace(text[text.index("red_flags:") : text.index("max_candidate")], ""), encoding="utf-8")
    (only,) = examine(folder).mistakes
    assert str(only) == f"{folder / 'pack.yaml'}:5: questions: is missing; add it"


def test_one_id_in_a_file_and_a_folder(folder: Path) -> None:
    """Two packs with one id are told, whatever they are made of."""
    shutil.copytree(folder, folder.parent / "theirs")
    with pytest.raises(PackError) as caught:
        load_packs(folder.parent)
    main = folder.parent / "theirs" / "pack.yaml"
    assert caught.value.message == f'{main}:{line_of("id: ours")}: id: "ours" is already the id of the pack in {folder}; choose another'
