"""What Alembic runs around the migrations; `fieldmark.catalog.migrations.upgrade` calls it."""

from alembic import context

from fieldmark.catalog.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
# The caller has begun the transaction, so that a migration happens whole or not at all.
context.run_migrations()
