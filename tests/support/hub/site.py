"""What the hub holds, and who may see it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from support.hub.faults import Faults
from support.hub.messages import Refusal, Request
from support.hub.repos import Blob, Commit, Objects, Repo

TOKEN = "hf_writer"  # noqa: S105 -- of a hub that lives for one test
USER = "tester"


@dataclass
class Site:
    """The whole state of a hub.

    Attributes:
        objects: contents on disk.
        repos: repositories by their name, `ORG/NAME`.
        tokens: the tokens that are known; `TOKEN` may write everywhere.
        lies: by sha256, contents that are sent in place of the true ones.
        endpoint: address of the hub, without a final slash.
        storage: address of the host that keeps the large files; another one, as at the true hub.
        lock: held while something changes.
    """

    objects: Objects
    repos: dict[str, Repo] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    lies: dict[str, Path] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    endpoint: str = ""
    storage: str = ""
    lock: RLock = field(default_factory=RLock)

    def sent(self, sha256: str) -> Path | None:
        """Return what is sent for a content, which may be a lie; None if it is not here."""
        return self.lies.get(sha256) or self.objects.find(sha256)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, taken apart.

    Attributes:
        site: the hub.
        request: as it came.
        parts: what the address names, such as `repo` and `revision`, unquoted.
        query: the first value of each key of the query.
        body: what was sent; for a file that is put, it lies in `upload` instead.
    """

    site: Site
    request: Request
    parts: dict[str, str]
    query: dict[str, str]
    body: bytes = b""
    upload: Path | None = None

    def json(self) -> Any:
        """Return the body, which is JSON."""
        return json.loads(self.body)

    def known(self) -> str | None:
        """Return the token; an unknown one is refused, also where none is needed."""
        token = self.request.token
        if token is not None and token not in self.site.tokens:
            raise Refusal(401, "Invalid credentials in Authorization header")
        return token

    def writer(self) -> None:
        """Refuse who may not write."""
        if (token := self.known()) is None:
            raise Refusal(401, "Invalid username or password.")
        if token != TOKEN:
            raise Refusal(403, "you do not have the right to write here")

    def repo(self) -> Repo:
        """Return the repository that is named, if the caller may know of it.

        One that is not there and one that is private look alike from outside.
        """
        token = self.known()
        repo = self.site.repos.get(self.parts["repo"])
        if repo is None or (repo.private and token not in {*repo.readers, TOKEN}):
            status = 401 if token is None else 404
            raise Refusal(status, "Repository not found", "RepoNotFound")
        return repo

    def commit(self, repo: Repo) -> Commit:
        """Return the commit that is named."""
        revision = self.parts.get("revision") or "main"
        if (commit := repo.find(revision)) is None:
            raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return commit

    def opened(self) -> tuple[Repo, Commit]:
        """Return what is named, if the caller may read its files."""
        repo = self.repo()
        token = self.request.token
        if repo.gated and token not in {*repo.readers, TOKEN}:
            message = f"Access to model {repo.name} is restricted."
            raise Refusal(401 if token is None else 403, message, "GatedRepo")
        return repo, self.commit(repo)

    def file(self) -> tuple[Repo, Commit, Blob]:
        """Return the file that is named."""
        repo, commit = self.opened()
        if (blob := commit.files.get(self.parts["path"])) is None:
            raise Refusal(404, "Entry not found", "EntryNotFound", **{"X-Repo-Commit": commit.id})
        return repo, commit, blob
