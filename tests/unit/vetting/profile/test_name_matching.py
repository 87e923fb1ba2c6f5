"""Personal names held against a register's: a table of cases."""

from __future__ import annotations

import pytest

from ls_expert_plugin.vetting.profile.name_matching import Verdict, is_same_text, match

SAME = [
    ("Ada Quill", "ADA QUILL", ""), ("Dr. Ada Quill, MD", "Ada M Quill", "Quill"), ("Prof. Dr. med. Ada Quill", "Ada Quill", ""),
    ("Ada Quill, Esq.", "Ada Quill", "Quill"), ("Ada Quill Esq", "Ada Quill", ""), ("Ada Quill, M.D., Ph.D.", "ADA QUILL", "QUILL"),
    ("Quill, Ada", "Ada Quill", "Quill"), ("Smith, Jane", "JANE SMITH", ""), ("Smith, Jane, MD", "JANE SMITH", "SMITH"), ("Jane Smith", "Smith, Jane", ""),
    ("Søren Kierkegaard", "SOREN KIERKEGAARD", ""), ("Soeren Kierkegaard", "Søren Kierkegaard", ""), ("Łukasz Piątek", "LUKASZ PIATEK", "PIATEK"),
    ("Jürgen Müller", "Juergen Mueller", "Mueller"), ("Jürgen Müller", "JURGEN MULLER", ""), ("Đặng Văn Anh", "Dang Van Anh", ""),
    ("Þóra Jónsdóttir", "THORA JONSDOTTIR", ""), ("Adá Quíll", "Ada Quill", ""), ("Anna Groß", "Anna Gross", ""),
    ("María García López", "MARIA GARCIA LOPEZ", "GARCIA LOPEZ"), ("María García", "MARIA GARCIA LOPEZ", "GARCIA LOPEZ"),
    ("María García-López", "Maria Garcia", "Garcia"), ("García López, María", "Maria Garcia", "Garcia"),
    ("Maria de la Cruz", "MARIA DELACRUZ", "DELACRUZ"), ("Maria Cruz", "Maria de la Cruz", "de la Cruz"), ("Jan van der Berg", "JAN VANDERBERG", "VANDERBERG"),
    ("Pat O’Brien", "PAT OBRIEN", ""), ("Pat O'Brien", "PAT O BRIEN", "O BRIEN"), ("Anne-Marie Lenz", "Annemarie Lenz", ""),
    ("Anne-Marie Lenz", "ANNE LENZ", ""), ("J. Robert Oppen", "Robert Oppen", ""), ("John Q Smith", "John Smith", ""),
    ("John Q. Smith", "John Quentin Smith", ""),
    ("Linh Do", "LINH DO", "DO"), ("Linh Do", "LINH DO", ""), ("Dean Smith", "DEAN SMITH", ""), ("King Chan", "KING CHAN", ""),
    ("John Smith Jr", "John Smith", ""),
    ('Robert "Bob" Stone', "ROBERT STONE", ""), ("Robert (Bob) Stone", "ROBERT STONE", ""), ("Ada Quill", "Ada Quill DO", ""),
]
UNDECIDED = [
    ("J Smith", "John Smith", ""), ("J. Smith", "JOHN SMITH", "SMITH"), ("John Smith", "J Smith", ""), ("A. Quill", "Ada Quill", ""),
    ("J B Smith", "John Boris Smith", ""),
    ("Smith Jane", "Jane Smith", "Smith"), ("Иван Петров", "IVAN PETROV", "PETROV"), ("Ivan Petrov", "Иван Петров", ""), ("山田太郎", "Taro Yamada", "Yamada"),
    ("", "Ada Quill", ""), ("Quill", "Ada Quill", "Quill"), ("Ada", "ADA QUILL", ""), ("Madonna", "Madonna", ""),
    ("John Smith Jr", "John Smith Sr", ""), ("John Quentin Smith", "John Robert Smith", "Smith"), ("John Q Smith", "John R Smith", ""),
    ("Katherine Lenz", "Catherine Lenz", ""), ("Mohammed Khan", "Muhammad Khan", ""), ("Ada Quil", "Ada Quill", ""), ("Mary Smith", "Jane M Smith", ""),
    ("María García López", "Maria Garcia", "Garcia"), ("Mary James Smith", "Mary James", ""), ("Maria Lopez", "MARIA GARCIA LOPEZ", "GARCIA LOPEZ"),
]
DIFFERENT = [
    ("Ada Quill", "Ben Quill", ""), ("Ada Quill", "Ada Ochre", ""), ("Ada Quill", "ADA OCHRE", "OCHRE"), ("Nele Newcomer", "JANE SMITH", "SMITH"),
    ("B. Quill", "Ada Quill", ""), ("Quill", "Ada Ochre", ""), ("Smith, Jane", "Smith, Boris", ""), ("Linh Do", "Linh Tran", "Tran"),
    ("Do Smith", "Ada Do", "Do"), ("Mary Jones", "Mary Stone", ""),
]


@pytest.mark.parametrize(("said", "listed", "family", "verdict"), [
    *((*case, "same") for case in SAME), *((*case, "undecided") for case in UNDECIDED), *((*case, "different") for case in DIFFERENT),
])
def test_a_name_is_the_same_another_one_or_a_persons_to_look_at(said: str, listed: str, family: str, verdict: Verdict) -> None:
    """Titles, letters after the name, accents, order and double surnames are taken as they are used; an initial alone matches nobody."""
    assert match(said, listed, family) == verdict


@pytest.mark.parametrize(("said", "listed", "family"), [*SAME, *UNDECIDED, *DIFFERENT])
def test_it_does_not_matter_which_of_the_two_the_register_has(said: str, listed: str, family: str) -> None:
    """Without the register's word for the family name, both ways round say the same."""
    assert match(said, listed) == match(listed, said)


@pytest.mark.parametrize(("one", "other", "is_same"), [
    ("Ada Quill", "ADA  QUILL", True), ("Adá Quíll", "Ada Quill", True), ("Dr. Ada Quill", "Ada Quill", False), ("Ada Quill", "Quill Ada", False),
    ("", "Ada", False),
])
def test_a_rename_is_other_words(one: str, other: str, is_same: bool) -> None:
    """Case, accents and spaces are none."""
    assert is_same_text(one, other) is is_same


def test_a_very_long_name_is_answered_at_once() -> None:
    """Hundreds of words, each with two forms, are no work to speak of."""
    assert match("Ä " * 250 + "Quill", "Ä " * 250 + "Quill") in ("same", "undecided")
