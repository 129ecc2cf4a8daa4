"""From rows of the catalogue to what a report shows."""

from collections.abc import Mapping, Sequence

from fieldmark.catalog import AnnotationRow, StoredCandidate
from fieldmark.report.view import Ranked, Sighting
from fieldmark.types import Explanation


def sighting(row: AnnotationRow) -> Sighting:
    """Return an annotation as a report shows it."""
    path = row.path
    name = f"photo {row.photo_id} (not found)" if path is None else "/".join(path.parts[-2:])
    return Sighting(
        id=row.id,
        path=path,
        name=name,
        box=row.box,
        side=row.side,
        individual=row.individual_name,
        station=row.station,
        captured_at=row.captured_at,
        encounter=row.encounter_id,
    )


def ranked(
    candidates: Sequence[StoredCandidate],
    rows: Mapping[int, AnnotationRow],
    explanations: Mapping[int, Explanation],
) -> tuple[Ranked, ...]:
    """Return stored candidates as a report shows them, the best first."""
    return tuple(
        Ranked(
            rank=rank,
            label=label(rows[candidate.annotations[0]]),
            score=candidate.score,
            best=sighting(rows[candidate.annotations[0]]),
            annotations=candidate.annotations,
            explanation=explanations.get(candidate.annotations[0], Explanation()),
            probability=candidate.probability,
        )
        for rank, candidate in enumerate(candidates, start=1)
    )


def label(row: AnnotationRow) -> str:
    """Return what to call the individual that an annotation shows."""
    if row.individual_name is not None:
        return row.individual_name
    if row.individual_id is not None:
        return f"unnamed individual {row.individual_id}"
    return f"not named yet (annotation {row.id})"
