"""Files of domain packs: a team's own directory, YAML that is refused, and sizes that are too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.domains.loader import MAX_BYTES, load_pack, load_packs
from ls_expert_plugin.errors import PackError
from tests.support.builders.tax_pack import GOOD, TITLE, changed, complaint


def test_team_adds_a_domain(tmp_path: Path) -> None:
    """A pack in the team's directory stands beside the three; other and hidden files there are left alone."""
    (tmp_path / "tax.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "README.md").write_text("not a pack", encoding="utf-8")
    (tmp_path / ".tax.yaml").write_text("{{{", encoding="utf-8")
    packs = load_packs(tmp_path)
    assert sorted(packs) == ["finance", "law", "medicine", "tax"]
    assert packs["tax"].version == 3
    assert packs["tax"].competencies[0].indicators == ("due date", "input tax")


def test_empty_directory_is_no_mistake(tmp_path: Path) -> None:
    """A directory without packs adds none."""
    assert len(load_packs(tmp_path)) == 3


def test_windows_file_is_read(tmp_path: Path) -> None:
    """A file saved by a Windows editor, with a byte-order mark and its line ends, reads the same."""
    plain, windows = tmp_path / "plain.yaml", tmp_path / "windows.yaml"
    plain.write_text(GOOD, encoding="utf-8")
    windows.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_pack(windows) == load_pack(plain)


def test_words_stay_words(tmp_path: Path) -> None:
    """Text that YAML could take for a truth value, a date or a time stays what was written."""
    text = changed("- due date", "- no\n      - 2024-13-45\n      - 12:30\n      - 1.50")
    (tmp_path / "tax.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path / "tax.yaml")
    assert pack.competencies[0].indicators == ("no", "2024-13-45", "12:30", "1.50", "input tax")


def test_same_id_in_two_files(tmp_path: Path) -> None:
    """Of two packs with one id the second is named, with the line of its id and the file of the first."""
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# the same\n" + GOOD, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(tmp_path)
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert caught.value.message == f'{b}:2: id: "tax" is already the id of the pack in {a}; choose another'


def test_id_of_a_built_in_pack(tmp_path: Path) -> None:
    """A team's pack cannot silently replace one that comes along."""
    (tmp_path / "mine.yaml").write_text(changed("id: tax", "id: law"), encoding="utf-8")
    with pytest.raises(PackError, match=r'mine\.yaml:1: id: "law" is already the id of .*law;'):
        load_packs(tmp_path)


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_directory_that_is_none(tmp_path: Path, kind: str) -> None:
    """A directory that is not there, or not a directory, stops start-up and names the setting."""
    directory = tmp_path / "packs"
    if kind == "a file":
        directory.write_text("", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(directory)
    assert caught.value.message.startswith(f"{directory}: cannot be read as a directory")
    assert "LS_EXPERT_DOMAINS_DIR" in caught.value.message


def test_entry_that_is_no_file(tmp_path: Path) -> None:
    """A directory or a dangling link with the name of a pack is named."""
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(PackError, match=r"gone\.yaml:1: is not a file"):
        load_packs(tmp_path)


@pytest.mark.parametrize(
    ("line", "new", "says"),
    [
        (3, "title: Tax: a pack\n", "a text holds a colon and a space; quote it or check the indentation"),
        (3, "\ttitle: Tax\n", "indent with spaces instead of tabs"),
        (3, "title: 'Tax\n", "a quotation mark is opened here and never closed"),
        (14, 'title: "Tax\n', "check the indentation and the quotation marks, here and in the lines above"),
        (3, "title Tax\n", "a colon is missing behind the name of a field"),
        (3, 'title: "Tax" law\n', "check the indentation and the quotation marks"),
        (4, TITLE + "  extra: 1\n", "a text holds a colon and a space; quote it or check the indent"),
        (6, TITLE + "extra:\n    a: 1\n   b: 2\n", "check the indentation and the quotation marks"),
        (4, "title: [Tax law\n", "a bracket is never closed, a comma is missing, or a text needs quotes"),
        (3, "title: {a: What?}\n", "a bracket is never closed, a comma is missing, or a text needs quotes"),
        (3, "title: @tax\n", "put quotes around a text that begins with this character"),
        (3, "---\ntitle: Tax\n", "--- begins a second pack here; give each pack a file of its own"),
    ],
)
def test_broken_yaml(tmp_path: Path, line: int, new: str, says: str) -> None:
    """YAML that cannot be read is told by file and line, in words that say what to do."""
    assert complaint(tmp_path, changed(TITLE, new)).startswith(f"{line}: is not valid YAML: {says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed(TITLE, "title: T\x07ax\n"), "3: holds a control character; remove it"),
        (changed(TITLE, "title: Taxé\n").encode("latin-1"), "3: is not UTF-8 text here; save it as UTF-8"),
        (GOOD.encode("utf-16"), "1: is not UTF-8 text here; save it as UTF-8"),
        ("", "1: the file is empty; write a pack, or remove it"),
        ("# nothing yet\n", "1: the file is empty; write a pack, or remove it"),
        ("- a\n- b\n", "1: must have the fields id, version, title, description, specialties, "),
        ("just text\n", "1: must have the fields id, version, title, description, specialties, "),
    ],
)
def test_no_pack_at_all(tmp_path: Path, text: str | bytes, says: str) -> None:
    """A file in another encoding, empty, or with something else in it is told as that."""
    assert complaint(tmp_path, text).startswith(says)


def test_too_large(tmp_path: Path) -> None:
    """A file of more than a million bytes is refused unread, one of just that many is read."""
    unreadable = b"\xff" * MAX_BYTES  # quick to refuse, and what is said shows how far reading came
    assert complaint(tmp_path, unreadable).startswith("1: is not UTF-8 text here")
    says = "1: the file has more than 1,000,000 bytes; shorten it"
    assert complaint(tmp_path, unreadable + b"\xff") == says


def test_alias_bomb(tmp_path: Path) -> None:
    """A file that would grow to a billion words through aliases is refused at its first anchor, at once."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert complaint(tmp_path, bomb).startswith("1: a0: anchors (&) and aliases (*) are not allowed")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (TITLE, "title: &t Tax\n", "3: title: anchors (&) and aliases (*) are not allowed"),
        ("- due date", "- *due", "21: competencies[0].indicators[0]: anchors (&) and aliases (*)"),
        ("[objection]", "[*due]", "27: competencies[1].indicators[0]: anchors (&) and aliases (*)"),
        (TITLE, "title: !!str Tax\n", "3: title: tags (!) are not allowed"),
        ("Thank you.", "!!python/object/apply:os.getcwd []", "35: closing: tags (!) are not allowed"),
        ("[objection]", "[[[[[[[a]]]]]]]", "27: competencies[1].indicators[0][0][0][0][0][0]: is nested"),
        (TITLE, "? [title]\n: Tax\n", "3: the name of a field must be a plain word"),
    ],
)
def test_yaml_that_packs_do_not_use(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Anchors, aliases, tags and deep nesting are refused, wherever they stand, with the field."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


def test_a_hundred_thousand_brackets(tmp_path: Path) -> None:
    """A file made to exhaust the reader by nesting is refused at once."""
    assert "is nested more than 8 levels deep" in complaint(tmp_path, "[" * 100_000)
