"""`ls-expert domains lint` and `ls-expert domains new`: what they say, write and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.cli.main import main
from ls_expert_plugin.domains.loader import BUILT_IN_DIR, load_packs


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str], list[str]]:
    """Exit code, lines on stdout, lines on stderr."""
    code = main([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err.splitlines()


def test_the_starter_is_a_pack_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lints clean, warnings included, and stands beside the three."""
    folder = tmp_path / "not" / "there" / "yet"
    code, out, _ = run(capsys, "domains", "new", "space_law", "--to", folder)
    assert code == 0 and out[0].startswith(f"{folder / 'space_law.yaml'} is a small pack that works.")
    assert run(capsys, "domains", "lint", folder)[:2] == (0, ["1 pack, 0 mistakes, 0 warnings"])
    made = load_packs(folder)["space_law"]
    assert (made.title, made.version, made.policy.auto_verify) == ("Space law", 1, False)


def test_new_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pack that is there, as a file or a folder, stays as it is."""
    (tmp_path / "ours.yaml").write_text("mine", encoding="utf-8")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "pack.yaml").write_text("theirs", encoding="utf-8")
    for name in ("ours", "theirs"):
        code, out, err = run(capsys, "domains", "new", name, "--to", tmp_path)
        assert (code, out, len(err)) == (1, [], 1) and "is there already" in err[0]
    assert (tmp_path / "ours.yaml").read_text(encoding="utf-8") == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ours.yaml", "theirs"]


@pytest.mark.parametrize("name", ["Ours", "1st", "our pack", "../ours", "a" * 65, "", "ours.yaml"])
def test_new_refuses_a_name_that_cannot_be_an_id(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Nothing is written, in the directory or beside it."""
    code, _, err = run(capsys, "domains", "new", name, "--to", tmp_path / "packs")
    assert code == 1 and "write lower-case letters, digits and _" in err[0]
    assert list(tmp_path.iterdir()) == []


def test_new_refuses_the_name_of_a_pack_that_comes_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It could not be loaded beside it."""
    code, _, err = run(capsys, "domains", "new", "law", "--to", tmp_path)
    assert code == 1 and err == ['ls-expert: "law" is the id of a pack that comes along. Choose another name.']


def test_new_into_what_is_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what to do, no traceback."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        code, _, err = run(capsys, "domains", "new", "ours", "--to", folder)
        assert code == 1 and len(err) == 1 and "Choose another" in err[0]


def test_lint_takes_a_pack_a_part_of_it_or_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part of a folder is looked at together with the rest of it."""
    for path in (BUILT_IN_DIR / "law", BUILT_IN_DIR / "law" / "questions.yaml"):
        assert run(capsys, "domains", "lint", path)[:2] == (0, ["1 pack, 0 mistakes, 0 warnings"])
    assert run(capsys, "domains", "lint", BUILT_IN_DIR)[:2] == (0, ["3 packs, 0 mistakes, 0 warnings"])


def test_lint_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path without a pack is an error, not a clean bill."""
    assert run(capsys, "domains", "lint", tmp_path)[0] == 1
    code, _, err = run(capsys, "domains", "lint", tmp_path / "gone")
    assert code == 1 and err == [f"ls-expert: {tmp_path / 'gone'}: is not there. Name a pack, or a directory of packs."]


def test_lint_names_a_taken_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two packs of one id in the directory, or one with the id of a pack that comes along."""
    main(["domains", "new", "ours", "--to", str(tmp_path)])
    text = (tmp_path / "ours.yaml").read_text(encoding="utf-8")
    (tmp_path / "second.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "third.yaml").write_text(text.replace("id: ours\n", "id: law\n"), encoding="utf-8")
    capsys.readouterr()
    code, out, _ = run(capsys, "domains", "lint", tmp_path)
    assert code == 1 and out[-1] == "3 packs, 2 mistakes, 0 warnings"
    assert out[0] == f'{tmp_path / "second.yaml"}:5: id: "ours" is already the id of the pack in {tmp_path / "ours.yaml"}; choose another'
    assert out[1].startswith(f'{tmp_path / "third.yaml"}:5: id: "law" is already the id of the pack in {BUILT_IN_DIR}')


def test_lint_warns_without_failing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A weak spot is a line with the word warning; the exit code stays 0."""
    main(["domains", "new", "ours", "--to", str(tmp_path)])
    path = tmp_path / "ours.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(", title: General practice}", ", title: A}\n  - {id: b, title: B}"), encoding="utf-8")
    capsys.readouterr()
    code, out, _ = run(capsys, "domains", "lint", path)
    assert code == 0 and out[-1] == "1 pack, 0 mistakes, 1 warning"
    assert out[0].startswith(f'{path}:13: specialties[1]: warning: "b" has no questions of its own')
