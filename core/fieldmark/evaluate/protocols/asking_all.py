"""Every photo asks all the others."""

from dataclasses import replace

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.protocols.parts import (
    Protocol,
    Settings,
    individual,
    make,
    without_encounters,
)
from fieldmark.evaluate.split import Split

FRAMES = 3
"""Neighbouring frames that the ATRW evaluation leaves out (cvwc2019/ATRWEvalScript, plain.py)."""


def _encounter_disjoint(animals: Animals, seed: int, settings: Settings) -> Split:  # noqa: ARG001 - nothing is drawn
    if len(animals.rows) < 2:
        raise UserError(
            f"{animals.name} holds one photo and nothing to compare it with; give more data"
        )
    notes = [without_encounters(animals)]
    return make(ENCOUNTER_DISJOINT.name, None, animals.rows, animals.rows, settings, notes=notes)


def _atrw_plain(animals: Animals, seed: int, settings: Settings) -> Split:  # noqa: ARG001 - nothing is drawn
    """Draw nothing: all ask all; the neighbouring frames are left out by the rules.

    In the evaluation's own files each query is marked `sing` or `multi`; here a query is `single`
    if one camera has seen its individual, and `cross` if several have.
    """
    known = [row for row in animals.rows if row.camera is not None and row.frame is not None]
    if not known:
        raise UserError(
            f"{animals.name} names no cameras and frames, which the protocol atrw-plain needs; add"
            " the columns `camera` and `frame`, or use --protocol encounter-disjoint"
        )
    asking = [row for row in known if _asks(row, known_cameras(known), settings["queries"])]
    left = len(animals.rows) - len(known)
    notes = [f"{left} photos without camera and frame were left out" if left else ""]
    split = make(ATRW_PLAIN.name, None, known, asking, settings, encounters="kept", notes=notes)
    return replace(split, frames=FRAMES)


def known_cameras(rows: list[Animal]) -> dict[str, set[str | None]]:
    """Return for each individual the cameras that saw it."""
    seen: dict[str, set[str | None]] = {}
    for row in rows:
        seen.setdefault(individual(row), set()).add(row.camera)
    return seen


def _asks(row: Animal, cameras: dict[str, set[str | None]], wanted: str) -> bool:
    if wanted not in QUERIES:
        raise UserError(f"queries must be one of {', '.join(QUERIES)}, and is {wanted!r}")
    several = len(cameras[individual(row)]) > 1
    return wanted == "all" or several == (wanted == "cross")


QUERIES = ("all", "single", "cross")
ENCOUNTER_DISJOINT = Protocol(
    "encounter-disjoint",
    "every photo asks all the others, without its own encounter",
    _encounter_disjoint,
)
ATRW_PLAIN = Protocol(
    "atrw-plain",
    "every photo asks all the others, without neighbouring frames of its camera",
    _atrw_plain,
    {"queries": "all"},
)
