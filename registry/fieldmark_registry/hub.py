"""The model hub: the one module that talks to it, through huggingface_hub.

Files go into the library's ordinary cache, which the user's other tools share, and its settings
are honoured: HF_ENDPOINT, HF_HOME and HF_HUB_CACHE, HF_TOKEN and the stored token, HF_HUB_OFFLINE
and the proxies. It reads them when it is imported, which is slow besides; so it is imported inside
the functions.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fieldmark_registry.digests import Progress
from fieldmark_registry.download import Source, download, patiently
from fieldmark_registry.hub_errors import Asked, explained, offline
from fieldmark_registry.library import settings, tools
from fieldmark_registry.problems import HubProblem
from fieldmark_registry.remote import Found, RemoteFile, Repo, refuse_unsafe, stated_licence

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo, RepoSibling

__all__ = ["Found", "Hub", "RemoteFile", "Repo"]

_TRUE = ("1", "ON", "YES", "TRUE")
# What may be a file's name in `blobs`; the hub's own are 40 or 64 hex digits.
_ETAG = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,127}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def _quiet(_done: int, _total: int, _what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A model hub and the cache of what came from it.

    Attributes:
        endpoint: its address; None follows HF_ENDPOINT.
        cache: the folder of the cache; None follows HF_HUB_CACHE and HF_HOME.
        token: to be recognised by; None sends the user's own if there is one, False none.
        offline: whether to stay off the network; None follows HF_HUB_OFFLINE.
        pauses: seconds to wait before each new attempt, where an error may pass.
    """

    endpoint: str | None = None
    cache: Path | None = None
    token: str | bool | None = field(default=None, repr=False)
    offline: bool | None = None
    pauses: tuple[float, ...] = (1.0, 2.0, 4.0)

    @property
    def address(self) -> str:
        """Where the hub is, without a name or password that may be written in its address."""
        parts = urlsplit(self.endpoint or settings().ENDPOINT)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"

    @property
    def folder(self) -> Path:
        """The folder of the cache."""
        return self.cache or Path(settings().HF_HUB_CACHE)

    @property
    def is_offline(self) -> bool:
        """Whether downloads are switched off."""
        if self.offline is not None:
            return self.offline
        said = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
        return said.upper() in _TRUE

    def look(self, repo: str, revision: str | None = None) -> Repo:
        """Return what a repository holds.

        Args:
            repo: `ORG/NAME`.
            revision: a branch, a tag or a commit; by default the newest commit of `main`.

        Raises:
            HubProblem: in words; also if it holds a file whose name would leave its folder.
        """
        refuse_unsafe(repo)
        with self._asking(Asked(self.address, repo, revision)) as api:
            info = patiently(
                lambda: api.model_info(
                    repo,
                    revision=revision,
                    files_metadata=True,
                    timeout=settings().HF_HUB_DOWNLOAD_TIMEOUT,
                ),
                self.pauses,
            )
        found = _repo(repo, info)
        refuse_unsafe(repo, *(file.name for file in found.files))
        return found

    def cached(self, repo: str, commit: str, file: str) -> Path | None:
        """Return where a file lies in the cache, or None; without the network.

        The documented layout is read here rather than by `try_to_load_from_cache`, whose import
        takes 0.4 s.

        Raises:
            HubProblem: if a name would leave the cache.
        """
        refuse_unsafe(repo, commit, file)
        path = self._home_of(repo) / "snapshots" / commit / file
        return path if path.is_file() else None

    def fetch(
        self,
        repo: str,
        commit: str,
        file: str,
        progress: Progress | None = None,
        again: bool = False,
    ) -> Path:
        """Return where a file of a commit lies in the cache, downloading it if it is not there.

        A transfer that broke is continued, also when the process was killed.

        Args:
            repo: `ORG/NAME`.
            commit: 40 hex digits.
            file: its path in the repository.
            progress: told the bytes so far, the bytes in all and what is done.
            again: download even what is there; it is replaced when the new file is whole.

        Raises:
            HubProblem: in words.
        """
        here = self.cached(repo, commit, file)
        if here is not None and not again:
            return here
        asked = Asked(self.address, repo, commit, file, str(self.folder))
        with self._asking(asked):
            source = patiently(lambda: self._source(repo, commit, file), self.pauses)
            self._receive(source, self._home_of(repo), here, progress or _quiet)
            return self._link(repo, commit, file)

    def search(self, text: str, limit: int = 20) -> list[Found]:
        """Return the repositories of models that the hub finds for some words, best first.

        Raises:
            HubProblem: in words.
        """
        with self._asking(Asked(self.address, f"the search for {text!r}")) as api:
            # Not asked again after a failure: the library itself does that here.
            return [_found(info) for info in api.list_models(search=text, limit=limit)]

    def create(self, repo: str, private: bool = True) -> None:
        """Make an empty repository of models; one that is there stays as it is.

        Raises:
            HubProblem: in words.
        """
        refuse_unsafe(repo)
        with self._asking(Asked(self.address, repo)) as api:
            if not api.repo_exists(repo):
                api.create_repo(repo, private=private)

    def upload(
        self, repo: str, source: Path | Mapping[str, Path], message: str, private: bool = True
    ) -> str:
        """Put files into a repository, which is made if it is not there, as one commit.

        Args:
            repo: `ORG/NAME`.
            source: a folder, or files by their paths in the repository.
            message: what the commit is called.
            private: whether a new repository is private; one that is there stays as it is.

        Returns:
            The commit, 40 hex digits.

        Raises:
            HubProblem: in words.
        """
        from huggingface_hub import CommitOperationAdd

        files = _files_in(source) if isinstance(source, Path) else source
        refuse_unsafe(repo, *files)
        self.create(repo, private)
        with self._asking(Asked(self.address, repo)) as api:
            adds = [CommitOperationAdd(name, str(path)) for name, path in sorted(files.items())]
            return str(api.create_commit(repo, adds, commit_message=message).oid)

    def _home_of(self, repo: str) -> Path:
        return self.folder / f"models--{repo.replace('/', '--')}"

    @contextmanager
    def _asking(self, asked: Asked) -> Iterator["HfApi"]:
        """Give the library's client, and turn what goes wrong with it into words."""
        if self.is_offline:
            raise offline(asked)
        settings()
        with explained(asked):
            from huggingface_hub import HfApi

            yield HfApi(endpoint=self.endpoint, token=self.token)

    def _source(self, repo: str, commit: str, file: str) -> Source:
        """Return what the hub says of a file before it is downloaded."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(repo, file, revision=commit, endpoint=self.endpoint)
        headers = tools().build_hf_headers(token=self.token)
        said = get_hf_file_metadata(url, token=self.token, headers=headers, endpoint=self.endpoint)
        if said.commit_hash != commit or not _ETAG.fullmatch(said.etag or ""):
            raise HubProblem(
                f"{self.address} did not say which content {file} of {repo} has, so it is no model"
                " hub or a broken mirror; check HF_ENDPOINT"
            )
        # The plain address, not the redirect: the client follows it and drops the token on the way.
        return Source(f"{file} of {repo}", url, said.etag or "", said.size, headers)

    def _receive(self, source: Source, home: Path, here: Path | None, told: Progress) -> None:
        """Put a file into the blobs of a repository's cache, under the library's own lock."""
        lock = self.folder / ".locks" / home.name / f"{source.etag}.lock"
        blob = home / "blobs" / source.etag
        # Without symbolic links, as often on Windows, the file itself lies in the snapshot.
        target = here if here is not None and not here.is_symlink() else blob
        lock.parent.mkdir(parents=True, exist_ok=True)
        blob.parent.mkdir(parents=True, exist_ok=True)
        with tools().WeakFileLock(lock):
            if here is not None or not blob.exists():
                download(source, target, told, self.pauses)

    def _link(self, repo: str, commit: str, file: str) -> Path:
        """Let the library put a file whose blob is there into the snapshot of its commit."""
        from huggingface_hub import hf_hub_download

        return Path(
            hf_hub_download(
                repo,
                file,
                revision=commit,
                cache_dir=self.cache,
                endpoint=self.endpoint,
                token=self.token,
            )
        )


def _repo(repo: str, info: "ModelInfo") -> Repo:
    files = tuple(_remote(each) for each in info.siblings or ())
    if not _COMMIT.fullmatch(info.sha or ""):
        raise HubProblem(f"the hub did not name the commit of {repo}; check HF_ENDPOINT")
    return Repo(
        repo=repo,
        commit=info.sha or "",
        files=files,
        licence=_licence(info),
        gated=bool(info.gated),
        private=bool(info.private),
    )


def _remote(said: "RepoSibling") -> RemoteFile:
    digest = said.lfs.sha256 if said.lfs else None
    return RemoteFile(str(said.rfilename), int(said.size or 0), digest)


def _found(info: "ModelInfo") -> Found:
    return Found(info.id, _licence(info), info.downloads or 0, info.library_name)


def _licence(info: "ModelInfo") -> str | None:
    """Return the licence that a repository's README states, which the hub repeats as a tag."""
    card = info.card_data
    said = {key: card.get(key) for key in ("license", "license_name")} if card else {}
    if stated := stated_licence(said):
        return stated
    tags = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    return next(tags, None)


def _files_in(folder: Path) -> dict[str, Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}
