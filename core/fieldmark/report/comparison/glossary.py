"""What the metrics mean, in words for people who look for animals and not for metrics."""

from collections.abc import Iterable, Iterator

MAIN = ("top-1", "top-5", "mAP", "AUROC new", "BAKS-BAUS", "ECE")
"""Metrics of the main table, where they were measured; the others are in the folded one."""
_MEANINGS = {
    "top-1": "share of the queries whose right individual is proposed first",
    "top-5": "share of the queries whose right individual is among the first five",
    "top-10": "share of the queries whose right individual is among the first ten",
    "balanced top-1": "top-1 for each individual, then the mean: one often photographed animal"
    " counts no more than another",
    "MRR": "mean of 1 / the place of the right individual",
    "mAP": "mean average precision over all photos of the gallery; 1 if all photos of the right"
    " individual come before all others",
    "MAP@5": "the same over the first five photos",
    "MAP@R": "the same over as many photos as the individual has",
    "T5RMD": "share of the queries with the right individual among the first five photos",
    "DT5AP": "precision over the first photos, as many as the individual has and at most five",
    "CCDR": "distance to photos of the same individual over that to others; less is better",
    "AUROC new": "chance that a known animal scores higher than one who is not in the gallery;"
    " 0.5 is a coin",
    "BAKS": "share of the known animals that are named rightly, each individual counting the same",
    "BAUS": "share of the new animals that are called new, each individual counting the same",
    "BAKS-BAUS": "the geometric mean of the two",
    "ECE": (
        "calibration error: by how much the probabilities of the ten first candidates are off on"
        " average; less is better"
    ),
    "ECE first": "the same of first candidates alone, which are the hard ones",
    "ECE first by chance": "what true probabilities of so few first candidates would show",
}


def explained(metrics: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each metric that has an explanation, with it."""
    for name in metrics:
        if name in _MEANINGS:
            yield name, _MEANINGS[name]


def in_order(metrics: Iterable[str]) -> list[str]:
    """Return metrics in the order of the glossary, unknown ones at the end."""
    known = list(_MEANINGS)
    return sorted(
        dict.fromkeys(metrics), key=lambda name: known.index(name) if name in known else len(known)
    )
