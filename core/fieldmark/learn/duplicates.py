"""Photos that stand on both sides of a split, whole or almost: they flatter what is measured."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldmark.files import write_text
from fieldmark.learn.hashes import near_pairs
from fieldmark.learn.looking import Entry
from fieldmark.learn.split import ENCOUNTERS, INDIVIDUALS, TRAIN, Parts

COLUMNS = (
    "held out",
    "individual",
    "trained on",
    "its individual",
    "bits that differ",
    "same file",
)


@dataclass(frozen=True)
class Twins:
    """A held-out photo and one that is trained on."""

    held: Entry
    trained: Entry

    @property
    def same_file(self) -> bool:
        """Whether the two files have the same content."""
        return self.held.sha256 == self.trained.sha256

    @property
    def distance(self) -> int:
        """In how many of 64 bits the perceptual hashes differ."""
        return (self.held.hash ^ self.trained.hash).bit_count()


def twins(parts: Parts) -> list[Twins]:
    """Return every pair across the split that is one file, or whose hashes are near."""
    held = (*parts.at(INDIVIDUALS), *parts.at(ENCOUNTERS))
    trained = parts.at(TRAIN)
    pairs = set(near_pairs([e.hash for e in held], [e.hash for e in trained]))
    places: dict[str, list[int]] = {}
    for j, entry in enumerate(trained):
        places.setdefault(entry.sha256, []).append(j)
    pairs |= {(i, j) for i, entry in enumerate(held) for j in places.get(entry.sha256, ())}
    return [Twins(held[i], trained[j]) for i, j in sorted(pairs)]


def write_twins(path: Path, pairs: Sequence[Twins]) -> None:
    """Write the pairs as a table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for pair in pairs:
        held, trained = pair.held, pair.trained
        writer.writerow([
            f"{held.row.data}/{held.row.shown}", held.sample.individual,
            f"{trained.row.data}/{trained.row.shown}", trained.sample.individual,
            pair.distance, "yes" if pair.same_file else "no",
        ])  # fmt: skip
    write_text(path, text.getvalue())


def in_words(pairs: Sequence[Twins]) -> str:
    """Return one sentence about the pairs; empty where there are none."""
    if not pairs:
        return ""
    photos = len({(pair.held.row.data, pair.held.row.shown) for pair in pairs})
    same = sum(pair.same_file for pair in pairs)
    others = sum(p.held.sample.individual != p.trained.sample.individual for p in pairs)
    return (
        f"{photos} held-out photos look the same as photos that are trained on ({len(pairs)} pairs,"
        f" {same} of them one file, {others} under different individuals), so what is measured on"
        " them says nothing new; see duplicates.csv"
    )
