"""The result of a run as CSV (one row for each query and candidate) and as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldmark.files import write_text
from fieldmark.report.view import Facts, Identified, Ranked, Sighting, Visit, gap_between

COLUMNS = (
    "query_annotation",
    "query_photo",
    "query_station",
    "query_captured_at",
    "query_side",
    "query_encounter",
    "query_individual",
    "rank",
    "candidate",
    "score",
    "score_over_next",
    "threshold",
    "probability",
    "new",
    "proposal",
    "encounter_new",
    "encounter_proposal",
    "best_annotation",
    "best_photo",
    "best_station",
    "best_captured_at",
    "best_side",
    "time_gap",
    "matched_points",
    "note",
)


def write_csv(results: Iterable[Identified], facts: Facts, path: Path) -> None:
    """Write UTF-8 CSV with a byte-order mark, which Excel needs to read names rightly."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for result in results:
        writer.writerows(_rows(result, facts))
    write_text(path, "\ufeff" + text.getvalue())


def write_json(results: Sequence[Identified], facts: Facts, path: Path) -> None:
    """Write the run's facts and every query with its candidates."""
    visits = {result.visit.queries: result.visit for result in results if result.visit}
    document = {
        "run": asdict(facts),
        "encounters": [_together(visit) for visit in visits.values()],
        "queries": [_entry(result, facts) for result in results],
    }
    write_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _rows(result: Identified, facts: Facts) -> Iterator[dict[str, Any]]:
    query = {f"query_{key}": value for key, value in _described(result.query).items()}
    query |= _proposed(result)
    if not result.candidates:
        yield {**query, "note": result.note}
    following = (*result.candidates[1:], None)
    for ranked, after in zip(result.candidates, following, strict=False):
        best = {
            f"best_{key}": value
            for key, value in _described(ranked.best).items()
            if f"best_{key}" in COLUMNS
        }
        yield {
            **query,
            **best,
            "rank": ranked.rank,
            "candidate": ranked.label,
            "score": f"{ranked.score:.6g}",
            "score_over_next": _ratio(ranked, after),
            "threshold": facts.side_of_threshold(ranked),
            "probability": _share(ranked.probability),
            "time_gap": gap_between(result.query, ranked.best),
            "matched_points": len(ranked.explanation),
            "note": (result.note or "") if ranked.rank == 1 else "",
        }


def _proposed(result: Identified) -> dict[str, str]:
    """Return what is proposed for a query and its encounter; empty where nothing is calibrated."""
    visit = result.visit
    return {
        "new": _share(result.new),
        "proposal": str(result.proposal or ""),
        "encounter_new": _share(visit.new) if visit else "",
        "encounter_proposal": str(visit.proposal) if visit else "",
    }


def _share(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.4f}"


def _together(visit: Visit) -> dict[str, Any]:
    return {
        "encounter": visit.encounter,
        "queries": list(visit.queries),
        "new": visit.new,
        "proposal": str(visit.proposal),
        "candidates": [
            {"candidate": label, "probability": probability}
            for label, probability in visit.candidates
        ],
    }


def _ratio(ranked: Ranked, after: Ranked | None) -> str:
    return f"{ranked.score / after.score:.4g}" if after and after.score > 0 else ""


def _entry(result: Identified, facts: Facts) -> dict[str, Any]:
    return {
        "query": _described(result.query),
        "note": result.note,
        "new": result.new,
        "proposal": str(result.proposal) if result.proposal else None,
        "candidates": [
            {
                "rank": ranked.rank,
                "candidate": ranked.label,
                "score": ranked.score,
                "threshold": facts.side_of_threshold(ranked),
                "probability": ranked.probability,
                "annotations": list(ranked.annotations),
                "best": _described(ranked.best),
                "matched_points": len(ranked.explanation),
            }
            for ranked in result.candidates
        ],
    }


def _described(sighting: Sighting) -> dict[str, Any]:
    return {
        "annotation": sighting.id,
        "photo": sighting.name,
        "station": sighting.station,
        "captured_at": _iso(sighting.captured_at),
        "side": str(sighting.side),
        "encounter": sighting.encounter,
        "individual": sighting.individual,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(sep=" ") if moment else None
