"""Guides whose commands are run: what a page says, what the commands print, and the difference.

A block ```` ```console ```` holds commands, each after `$ `, or after `ana$ ` where another person
types it, and below each command what it prints. A line `...` stands for lines that are left out. A
block ```` ```diff ```` changes a file: its first line names the file, `--- /home/me/notes.txt`, and
where the file has the lines with `-`, it gets those with `+`. Other blocks are not run.

Write what the commands print now into the guides: PYTHONPATH=tests python -m support.guides
"""

import csv
import difflib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fieldmark.cli import main
from fieldmark.profile.shelf import shipped_folder
from fieldmark.synthetic import Survey, SurveyPlan, write_survey
from support.hub import LocalHub
from support.users import User, live_as

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
LEFT_OUT = "..."
READER = "me"
"""Who types where the prompt names nobody."""
WIDTH = "110"
"""Of the reader's terminal, in characters."""
PLAN = SurveyPlan(
    individuals=4, stations=3, encounters=4, width=480, height=360, days=20, seed=4, species="okapi"
)
"""Twenty photos, in which first and second candidates lie well apart on any computer."""

HERD = SurveyPlan(
    individuals=10,
    stations=3,
    encounters=5,
    width=240,
    height=180,
    days=30,
    seed=5,
    species="okapi",
)
"""Sixty photos of ten animals: the fewest of which a comparison says anything."""

_HOME, _SHIPPED = "/home", "/opt/fieldmark/species"
_NAMED = 0.6
_COLUMNS = ("path", "identity", "bbox", "orientation", "date", "station")
_PROMPT = re.compile(r"(?:(\w+))?\$ (.+)")
_CONCLUDES = ("On ", "The probabilities of ", "Calibration error ")
"""How lines begin that tell in words what was measured."""
_FRAME = "┏┡└┃│"
# Between other cells: the first cell of a row is the number of a query, which does not vary.
_SCORE = re.compile(r"(?<= │ )\d+(\.\d+)?( \([\d.]+–[\d.]+\))?(?= +│)")
_FIGURE = re.compile(r"[−-]?\d+(\.\d+)?(?= %|–|\)| points| to \d| \(\d| on average)")
"""Shares and differences in a sentence, which hang on the last digits of scores."""
_PROGRESS = re.compile(r"[\w ():-]+: \d+/(\d+|\?)(, .*)?")
"""A bar on a terminal; elsewhere a line now and then, with a rate."""


@dataclass(frozen=True)
class Command:
    """A command of a guide.

    Attributes:
        line: where the page shows it, from 0.
        who: types it.
        typed: what.
        shown: what the page says that it prints.
    """

    line: int
    who: str
    typed: str
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """A change of a file: text that it holds once, and what takes its place."""

    file: str
    old: str
    new: str


def steps(page: str) -> Iterator[Command | Edit]:
    """Yield what the reader of a page does, in order."""
    for kind, first, lines in _blocks(page):
        if kind == "console":
            yield from _commands(first, lines)
        elif kind == "diff":
            yield _edit(lines)


def _blocks(page: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield of each fenced block its language, the number of its first line, and its lines."""
    kind, first, lines = None, 0, page.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if kind is None:
            kind, first = line[3:].strip(), number + 1
        else:
            yield kind, first, lines[first:number]
            kind = None


def _commands(first: int, lines: Sequence[str]) -> Iterator[Command]:
    prompts = [(at, found) for at, line in enumerate(lines) if (found := _PROMPT.fullmatch(line))]
    if lines and (not prompts or prompts[0][0]):
        raise ValueError(f"line {first + 1}: a console block begins with '$ COMMAND'")
    ends = [*(at for at, _ in prompts[1:]), len(lines)]
    for (at, found), end in zip(prompts, ends, strict=True):
        shown = _without_end(lines[at + 1 : end])
        yield Command(first + at, found[1] or READER, found[2], tuple(shown))


def _edit(lines: Sequence[str]) -> Edit:
    head, *changes = lines
    old = "".join(f"{line[1:]}\n" for line in changes if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in changes if not line.startswith("-"))
    return Edit(head.removeprefix("--- "), old, new)


def _without_end(lines: Sequence[str]) -> list[str]:
    """Return the lines without empty ones at the end."""
    return "\n".join(lines).rstrip("\n").split("\n") if any(lines) else []


def masked(line: str) -> str:
    """Return a line without what differs from computer to computer: digits that hang on scores.

    The width of a column follows its longest number.
    """
    if line.startswith(_CONCLUDES):
        return _FIGURE.sub("#", line)
    if not line.startswith(tuple(_FRAME)):
        return line
    return re.sub(r"([ ━─])\1+", r"\1", _SCORE.sub("#", line))


def agrees(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Say whether a command prints what is shown; `...` stands for one line or more."""
    first, *others = _pieces(shown)
    rest = [masked(line) for line in printed]
    if not others:
        return rest == first
    if rest[: len(first)] != first:
        return False
    rest = rest[len(first) :]
    for piece in others[:-1]:
        at = next((n for n in range(1, len(rest)) if rest[n : n + len(piece)] == piece), None)
        if at is None:
            return False
        rest = rest[at + len(piece) :]
    last = others[-1]
    return len(rest) > len(last) and rest[len(rest) - len(last) :] == last


def _pieces(shown: Sequence[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for line in shown:
        if line == LEFT_OUT:
            pieces.append([])
        else:
            pieces[-1].append(masked(line))
    return pieces


def renewed(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Return what a page should show.

    Where lines were left out, as many as before are shown at both ends; of several gaps one is
    left, and the rest is for a person to choose.
    """
    if agrees(shown, printed):
        return list(shown)
    if LEFT_OUT not in shown:
        return list(printed)
    head = shown.index(LEFT_OUT)
    tail = shown[::-1].index(LEFT_OUT)
    if head + tail >= len(printed):
        return list(printed)
    return [*printed[:head], LEFT_OUT, *printed[len(printed) - tail :]]


def difference(command: Command, printed: Sequence[str]) -> str:
    """Return how a command differs from its page, for people; empty if it does not."""
    if agrees(command.shown, printed):
        return ""
    shown, now = ([*map(masked, x)] for x in (command.shown, renewed(command.shown, printed)))
    where = f"line {command.line + 1}: $ {command.typed}"
    return "\n".join(difflib.unified_diff(shown, now, where, "what it prints", lineterm=""))


def rewritten(page: str, ran: Sequence[tuple[Command, Sequence[str]]]) -> str:
    """Return a page with what its commands print now."""
    lines = page.splitlines()
    for command, printed in reversed(ran):
        after = command.line + 1
        lines[after : after + len(command.shown)] = renewed(command.shown, printed)
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Computer:
    """A computer with one folder for each person, and nothing of a network but an empty hub."""

    root: Path
    hub: LocalHub
    patch: pytest.MonkeyPatch

    def plays(self, page: str) -> list[tuple[Command, list[str]]]:
        """Do what a page says; return what each command prints."""
        ran = []
        for step in steps(page):
            if isinstance(step, Edit):
                self._edits(step)
            else:
                ran.append((step, self._types(step)))
        return ran

    def _edits(self, edit: Edit) -> None:
        file = Path(self._real(edit.file))
        text = file.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.file} does not hold these lines exactly once:\n{edit.old}")
        file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")

    def _types(self, command: Command) -> list[str]:
        user = self._user(command.who)
        program, *arguments = [self._real(word) for word in shlex.split(command.typed)]
        if program == "fieldmark":
            live_as(user, self.patch)
            self.patch.setenv("COLUMNS", WIDTH)
            text = _printed(arguments, user.folder)
        else:
            text = _said([program, *arguments], user.folder, user.environment)
        lines = [line.rstrip() for line in self._readable(text).splitlines()]
        return _without_end([line for line in lines if not _PROGRESS.fullmatch(line)])

    def _user(self, name: str) -> User:
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        own = {"HOME": str(folder), "FIELDMARK_HOME": str(folder / ".config" / "fieldmark")}
        return User(self.hub, folder, self.hub.environment(folder / ".cache") | own)

    def _real(self, word: str) -> str:
        return re.sub(rf"^{_HOME}(?=/)", lambda _: str(self.root), word)

    def _readable(self, text: str) -> str:
        return text.replace(str(self.root), _HOME).replace(str(shipped_folder()), _SHIPPED)


def _printed(arguments: list[str], folder: Path) -> str:
    """Run fieldmark in this process; return both of its outputs in the order of a terminal."""
    text = StringIO()
    with chdir(folder), redirect_stdout(text), redirect_stderr(text):
        main(arguments)
    return text.getvalue()


def _said(words: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def draw_okapis(folder: Path) -> None:
    """Write `photos/`, and `okapis.csv` with the first part named."""
    _draw(PLAN, folder, _NAMED)


def draw_herd(folder: Path) -> None:
    """Write `photos/`, and `okapis.csv` in which all are named."""
    _draw(HERD, folder, 1.0)


DRAWN = {"add-a-species.md": draw_okapis, "compare-matchers.md": draw_herd}
"""What each guide begins with."""


def _draw(plan: SurveyPlan, folder: Path, named: float) -> None:
    drawn = write_survey(plan, folder / ".drawn")
    (folder / ".drawn" / "photos").rename(folder / "photos")
    _write_table(drawn, folder / "okapis.csv", named)
    shutil.rmtree(folder / ".drawn")


def _write_table(survey: Survey, path: Path, named: float) -> None:
    with survey.truth.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["date"])
    for row in rows[round(named * len(rows)) :]:
        row["identity"] = "unknown"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def write_again() -> None:
    """Write what the commands print now into the guides."""
    for guide in sorted(GUIDES / name for name in DRAWN):
        with TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
            folder = Path(temporary).resolve()
            (folder / "home" / READER).mkdir(parents=True)
            DRAWN[guide.name](folder / "home" / READER)
            with LocalHub(folder / "hub") as hub:
                page = guide.read_text(encoding="utf-8")
                ran = Computer(folder / "home", hub, patch).plays(page)
        guide.write_text(rewritten(page, ran), encoding="utf-8")


if __name__ == "__main__":
    write_again()
