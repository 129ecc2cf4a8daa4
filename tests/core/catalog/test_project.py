"""A project opens, or says in one sentence why it does not."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldmark.catalog import Project, counts, migrations
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_folder
from fieldmark.errors import NewerSchemaError, ProjectError

HISTORY = "SELECT count(*) FROM runs"


def run_row(number: int) -> dict[str, object]:
    """Return the values of a run."""
    return {"command": f"c{number}", "options": {}, "started": "", "state": "done", "summary": {}}


def test_a_project_is_a_folder_with_one_database(tmp_path: Path) -> None:
    """`create` makes the folder, and a database with WAL and pages of 16 KiB."""
    with Project.create(tmp_path / "ünder the trees" / "p", "snow-leopard") as project:
        assert project.species == "snow-leopard"
        with project.reading() as session:
            assert session.scalar(text("PRAGMA page_size")) == 16384
            assert session.scalar(text("PRAGMA journal_mode")) == "wal"
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert counts(session).photos == 0
    assert [path.name for path in project.folder.iterdir()] == ["fieldmark.db"]


def test_open_finds_what_create_made(tmp_path: Path) -> None:
    """A project keeps its species, and its folder is absolute."""
    Project.create(tmp_path / "p", "zebra").close()
    with Project.open(tmp_path / "p") as project:
        assert project.species == "zebra"
        assert project.folder == (tmp_path / "p").resolve()


def test_a_project_is_not_made_twice(project: Project) -> None:
    """`create` never touches an existing project."""
    with pytest.raises(ProjectError, match="project already"):
        Project.create(project.folder, "zebra")


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    """A file where the folder should be is one sentence, and nothing is left behind."""
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="choose another folder"):
        Project.create(tmp_path / "file" / "p", "zebra")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_cache_may_be_deleted(project: Project) -> None:
    """The cache folder comes back when it is needed, or a sentence says why it cannot."""
    project.cache.rmdir()
    project.cache.rmdir()
    (project.folder / "cache").touch()
    with pytest.raises(ProjectError, match="cannot be made"):
        _ = project.cache


def test_a_folder_without_a_project_says_what_to_type(tmp_path: Path) -> None:
    """The sentence names the command that makes one."""
    with pytest.raises(ProjectError, match="fieldmark init"):
        Project.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000])
def test_a_file_that_is_no_database_is_explained(tmp_path: Path, content: bytes) -> None:
    """Junk named fieldmark.db is not taken for a project."""
    (tmp_path / "fieldmark.db").write_bytes(content)
    with pytest.raises(ProjectError, match="not a fieldmark database"):
        Project.open(tmp_path)


def test_a_damaged_database_is_explained(project: Project) -> None:
    """A database with a hole in it is one sentence, not a traceback."""
    project.close()
    file = project.folder / "fieldmark.db"
    content = bytearray(file.read_bytes())
    content[16384:] = b"\xff" * (len(content) - 16384)
    file.write_bytes(content)
    with pytest.raises(ProjectError, match="is damaged"):
        Project.open(project.folder)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """A SQLite file that fieldmark did not make is left alone."""
    connection = sqlite3.connect(tmp_path / "fieldmark.db")
    connection.execute("CREATE TABLE birds (name)")
    connection.close()
    with pytest.raises(ProjectError, match="not a fieldmark database"):
        Project.open(tmp_path)


def test_a_newer_schema_is_refused(project: Project) -> None:
    """The sentence says to update fieldmark."""
    with project.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchemaError, match=r"newer fieldmark.*pip install -U"):
        Project.open(project.folder)


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    """Opening a database of the first version adds what is new and keeps every row."""
    file = tmp_path / "fieldmark.db"
    _write_version(file, "0001")
    with closing(sqlite3.connect(file)) as old, old:
        old.execute("INSERT INTO settings VALUES ('species', 'tiger')")
        old.execute(
            "INSERT INTO photos (id, sha256, size, width, height, orientation, captured_at)"
            " VALUES (7, 'aa', 1, 4, 3, 1, '2019-03-04T03:04:50')"
        )
    with Project.open(tmp_path) as project, project.reading() as session:
        photo = session.get_one(t.Photo, 7)
        assert (photo.captured_at, photo.time_flag) == ("2019-03-04T03:04:50", "")
        assert (photo.captured_zone, photo.duplicate_of) == (None, None)


def _write_version(file: Path, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def test_the_migrations_make_the_models(project: Project) -> None:
    """Alembic finds nothing to add, and its newest version is the one the code names."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD
    with project.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, t.Base.metadata) == []


def test_opening_is_light(project: Project) -> None:
    """Opening a project imports neither Alembic nor Pillow."""
    code = (
        "import sys; from fieldmark.catalog import Project; Project.open(sys.argv[1]).close();"
        "print([name for name in ('alembic', 'PIL', 'cv2', 'torch') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(project.folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_reading_cannot_write(project: Project) -> None:
    """A session for reading refuses to write, and the next one for writing works."""
    with pytest.raises(ProjectError, match="may not be written"), project.reading() as session:
        session.execute(insert(t.Run), run_row(1))
    with project.writing() as session:
        session.execute(insert(t.Run), run_row(1))


def test_an_error_undoes_the_transaction(project: Project) -> None:
    """What was written before an error is not kept."""
    with pytest.raises(IntegrityError), project.writing() as session:
        session.execute(insert(t.Run), [run_row(1), run_row(2) | {"state": "lost"}])
    with project.reading() as session:
        assert session.scalar(text(HISTORY)) == 0


def test_decisions_are_on_the_disk_before_they_return(project: Project) -> None:
    """`deciding` uses synchronous=FULL (2), `writing` NORMAL (1), in any order."""
    for transaction, level in [(project.deciding, 2), (project.writing, 1), (project.deciding, 2)]:
        with transaction() as session:
            assert session.scalar(text("PRAGMA synchronous")) == level


def test_writers_wait_for_each_other(project: Project) -> None:
    """Four processes that write to one project all succeed."""
    code = (
        "import sys; from sqlalchemy import insert; from fieldmark.catalog import Project;"
        "from fieldmark.catalog import tables as t\n"
        "with Project.open(sys.argv[1]) as project:\n"
        "  for n in range(20):\n"
        "    with project.writing() as s:\n"
        "      s.execute(insert(t.Run), dict(command='c', options={}, started='', state='done',"
        " summary={}))"
    )
    command = [sys.executable, "-c", code, str(project.folder)]
    workers = [subprocess.Popen(command) for _ in range(4)]
    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    with project.reading() as session:
        assert session.scalar(text(HISTORY)) == 80


def test_a_project_that_never_becomes_free_is_explained(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the wait a sentence says that another fieldmark is writing."""
    monkeypatch.setattr("fieldmark.catalog.database.BUSY_SECONDS", 0)
    with (
        Project.open(project.folder) as second,
        project.writing(),
        pytest.raises(ProjectError, match="another fieldmark has been writing"),
        second.writing(),
    ):
        pass


def write_beyond_the_last_page(session: Session) -> None:
    """Forbid the database to grow, and write more than fits."""
    pages = session.scalar(text("PRAGMA page_count"))
    session.execute(text(f"PRAGMA max_page_count = {pages}"))
    session.execute(insert(t.Run), [run_row(n) for n in range(5000)])


def test_a_full_database_is_one_error(project: Project) -> None:
    """When SQLite cannot grow, the error says that the disk is full, and nothing is damaged."""
    with pytest.raises(ProjectError, match="is full"), project.writing() as session:
        write_beyond_the_last_page(session)
    project.close()
    with Project.open(project.folder) as again, again.reading() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.scalar(select(t.Run.id).limit(1)) is None


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="a small disk can only be mounted by root on Linux",
)
def test_a_full_disk_is_one_error(tmp_path: Path, photo: Callable[..., Path]) -> None:
    """On a disk that is really full: one sentence, an intact database, and then it goes on."""
    for seed in range(30):
        photo(tmp_path / "photos" / f"{seed}.jpg", seed)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        fill_and_recover(disk, tmp_path / "photos")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill_and_recover(disk: Path, photos: Path) -> None:
    """Fill the disk, fail twice, free it, succeed with the same command."""
    with Project.create(disk / "p", "tiger") as project:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 130_000))
        with pytest.raises(ProjectError, match="is full"), project.writing() as session:
            session.execute(insert(t.Run), [run_row(n) for n in range(50_000)])
        with pytest.raises(ProjectError, match="is full"):
            import_folder(project, photos)
        ballast.unlink()
        assert import_folder(project, photos).annotations_added == 30
        with project.reading() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.scalar(text(HISTORY)) == 1
            assert counts(session).photos == 30
