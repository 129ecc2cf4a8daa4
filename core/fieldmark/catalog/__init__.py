"""The catalogue: a project's photos, animals and decisions, in one SQLite file.

`Project` opens it. The functions take the session that `Project.reading`, `.writing` or
`.deciding` gives, and hand out plain frozen dataclasses, never database objects. The importers
live in `fieldmark.catalog.imports`, because they read pictures.
"""

from fieldmark.catalog.decisions import Kind, NewDecision, decide, decisions, withdraw
from fieldmark.catalog.detections import is_animal, record_detections
from fieldmark.catalog.encounters import group_encounters
from fieldmark.catalog.identities import Contradiction, contradictions, rebuild_identities
from fieldmark.catalog.project import Project
from fieldmark.catalog.queries import (
    annotation_by_reference,
    annotations,
    counts,
    individuals,
    photos,
)
from fieldmark.catalog.rows import (
    AnnotationRow,
    Counts,
    DecisionRow,
    IndividualRow,
    PhotoRow,
    RejectedRow,
    RunRow,
    SetAsideRow,
    StoredCandidate,
)
from fieldmark.catalog.runs import (
    answered,
    finish_run,
    read_candidates,
    rejected_files,
    runs,
    start_run,
    write_candidates,
)
from fieldmark.catalog.setasides import bring_back, set_aside, set_asides

__all__ = [
    "AnnotationRow",
    "Contradiction",
    "Counts",
    "DecisionRow",
    "IndividualRow",
    "Kind",
    "NewDecision",
    "PhotoRow",
    "Project",
    "RejectedRow",
    "RunRow",
    "SetAsideRow",
    "StoredCandidate",
    "annotation_by_reference",
    "annotations",
    "answered",
    "bring_back",
    "contradictions",
    "counts",
    "decide",
    "decisions",
    "finish_run",
    "group_encounters",
    "individuals",
    "is_animal",
    "photos",
    "read_candidates",
    "rebuild_identities",
    "record_detections",
    "rejected_files",
    "runs",
    "set_aside",
    "set_asides",
    "start_run",
    "withdraw",
    "write_candidates",
]
