"""Who said which side; time zones; times that are not believed; photos that repeat another."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = {
    "annotations": (
        sa.Column("side_by", sa.String, nullable=True),
        sa.Column("side_probability", sa.Double, nullable=True),
    ),
    "deployments": (
        sa.Column("name", sa.String, nullable=True),
        sa.Column("timezone", sa.String, nullable=True),
    ),
    "photos": (
        sa.Column("captured_zone", sa.String, nullable=True),
        sa.Column("time_flag", sa.String, server_default="", nullable=False),
        sa.Column("phash", sa.String, nullable=True),
    ),
}


def upgrade() -> None:
    """Add the columns; nothing that is there changes."""
    for table, columns in NEW.items():
        for column in columns:
            op.add_column(table, column)
    # As text, because Alembic will not add a column with a reference to a table of SQLite.
    op.execute(
        "ALTER TABLE photos ADD COLUMN duplicate_of INTEGER"
        " CONSTRAINT fk_photos_duplicate_of REFERENCES photos (id)"
    )
    # It was never written: an offset alone does not know of summer time.
    op.drop_column("deployments", "utc_offset")
