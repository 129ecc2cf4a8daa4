"""The hub's two hosts, each a real HTTP server in a thread, and what tests do with them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import yaml

from support.hub.host import Host
from support.hub.messages import Request
from support.hub.repos import Objects, Repo
from support.hub.site import TOKEN, Site


class LocalHub:
    """A hub for one test; use it in a `with`.

    The repositories lie in a folder. Large files are kept by a second host, as at the true hub, so
    that a client must follow a redirect to elsewhere, where it must not send its token.
    """

    token = TOKEN
    """May read and write everything."""

    def __init__(self, folder: Path) -> None:
        self._site = Site(Objects(folder / "objects"))
        self.requests: list[Request] = []
        """Every request of both hosts, in order."""
        self._hosts = [Host(self._site, self.requests), Host(self._site, self.requests)]
        self._site.endpoint, self._site.storage = (host.address for host in self._hosts)

    @property
    def endpoint(self) -> str:
        """Return the hub's address, for `HF_ENDPOINT`."""
        return self._site.endpoint

    def __enter__(self) -> Self:
        """Open the doors."""
        for host in self._hosts:
            host.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; what went wrong inside the hub is raised here."""
        self.stop()
        faults = [fault for host in self._hosts for fault in host.problems]
        if faults and kind is None:
            raise ExceptionGroup("the local hub failed", faults)

    def stop(self) -> None:
        """Close the doors: whoever asks is refused the connection."""
        self.heal()
        for host in self._hosts:
            host.stop()

    def publish(
        self,
        name: str,
        files: Mapping[str, bytes | Path],
        licence: str | None = None,
        **card: Any,
    ) -> str:
        """Commit these files, and no others, to the branch `main`; return the commit.

        Args:
            name: `ORG/NAME`; made if it is not there.
            files: contents, or paths of files that are copied, by their path in the repository.
            licence: what the README declares, if `files` has no README of its own.
            card: more of what the README declares, such as `library_name`.
        """
        held = dict(files)
        declared = {**({} if licence is None else {"license": licence}), **card}
        if declared:
            held.setdefault("README.md", f"---\n{yaml.safe_dump(declared)}---\n# {name}\n".encode())
        blobs = {path: self._site.objects.add(path, content) for path, content in held.items()}
        with self._site.lock:
            repo = self._site.repos.setdefault(name, Repo(name))
            return repo.add(f"Commit {len(repo.commits) + 1}", blobs).id

    def private(self, name: str, token: str) -> None:
        """Hide a repository from all but the holder of a token."""
        self._site.repos[name].private = True
        self._let_in(name, token)

    def gate(self, name: str, token: str) -> None:
        """Show a repository to all, and its files only to the holder of a token."""
        self._site.repos[name].gated = True
        self._let_in(name, token)

    def know(self, token: str) -> None:
        """Make a token valid that opens nothing in particular."""
        self._site.tokens.add(token)

    def tamper(self, name: str, file: str, content: bytes | None = None) -> None:
        """Send another content than the one that is told; by default one byte differs."""
        repo = self._site.repos[name]
        blob = repo.commits[repo.branches["main"]].files[file]
        lie = self._site.objects.incoming()
        lie.write_bytes(_changed(blob.path.read_bytes()) if content is None else content)
        self._site.lies[blob.sha256] = lie

    def fail(self, match: str, status: int, times: int = 1, retry_after: int = 0) -> None:
        """Answer the next requests whose path contains a text with a status; -1: all of them.

        Too many requests (429) and no service (503) say after how many seconds to ask again.
        """
        self._site.faults.fail(match, status, times, retry_after)

    def slow(self, match: str, bytes_per_second: int) -> None:
        """Send bodies no faster than this."""
        self._site.faults.slow(match, bytes_per_second)

    def cut(self, match: str, after: int, times: int = 1) -> None:
        """Break the connection after this many bytes of a body."""
        self._site.faults.cut(match, after, times)

    def freeze(self, match: str, after: int) -> None:
        """Send this many bytes of each body, give or take a piece, and no more until healed."""
        self._site.faults.freeze(match, after)

    def stall(self, match: str, times: int = -1) -> None:
        """Leave requests without an answer."""
        self._site.faults.stall(match, times)

    def heal(self) -> None:
        """End all faults, also for what is under way, and send true contents again."""
        self._site.lies.clear()
        self._site.faults.heal()

    def asked(self, match: str, method: str | None = None) -> list[Request]:
        """Return the requests whose path contains a text."""
        return [
            request
            for request in list(self.requests)
            if match in request.path and method in {None, request.method}
        ]

    def served(self, match: str) -> int:
        """Return how many bytes of bodies were sent for the paths that contain a text."""
        return sum(request.served for request in self.asked(match))

    def environment(self, home: Path) -> dict[str, str]:
        """Return the whole environment of a process that knows this hub and no other.

        Of the caller's own hub settings, tokens and proxies nothing is left. Without
        `HF_HUB_DISABLE_XET` the client uploads by a protocol that only the true hub speaks.
        """
        ours = {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(home / "huggingface"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
            "FIELDMARK_HOME": str(home / "fieldmark"),
            "NO_PROXY": "127.0.0.1",
        }
        return {key: text for key, text in os.environ.items() if not _foreign(key)} | ours

    def _let_in(self, name: str, token: str) -> None:
        self._site.tokens.add(token)
        self._site.repos[name].readers.add(token)


UPLOADS = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")
"""For a test that uploads large files: the client's own way by LFS warns of itself."""


def without_xet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client in this process upload by LFS; it reads the variable when it is imported."""
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    if "huggingface_hub" in sys.modules:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


def _changed(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _foreign(key: str) -> bool:
    heads = ("HF_", "HUGGING", "FIELDMARK_", "XDG_CACHE", "TRANSFORMERS_")
    return key.upper().startswith(heads) or key.upper().endswith("_PROXY")
