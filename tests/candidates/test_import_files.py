"""Files of candidates as spreadsheets write them are read as they were meant, or refused with a sentence."""

import pytest

from inbox.candidates import import_files, import_rows
from inbox.candidates.import_files import Line
from inbox.candidates.import_rows import Planned
from inbox.errors import Invalid

ROWS = [["Name", "Mobile number"], ["Zoë Müller", "0491 570 156"], ["Chen, Maya", "0491 570 157"]]


def written(separator: str, line_end: str = "\r\n") -> str:
    return line_end.join(separator.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in ROWS)


@pytest.mark.parametrize(
    "content",
    [
        written(",").encode(),
        written(";").encode("utf-8-sig"),
        written("\t", "\n").encode("utf-16"),
        written(";").encode("cp1252"),
        (written(",", "\n") + "\n\n , \n").encode(),
    ],
    ids=["plain", "with a mark and semicolons", "UTF-16 and tabs", "Windows", "with empty lines"],
)
def test_a_file_is_read_however_it_was_saved(content: bytes) -> None:
    file = import_files.read(content)
    assert file.headings == ("Name", "Mobile number")
    assert [list(line.cells) for line in file.lines] == ROWS[1:]
    assert [line.number for line in file.lines] == [2, 3]


def test_a_cell_may_hold_a_line_break_and_lines_are_counted_as_an_editor_does() -> None:
    file = import_files.read(b'Name,Consent\n"Maya","3 Feb,\nweb form"\nTom,\n')
    assert file.lines == (Line(2, ("Maya", "3 Feb,\nweb form")), Line(4, ("Tom", "")))


def test_the_sign_our_own_files_put_before_a_formula_goes_again() -> None:
    file = import_files.read(b"Number,Name\n'+61491570156,'O'Neil\n")
    assert file.lines[0].cells == ("+61491570156", "'O'Neil")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"Name,Phone\n", "The file has one line only."),
        (b"PK\x03\x04\x14\x00", "This is a workbook. Save it as CSV"),
        (b"Name\nM\x00aya\n", "This is not a CSV file."),
        (b"Name\n" + b"Maya\n" * 10_001, "The file has 10,001 rows."),
        (b",".join([b"A"] * 51) + b"\nx\n", "The file has 51 columns, 50 at most"),
        (b"Name\n" + b'"' + b"x" * 200_000, "The file cannot be read from line 2 on"),
        (b"x" * (import_files.MOST_BYTES + 1), "The file is larger than 5 MB."),
    ],
)
def test_what_is_no_list_of_candidates_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        import_files.read(content)
    assert refused.value.fields["file"].startswith(words)


def test_columns_are_known_by_their_headings_and_each_field_stands_once() -> None:
    headings = ["Full Name", "E-Mail", "PHONE_NUMBER", "Mobile", "Shoe size", ""]
    assert import_files.guessed(headings) == ("name", "email", "number", "", "", "")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["number", "number"], "Two columns are Mobile number. Leave one of them out."),
        (["name", "last_name"], "Choose Name, or First name and Last name, not both."),
        (["city", ""], "Say which column holds the name, the mobile number or the e-mail."),
        (["name", "password"], "“password” is nothing that a column can hold."),
    ],
)
def test_columns_that_make_no_sense_are_refused(columns: list[str], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        import_rows.check_columns(columns)
    assert refused.value.fields["columns"] == words


def plans(columns: list[str], *rows: tuple[str, ...]) -> tuple[Planned, ...]:
    lines = [Line(place, cells) for place, cells in enumerate(rows, 2)]
    return import_rows.planned(lines, columns, region="AU", team={"jo park": "jo", "jo@acme.test": "jo"})


def test_a_row_becomes_a_profile() -> None:
    (plan,) = plans(
        ["first_name", "last_name", "number", "owner", ""], (" Maya ", "Chen", "0491 570 156", "JO@acme.test", "x")
    )
    assert plan.profile is not None
    assert (plan.profile.name, plan.profile.number, plan.profile.owner_id) == ("Maya Chen", "+61491570156", "jo")


def test_each_row_says_all_that_is_wrong_with_it() -> None:
    wrong = plans(
        ["name", "number", "email", "owner"],
        ("Maya", "0491 570 156", "maya@example.com", ""),
        ("Tom", "phone me", "tom", "Lou"),
        ("Maya again", "+61 491 570 156", "", ""),
        ("Mia", "", "MAYA@example.com", ""),
        ("", "", "", ""),
        ("Max", "", "", "", "more"),
    )
    assert wrong[0].sentence is None
    assert str(wrong[1].sentence).startswith("Mobile number: “phone me” has letters in it.")
    assert "Email: Enter an e-mail such as maya@example.com. Owner: Nobody here is called “Lou”." in str(
        wrong[1].sentence
    )
    assert wrong[2].sentence == "+61491570156 stands in line 2 already."
    assert wrong[3].sentence == "maya@example.com stands in line 2 already."
    assert wrong[4].sentence == "Name: Enter a name, a number or an e-mail."
    assert str(wrong[5].sentence).startswith("There are more cells in this row than columns")
