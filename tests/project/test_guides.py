"""The guides print what the program prints."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.guides import (
    DRAWN,
    GUIDES,
    READER,
    Command,
    Computer,
    Edit,
    agrees,
    difference,
    masked,
    renewed,
    rewritten,
    steps,
)
from support.hub import LocalHub

PAGE = """\
# A page

```console
$ head -n 1 notes.txt
one

$ true
ana$ fieldmark species list
two
...
```

```sh
fieldmark never
```

```diff
--- /home/me/notes.txt
 one
-two
+three
```
"""


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Computer]:
    """Return a computer with nobody's files on it."""
    root = tmp_path.resolve() / "home"
    root.mkdir()
    with LocalHub(tmp_path / "hub") as hub:
        yield Computer(root, hub, monkeypatch)


@pytest.mark.parametrize("name", DRAWN)
def test_every_command_of_a_guide_prints_what_the_page_says(computer: Computer, name: str) -> None:
    """From the first line to the last, with no word to the network."""
    (computer.root / READER).mkdir()
    DRAWN[name](computer.root / READER)
    ran = computer.plays((GUIDES / name).read_text(encoding="utf-8"))
    wrong = "\n\n".join(filter(None, (difference(*each) for each in ran)))
    again = "If that is right, write it into the page: PYTHONPATH=tests python -m support.guides"
    assert not wrong, f"\n{wrong}\n\n{again}"
    assert len(ran) > 5
    assert not computer.hub.requests


def test_every_guide_is_run() -> None:
    """Whoever adds a guide says what it begins with."""
    assert {path.name for path in GUIDES.iterdir()} == set(DRAWN)


def test_a_page_is_commands_with_their_output_and_edits() -> None:
    """Blocks of other languages are not run; empty lines after an output are not part of it."""
    assert list(steps(PAGE)) == [
        Command(3, "me", "head -n 1 notes.txt", ("one",)),
        Command(6, "me", "true", ()),
        Command(7, "ana", "fieldmark species list", ("two", "...")),
        Edit("/home/me/notes.txt", "one\ntwo\n", "one\nthree\n"),
    ]


def test_a_console_block_that_begins_with_no_command_is_refused() -> None:
    """What no command prints would never be compared."""
    with pytest.raises(ValueError, match="line 2: a console block begins with"):
        list(steps("```console\nfieldmark doctor\n```"))


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a b", "a b", True),
        ("a b", "a c", False),
        ("a", "a b", False),
        ("", "", True),
        ("", "a", False),
        ("a ...", "a b c", True),
        ("a ...", "a", False),
        ("... c", "a b c", True),
        ("... c", "a b", False),
        ("a ... d", "a b c d", True),
        ("a ... d", "a d", False),
        ("a ... a", "a", False),
        ("a ... c ... e", "a b c d e", True),
        ("a ... c ... e", "a b d d e", False),
        ("a ... c ... c", "a b c c", False),
    ],
)
def test_lines_left_out_stand_for_one_line_or_more(shown: str, printed: str, same: bool) -> None:
    """What is shown before, between and after them is compared literally."""
    assert agrees(shown.split(), printed.split()) is same


def test_digits_of_scores_are_not_compared_and_all_else_is() -> None:
    """A score may differ in its digits from computer to computer; who comes first may not."""
    row = "│ 13    │ Cedar   │ 9.28  │ 4.1 │"
    assert masked(row) == masked("│ 13 │ Cedar │ 10 │ 3.9 │")
    assert masked(row) != masked("│ 13    │ Alder   │ 9.28  │ 4.1 │")
    assert masked(row) != masked("│ 14    │ Cedar   │ 9.28  │ 4.1 │")
    assert masked("┏━━━┳━━━━┓") == masked("┏━━━━┳━━━┓")
    assert masked("206 MB,  2.5") == "206 MB,  2.5"


def test_a_page_is_written_again_with_what_is_printed_now() -> None:
    """What is left out stays left out, and the rest of the page is not touched."""
    head, true, species = (step for step in steps(PAGE) if isinstance(step, Command))
    again = rewritten(PAGE, [(head, ["uno"]), (true, []), (species, ["2", "3", "4"])])
    assert again == PAGE.replace("one\n\n$", "uno\n\n$").replace("two\n...", "2\n...")
    assert rewritten(PAGE, [(head, ["one"]), (species, ["two", "3"])]) == PAGE


def test_both_ends_of_a_shortened_output_are_renewed() -> None:
    """As many lines are shown at its beginning and end as before, or all if there are no more."""
    assert renewed(["a", "...", "z"], list("bcxy")) == ["b", "...", "y"]
    assert renewed(["a", "...", "z"], list("by")) == ["b", "y"]


def test_a_difference_is_shown_with_its_line_and_command() -> None:
    """A reader of the failure sees what the page says and what is printed."""
    command = Command(3, "me", "head -n 1 notes.txt", ("one",))
    assert difference(command, ["one"]) == ""
    lines = difference(command, ["uno"]).splitlines()
    assert "line 4: $ head -n 1 notes.txt" in lines[0]
    assert lines[-2:] == ["-one", "+uno"]


def test_a_score_that_has_moved_is_neither_a_difference_nor_written() -> None:
    """The digits of another computer would change the page for nothing."""
    assert renewed(["│ 1 │ 9.28 │"], ["│ 1 │ 9.3 │"]) == ["│ 1 │ 9.28 │"]
    command = Command(0, "me", "fieldmark identify", ("│ 1 │ Birch │ 9.28 │", "│ 2 │ Oak │ 5 │"))
    shown = difference(command, ["│ 1 │ Birch │ 9.3 │", "│ 2 │ Fir │ 5 │"])
    assert shown.splitlines()[-3:] == [" │ 1 │ Birch │ # │", "-│ 2 │ Oak │ # │", "+│ 2 │ Fir │ # │"]


def test_a_command_prints_readable_paths_and_no_progress(computer: Computer) -> None:
    """Everybody has a folder of their own below /home, and edits what lies there."""
    notes = computer.root / "me" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text(f"one\ntwo\n{notes}\nsearch (lnbnn): 8/8, 2.5/s\n", encoding="utf-8")
    page = PAGE.replace("head -n 1 notes.txt", "cat /home/me/notes.txt")
    (_, printed), *_ = computer.plays(page)
    assert printed == ["one", "two", "/home/me/notes.txt"]
    assert notes.read_text(encoding="utf-8").startswith("one\nthree\n")


def test_an_edit_of_lines_that_are_not_there_is_refused(computer: Computer) -> None:
    """A page that changes what is not in the file misleads its reader."""
    (computer.root / "me").mkdir()
    (computer.root / "me" / "notes.txt").write_text("two\n", encoding="utf-8")
    with pytest.raises(ValueError, match="exactly once"):
        computer.plays("```diff\n--- /home/me/notes.txt\n-three\n+four\n```")
