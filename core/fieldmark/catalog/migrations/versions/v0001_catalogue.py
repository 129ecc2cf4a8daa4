"""The first catalogue: every table, and the triggers that keep the log of decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEEP_DECISIONS = (
    """CREATE TRIGGER decisions_never_change BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'a decision is never changed; write a new one that supersedes it'); END""",
    """CREATE TRIGGER decisions_never_go BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'a decision is never deleted; write a new one that supersedes it'); END""",
    # INSERT OR REPLACE would delete the old row without asking the trigger above.
    """CREATE TRIGGER decisions_never_replaced BEFORE INSERT ON decisions
    WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id OR supersedes = NEW.supersedes) BEGIN
    SELECT RAISE(ABORT, 'a decision is never replaced; it can be superseded once'); END""",
)


def upgrade() -> None:
    """Make the tables, in the order in which they refer to each other."""
    _deployments()
    _individuals()
    _roots()
    _runs()
    _settings()
    _encounters()
    _photos()
    _rejected_files()
    _annotations()
    _locations()
    _answers()
    _candidates()
    _decisions()
    _set_asides()
    for trigger in KEEP_DECISIONS:
        op.execute(trigger)


def _deployments() -> None:
    op.create_table(
        "deployments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("station", sa.String, nullable=False, index=True),
        sa.Column("starts", sa.String, nullable=True),
        sa.Column("ends", sa.String, nullable=True),
        sa.Column("utc_offset", sa.Integer, nullable=True),
        sa.Column("clock_offset", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("latitude", sa.Double, nullable=True),
        sa.Column("longitude", sa.Double, nullable=True),
    )


def _individuals() -> None:
    op.create_table(
        "individuals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=True),
        sa.Column("name_key", sa.String, nullable=True),
        sa.Column("anchor", sa.Integer, nullable=True),
        sa.UniqueConstraint("anchor"),
        sa.UniqueConstraint("name_key"),
    )


def _roots() -> None:
    op.create_table(
        "roots",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("last_seen", sa.String, nullable=False),
        sa.UniqueConstraint("path"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("command", sa.String, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("pipeline", sa.String, nullable=True),
        sa.Column("started", sa.String, nullable=False),
        sa.Column("finished", sa.String, nullable=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
    )


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )


def _encounters() -> None:
    op.create_table(
        "encounters",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=True),
        sa.Column("species", sa.String, nullable=False),
        sa.Column("deployment_id", sa.Integer, sa.ForeignKey("deployments.id"), nullable=True),
        sa.UniqueConstraint("key"),
    )


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("captured_at", sa.String, nullable=True),
        sa.Column("orientation", sa.Integer, nullable=False),
        sa.Column("latitude", sa.Double, nullable=True),
        sa.Column("longitude", sa.Double, nullable=True),
        sa.Column("make", sa.String, nullable=True),
        sa.Column("model", sa.String, nullable=True),
        sa.Column("serial", sa.String, nullable=True),
        sa.Column("notes", sa.String, server_default="", nullable=False),
        sa.Column("detector", sa.String, nullable=True),
        sa.Column(
            "deployment_id", sa.Integer, sa.ForeignKey("deployments.id"), nullable=True, index=True
        ),
        sa.UniqueConstraint("sha256"),
    )


def _rejected_files() -> None:
    op.create_table(
        "rejected_files",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("root_id", sa.Integer, sa.ForeignKey("roots.id"), nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=True),
        sa.Column("at", sa.String, nullable=False),
        sa.UniqueConstraint("root_id", "path"),
    )


def _annotations() -> None:
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("photo_id", sa.Integer, sa.ForeignKey("photos.id"), nullable=False),
        sa.Column("x", sa.Double, nullable=False),
        sa.Column("y", sa.Double, nullable=False),
        sa.Column("w", sa.Double, nullable=False),
        sa.Column("h", sa.Double, nullable=False),
        sa.Column("species", sa.String, nullable=False),
        sa.Column("side", sa.String, nullable=False),
        sa.Column("mask", sa.String, nullable=True),
        sa.Column("label", sa.String, server_default="animal", nullable=False),
        sa.Column("score", sa.Double, nullable=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=True, index=True),
        sa.Column(
            "encounter_id", sa.Integer, sa.ForeignKey("encounters.id"), nullable=True, index=True
        ),
        sa.Column(
            "individual_id", sa.Integer, sa.ForeignKey("individuals.id"), nullable=True, index=True
        ),
        sa.Column("replaced", sa.Boolean, server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint("photo_id", "x", "y", "w", "h", "source", "label"),
        sa.CheckConstraint(
            "side IN ('left', 'right', 'front', 'back', 'top', 'unknown')", name="side"
        ),
    )


def _locations() -> None:
    op.create_table(
        "locations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("root_id", sa.Integer, sa.ForeignKey("roots.id"), nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("photo_id", sa.Integer, sa.ForeignKey("photos.id"), nullable=False, index=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("missing", sa.Boolean, server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint("root_id", "path", "photo_id"),
    )
    op.create_index(
        "ix_locations_present",
        "locations",
        ["root_id", "path"],
        unique=True,
        sqlite_where=sa.text("missing = 0"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("annotation_id", sa.Integer, sa.ForeignKey("annotations.id"), primary_key=True),
        sa.Column("note", sa.String, server_default="", nullable=False),
    )


def _candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("annotation_id", sa.Integer, sa.ForeignKey("annotations.id"), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("individual_id", sa.Integer, sa.ForeignKey("individuals.id"), nullable=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("probability", sa.Double, nullable=True),
        sa.Column("annotations", sa.JSON, nullable=False),
        sa.UniqueConstraint("run_id", "annotation_id", "rank"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column(
            "annotation_id", sa.Integer, sa.ForeignKey("annotations.id"), nullable=False, index=True
        ),
        sa.Column(
            "other_id", sa.Integer, sa.ForeignKey("annotations.id"), nullable=True, index=True
        ),
        sa.Column("name", sa.String, nullable=True),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("pipeline", sa.String, nullable=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id"), nullable=True),
        sa.Column("score", sa.Double, nullable=True),
        sa.Column("reason", sa.String, server_default="", nullable=False),
        sa.Column("supersedes", sa.Integer, sa.ForeignKey("decisions.id"), nullable=True),
        sa.UniqueConstraint("supersedes"),
        sa.CheckConstraint(
            "(kind IN ('same', 'different', 'incomparable', 'cant-tell')"
            " AND other_id IS NOT NULL AND annotation_id < other_id AND name IS NULL)"
            " OR (kind = 'name' AND other_id IS NULL)",
            name="kind",
        ),
        sqlite_autoincrement=True,
    )


def _set_asides() -> None:
    op.create_table(
        "set_asides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("annotation_id", sa.Integer, sa.ForeignKey("annotations.id"), nullable=False),
        sa.Column("pipeline", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.UniqueConstraint("annotation_id", "pipeline"),
    )
