"""Two animals of one photo that claim one individual are told apart from the others."""

import csv
from dataclasses import dataclass
from pathlib import Path

from fieldmark.api.rivals import with_rivals
from fieldmark.report.tables import write_csv
from fieldmark.report.view import Facts, Identified, Ranked, Sighting
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import WHOLE, Side


@dataclass(frozen=True)
class Row:
    """One annotation."""

    id: int
    photo_id: int
    encounter_id: int | None = None
    individual_id: int | None = None
    side: Side = Side.LEFT


ROWS = {
    row.id: row
    for row in [
        Row(1, 1), Row(2, 1), Row(3, 1), Row(4, 2), Row(5, 3, None, 30), Row(6, 4, None, 30),
        Row(7, 5, 70), Row(8, 6, 70),
    ]
}  # fmt: skip
FACTS = Facts("tiger", "local", (), "f" * 64, "1", "", 4, 1, 4)


def seen(number: int) -> Sighting:
    """Return an annotation as a report shows it."""
    return Sighting(number, None, f"{number}.jpg", WHOLE, Side.LEFT, None, None, None, None)


def answer(query: int, *best: int, note: str | None = None) -> Identified:
    """Return a query whose candidates are the individuals of these annotations."""
    ranked = [Ranked(n, f"of {b}", 1 / n, seen(b), (b,)) for n, b in enumerate(best, start=1)]
    return Identified(seen(query), tuple(ranked), note)


def notes(*results: Identified) -> list[str | None]:
    """Return the notes after rivals were looked for."""
    rules = CatalogueRules(ROWS.values(), SideRule())
    return [result.note for result in with_rivals(results, ROWS, rules)]


def test_rivals_for_one_individual_say_so() -> None:
    """Also where different photos of it speak for it; a query of another photo is no rival."""
    one, two, other = notes(answer(1, 5), answer(2, 6, 7), answer(4, 5))
    assert one is not None
    assert two is not None
    assert "annotation 2 has the same first candidate" in one
    assert "annotation 1 has the same first candidate" in two
    assert other is None


def test_only_first_candidates_are_rivals() -> None:
    """A lower rank, and a query without candidates, claim nothing; other notes stay."""
    assert notes(answer(1, 5), answer(2, 7, 5), answer(3, note="too dark")) == [
        None, None, "too dark",
    ]  # fmt: skip


def test_an_unnamed_animal_of_one_visit_is_one_individual() -> None:
    """Two of its photos are one candidate."""
    assert all(notes(answer(1, 7), answer(2, 8), answer(3, 7)))


def test_the_table_shows_the_note_beside_the_first_candidate(tmp_path: Path) -> None:
    """And beside no other."""
    rules = CatalogueRules(ROWS.values(), SideRule())
    results = with_rivals([answer(1, 5, 7), answer(2, 5)], ROWS, rules)
    write_csv(results, FACTS, tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        shown = [bool(row["note"]) for row in csv.DictReader(file)]
    assert shown == [True, False, True]
