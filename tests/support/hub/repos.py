"""Repositories on disk: contents by their digest, commits that never change, a branch that moves.

A file is kept as git keeps it, or as git LFS does: then git holds only a pointer, three lines of
text (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md), and the content lies elsewhere.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGE = 1_000_000
"""Above this size in bytes any file is kept as git LFS does."""
LFS_SUFFIXES = frozenset({".safetensors", ".bin", ".pt", ".onnx", ".zip"})
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """The content of one file.

    Attributes:
        path: where it lies on disk.
        size: its length in bytes.
        sha256: its digest, 64 hex digits.
        oid: git's name of what git holds: the content, or the pointer to it; 40 hex digits.
        lfs: whether git holds a pointer.
    """

    path: Path
    size: int
    sha256: str
    oid: str
    lfs: bool

    @property
    def etag(self) -> str:
        """Return the name of the content that the hub tells its clients."""
        return self.sha256 if self.lfs else self.oid

    @property
    def pointer(self) -> bytes:
        """Return what git holds of a file under LFS."""
        return pointer_of(self.sha256, self.size)


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of a repository, which never changes."""

    id: str
    title: str
    files: Mapping[str, Blob]


@dataclass(slots=True)
class Repo:
    """A repository: its commits, where its branches are, and who may read it."""

    name: str
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False
    readers: set[str] = field(default_factory=set)
    downloads: int = 0

    def find(self, revision: str) -> Commit | None:
        """Return the commit that a branch or a commit's own id names."""
        return self.commits.get(self.branches.get(revision, revision))

    def add(self, title: str, files: Mapping[str, Blob], branch: str = "main") -> Commit:
        """Commit a whole tree; the id follows from the tree, the title and the parent."""
        tree = {name: [blob.oid, blob.sha256] for name, blob in sorted(files.items())}
        parent = self.branches.get(branch)
        text = json.dumps([self.name, parent, title, tree])
        commit = Commit(hashlib.sha1(text.encode()).hexdigest(), title, dict(files))  # noqa: S324 -- git's own
        self.commits[commit.id] = commit
        self.branches[branch] = commit.id
        return commit


class Objects:
    """Contents by their sha256, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, sha256: str) -> Path | None:
        """Return where a content lies, if it is here."""
        path = self._folder / sha256
        return path if path.is_file() else None

    def incoming(self) -> Path:
        """Return the path of a new file, to be written and then kept."""
        return self._folder / f"incoming-{uuid.uuid4().hex}"

    def keep(self, incoming: Path) -> str:
        """Name a written file by its digest; return the digest."""
        sha256 = _digest(incoming)
        incoming.replace(self._folder / sha256)
        return sha256

    def add(self, name: str, content: bytes | Path) -> Blob:
        """Keep a content under the name of its file."""
        incoming = self.incoming()
        if isinstance(content, bytes):
            incoming.write_bytes(content)
        else:
            shutil.copyfile(content, incoming)
        return self.blob(name, self.keep(incoming))

    def blob(self, name: str, sha256: str, *, lfs: bool | None = None) -> Blob:
        """Return a content that is here as the content of a file of this name."""
        path = self._folder / sha256
        size = path.stat().st_size
        large = is_large(name, size) if lfs is None else lfs
        oid = git_oid(pointer_of(sha256, size) if large else path.read_bytes())
        return Blob(path, size, sha256, oid, large)


def is_large(name: str, size: int) -> bool:
    """Tell whether a file is kept as git LFS does; an empty one never is."""
    return size > 0 and (Path(name).suffix in LFS_SUFFIXES or size > LARGE)


def pointer_of(sha256: str, size: int) -> bytes:
    """Return the pointer that git holds in place of a content."""
    return (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
    )


def git_oid(content: bytes) -> str:
    """Return git's name of a content, 40 hex digits."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324 -- git's own


def front_matter(readme: str) -> dict[str, Any]:
    """Return the YAML between the first two lines of three dashes; {} if there is none.

    Raises:
        yaml.YAMLError: if it is not YAML.
    """
    if not readme.startswith("---\n"):
        return {}
    text, _, _ = readme.removeprefix("---\n").partition("\n---")
    loaded = yaml.safe_load(text)
    return loaded if isinstance(loaded, dict) else {}


def card_of(commit: Commit) -> dict[str, Any]:
    """Return what the README of a commit declares."""
    readme = commit.files.get("README.md")
    return {} if readme is None else front_matter(readme.path.read_text(encoding="utf-8"))


def sha256_of_bytes(content: bytes) -> str:
    """Return the sha256 of a content, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for block in blocks(path, 0, path.stat().st_size):
        digest.update(block)
    return digest.hexdigest()


def blocks(path: Path, start: int, stop: int, size: int = _BLOCK) -> Iterator[bytes]:
    """Yield the bytes of a file from start up to stop, never more than a block at once."""
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (block := file.read(min(size, stop - start))):
            start += len(block)
            yield block
