"""The versions of the database, and how an older one becomes the newest.

Alembic is slow to import and needed only by a migration, so which version a database has is read
without it. A new version: add `versions/v0002_….py` and its number to `KNOWN`.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

KNOWN = ("0001", "0002")
"""Every version that this fieldmark can read, the oldest first."""

HEAD = KNOWN[-1]


def revision(connection: Connection) -> str | None:
    """Return the version of the database; None if fieldmark did not make it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    number = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if number is None else str(number)


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest version, within the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
