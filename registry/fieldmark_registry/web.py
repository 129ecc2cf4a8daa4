"""Files at an address of the web: what a server says of one, and its download.

No hub keeps a digest of such a file, so whoever names it must state one, or keep the one that the
file has when it comes. The connection is encrypted all the way: a redirect to a plain address is
refused before it is followed. Settings are those of the hub's library: HF_HUB_OFFLINE, the proxies
and HF_HUB_DOWNLOAD_TIMEOUT.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fieldmark_registry.digests import Progress
from fieldmark_registry.download import Source, download, patiently, secured
from fieldmark_registry.hub import Hub
from fieldmark_registry.hub_errors import Asked, explained_on_the_web
from fieldmark_registry.library import settings, tools
from fieldmark_registry.problems import HubProblem
from fieldmark_registry.references import web_name

_HOME = "FIELDMARK_HOME"
UNFINISHED = ".unfinished-web-"
"""The beginning of the folder of a download; the store knows it, and `gc` finds leftovers by it."""

_NO_HEAD = (405, 501)


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file at an address, as its server describes it.

    Attributes:
        url: the address.
        size: in bytes; 0 where the server does not say.
        etag: what the server calls this content, or empty.
    """

    url: str
    size: int
    etag: str

    @property
    def name(self) -> str:
        """The name of the file."""
        return web_name(self.url) or ""

    @property
    def key(self) -> str:
        """What tells this content at this address from others, as far as the server says."""
        text = f"{self.url}\n{self.size}\n{self.etag}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def look(hub: Hub, url: str) -> WebFile:
    """Return what a server says of a file; nothing is downloaded.

    Raises:
        HubProblem: in words.
    """
    with _asking(hub, url):
        return patiently(lambda: _head(url), hub.pauses)


def fetch(
    hub: Hub,
    file: WebFile,
    folder: Path,
    check: Callable[[Path], str | None],
    progress: Progress,
    keep: Callable[[Path], Path],
) -> Path:
    """Download a file, check it, and give it to whoever keeps it; return where it is then.

    A transfer that broke is continued, also by another process, as long as the server says the same
    of the file.

    Args:
        hub: whose settings are followed.
        file: by `look`.
        folder: where the download lies until it is kept.
        check: says why a whole file is not the right one, or None; such a file is deleted.
        progress: told the bytes so far, the bytes in all and what is done.
        keep: puts the file in its place.

    Raises:
        HubProblem: in words; nothing is kept then.
    """
    room = folder / f"{UNFINISHED}{file.key}"
    lock = folder / ".locks" / f"{file.key}.lock"
    host = urlsplit(file.url).hostname
    source = Source(
        f"{file.name} of {host}", file.url, "", file.size or None, {}, check, _HOME, secure=True
    )
    with _asking(hub, file.url, folder):
        lock.parent.mkdir(parents=True, exist_ok=True)
        with tools().WeakFileLock(lock):
            room.mkdir(exist_ok=True)
            whole = room / file.name
            if not whole.is_file() or check(whole):
                download(source, whole, progress, hub.pauses)
            kept = keep(whole)
            shutil.rmtree(room, ignore_errors=True)
    return kept


def _head(url: str) -> WebFile:
    headers = {"Accept-Encoding": "identity"}
    seconds = settings().HF_HUB_DOWNLOAD_TIMEOUT
    with secured("HEAD", url, headers, seconds) as response:
        if response.status_code in _NO_HEAD:
            return WebFile(url, 0, "")
        tools().hf_raise_for_status(response)
        said = response.headers
        if said.get("Content-Type", "").startswith("text/html"):
            raise HubProblem(
                f"{url} is a page and no file of weights; check whether this network asks you to"
                f" log in first, or {_by_hand(url)}"
            )
        size = said.get("Content-Length", "")
        return WebFile(url, int(size) if size.isdigit() else 0, said.get("ETag", ""))


@contextmanager
def _asking(hub: Hub, url: str, folder: Path | None = None) -> Iterator[None]:
    """Refuse where downloads are switched off, and turn what goes wrong into words."""
    name, parts = web_name(url) or "", urlsplit(url)
    if hub.is_offline:
        raise HubProblem(
            f"{name} is not on this computer and downloads are switched off (HF_HUB_OFFLINE); unset"
            f" HF_HUB_OFFLINE where there is a network, or {_by_hand(url)}"
        )
    settings()
    address = f"{parts.scheme}://{parts.netloc}"
    asked = Asked(address, parts.hostname or "", None, name, str(folder), _HOME)
    with explained_on_the_web(asked, _by_hand(url)):
        yield


def _by_hand(url: str) -> str:
    return f"download {url} elsewhere, bring it here and type: fieldmark models pin {web_name(url)}"
