"""The store: weights kept under their digest, for what no cache of the Hub can hold.

Weights that came on a USB stick or from an address of the web, and weights converted from a pickle
lie here, one folder per digest with everything a loader reads beside them. A folder appears whole
or not at all.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.problems import WeightsProblem
from fieldmark_registry.references import inside

ORIGIN = "origin.json"
"""The file that says where an entry came from; an entry without it does not count."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry of the store.

    Attributes:
        sha256: the digest that the weights had when they were put there.
        path: the weights; `config.json` and `README.md` lie beside them where they were known.
        origin: where they came from: `reference`, `converted_from` (the digest of a pickle) …
    """

    sha256: str
    path: Path
    origin: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The folder of the entry."""
        return self.path.parent


class Store:
    """The entries in one folder, which need not exist and may be read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, sha256: str) -> Stored | None:
        """Return the entry of a digest, or None; the digest is not computed again."""
        return _entry(self.folder / sha256) if _SHA256.fullmatch(sha256) else None

    def converted(self, pickle_sha256: str) -> Stored | None:
        """Return the entry that was converted from a pickle with this digest, or None."""
        found = (each for each in self.all() if each.origin.get("converted_from") == pickle_sha256)
        return next(found, None)

    def all(self) -> Iterator[Stored]:
        """Yield every entry, in order of the digests."""
        for folder in sorted(self.folder.glob("[0-9a-f]*")):
            entry = self.find(folder.name)
            if entry is not None:
                yield entry

    def put(
        self,
        weights: Path,
        sha256: str,
        origin: Mapping[str, str],
        beside: Mapping[str, bytes] | None = None,
        progress: Progress | None = None,
    ) -> Stored:
        """Copy weights into the store, or return the entry that is there.

        Args:
            weights: a file; it is not changed.
            sha256: the digest it must have.
            origin: where it came from.
            beside: what lies beside it, by name: `config.json`, `README.md`.
            progress: told how far the copy has been checked.

        Raises:
            WeightsProblem: if the file is another, or the store cannot be written to.
        """
        with self._writing():
            entry = self.find(sha256)
            if entry is not None:
                return entry
            with self._temporary() as folder:
                self._fill(folder, weights, dict(beside or {}), {**origin, "file": weights.name})
                found = sha256_of(folder / weights.name, progress)
                if found != sha256:
                    raise WeightsProblem(
                        f"{weights} is not the file that was named: its sha256 is {found},"
                        f" expected {sha256}; nothing was stored"
                    )
                self._appear(folder, sha256)
        entry = self.find(sha256)
        if entry is None:
            raise WeightsProblem(f"{self.folder / sha256} vanished while it was written; try again")
        return entry

    def remove(self, sha256: str) -> None:
        """Remove an entry, whole; nothing happens where there is none.

        Raises:
            WeightsProblem: if it cannot be removed.
        """
        if _SHA256.fullmatch(sha256):
            self.discard(self.folder / sha256)

    def discard(self, folder: Path) -> None:
        """Remove a folder of the store, an entry or one of `left_over`, as `remove` does."""
        if folder.parent != self.folder or not folder.is_dir():
            return
        with self._writing(), self._temporary() as aside:
            # First out of sight: a kill half way must not leave weights without their config.
            folder.replace(aside / folder.name)

    def left_over(self) -> tuple[Path, ...]:
        """Return what a killed process left half written, or half removed, in order."""
        return tuple(sorted(self.folder.glob(f"{_TEMPORARY}*")))

    def _fill(
        self, folder: Path, weights: Path, beside: dict[str, bytes], origin: dict[str, str]
    ) -> None:
        for name in (weights.name, *beside):
            if not inside(name) or "/" in name or name == ORIGIN:
                raise WeightsProblem(f"{name!r} is not a name that a stored file may have")
        shutil.copyfile(weights, folder / weights.name)
        for name, content in beside.items():
            (folder / name).write_bytes(content)
        (folder / ORIGIN).write_text(json.dumps(origin, indent=1), encoding="utf-8")

    def _appear(self, folder: Path, sha256: str) -> None:
        """Give a finished folder its name; where another process was quicker, leave its folder."""
        final = self.folder / sha256
        if final.exists() and self.find(sha256) is None:
            self.remove(sha256)  # damaged: it holds no weights that can be found
        try:
            folder.replace(final)
        except OSError:
            if self.find(sha256) is None:
                raise

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        """Give a new folder beside the entries, which is gone afterwards unless it was renamed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.folder, prefix=_TEMPORARY))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"{error.strerror or error}, {error.filename or self.folder}"
            raise WeightsProblem(
                f"the weights in {self.folder} cannot be changed ({reason}); make room or make the"
                " folder writable, or name another with FIELDMARK_HOME"
            ) from error


def _entry(folder: Path) -> Stored | None:
    """Return the entry in a folder; None if it says nothing of itself that can be believed."""
    try:
        origin = json.loads((folder / ORIGIN).read_bytes())
        texts = {key: value for key, value in origin.items() if isinstance(value, str)}
        path = folder / Path(texts["file"]).name
    except (OSError, ValueError, AttributeError, KeyError, RecursionError):
        return None
    return Stored(folder.name, path, texts) if path.is_file() else None
