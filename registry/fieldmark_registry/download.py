"""Download one file so that a broken transfer is continued, also by the next process.

huggingface_hub (2.4) gives every download a temporary name of its own and deletes it when the
download fails, over HTTP and over Xet alike: an hour on a slow line is lost with the connection.
So the bytes are received here: into `blobs/<etag>.fieldmark.incomplete` of the ordinary cache,
under the lock that the library takes for the same file, and moved to the library's `blobs/<etag>`
when they are whole. The library then links the blob into its snapshot itself, with nothing left to
download. `hf cache prune` knows the ending `.incomplete` and removes what nobody continued.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.hub_errors import is_passing, seconds_to_wait
from fieldmark_registry.library import settings, tools
from fieldmark_registry.problems import HubProblem

PART = ".fieldmark.incomplete"
"""The ending of a file of which only the beginning is there."""
_LONGEST_WAIT = 60.0
_MOST_REDIRECTS = 6
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Source:
    """A file on the hub or the web, as the answer to a HEAD request describes it.

    Attributes:
        name: what to call it in messages.
        url: where to get it.
        etag: what the hub calls its content; the sha256 for large files.
        size: in bytes, or None where the hub does not say.
        headers: to send along; among them, perhaps, the token.
        check: says why a whole file is not the right one, or None, where the etag cannot tell.
        room: the variable that names another disk.
        secure: whether only encrypted connections are redirected to.
    """

    name: str
    url: str
    etag: str
    size: int | None
    headers: Mapping[str, str]
    check: Callable[[Path], str | None] | None = None
    room: str = "HF_HUB_CACHE"
    secure: bool = False

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


class _Answer(Protocol):
    """What is used of an answer of the HTTP library, which differs between versions."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def iter_bytes(self) -> Iterator[bytes]: ...


def patiently(call: Callable[[], _T], pauses: Sequence[float]) -> _T:
    """Return what a call returns, asking again after each pause while its error may pass."""
    for pause in pauses:
        try:
            return call()
        except Exception as error:
            if not is_passing(error):
                raise
            _wait(pause, error)
    return call()


def download(source: Source, target: Path, progress: Progress, pauses: Sequence[float]) -> None:
    """Put a whole file at `target`, continuing an earlier transfer that broke.

    What was there before stays until the new file is whole and is what the hub announced.

    Args:
        source: the file.
        target: where it goes; its folder must exist, and the caller must hold its lock.
        progress: told the bytes so far, continued ones included.
        pauses: seconds to wait before each new attempt; they start anew when bytes have come.

    Raises:
        HubProblem: if what came is not what the hub announced, or the disk has no room for it.
    """
    part = target.with_name(target.name + PART)
    if source.size is None:
        part.unlink(missing_ok=True)  # nobody could say whether it is whole already
    continued = part.is_file() and part.stat().st_size > 0
    _refuse_if_no_room(source, part)
    _receive_all(source, part, progress, pauses)
    if continued and _fault(source, part):
        part.unlink()  # the beginning was damaged, as by a loss of power; only the whole file helps
        _receive_all(source, part, progress, pauses)
    if fault := _fault(source, part):
        part.unlink()
        raise HubProblem(
            f"what came for {source.name} is not {fault}, so it was not kept and nothing else was"
            " changed; try again, and if it stays so, tell the model's authors"
        )
    part.replace(target)


def _receive_all(source: Source, part: Path, told: Progress, pauses: Sequence[float]) -> None:
    waits = list(pauses)
    while True:
        before = _length(part)
        try:
            return _receive(source, part, told)
        except Exception as error:
            if _length(part) > before:
                waits = list(pauses)
            if not is_passing(error) or not waits:
                raise
            _wait(waits.pop(0), error)


def _receive(source: Source, part: Path, progress: Progress) -> None:
    """Append to a part what is missing from it, as it comes."""
    done = _length(part)
    if source.size is not None and done >= source.size > 0:
        return
    # Compressed answers have other offsets than the file has.
    headers = {**source.headers, "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    seconds = settings().HF_HUB_DOWNLOAD_TIMEOUT
    opened = secured if source.secure else _plainly
    with opened("GET", source.url, headers, seconds) as response:
        tools().hf_raise_for_status(response)
        if not _continues(response, done):
            part.unlink(missing_ok=True)
            done = 0
        _write(response, part, (done, source), progress)


def _plainly(
    method: str, url: str, headers: Mapping[str, str], seconds: float
) -> AbstractContextManager[_Answer]:
    """Ask, following every redirect, as the library does."""
    from huggingface_hub import get_session

    # The library's client has changed its own library; only what `_Answer` names is used of it.
    client: Any = get_session()
    answer: AbstractContextManager[_Answer] = client.stream(
        method, url, headers=headers, timeout=seconds
    )
    return answer


@contextmanager
def secured(method: str, url: str, headers: Mapping[str, str], seconds: float) -> Iterator[_Answer]:
    """Ask, and follow redirects to encrypted addresses only; the answer's body is not read yet.

    Raises:
        HubProblem: if the way leads over a plain address, or in circles.
    """
    from huggingface_hub import get_session

    client: Any = get_session()
    here = _on_this_computer(url)
    for _ in range(_MOST_REDIRECTS):
        with client.stream(
            method, url, headers=headers, timeout=seconds, follow_redirects=False
        ) as response:
            if response.next_request is None:
                yield response
                return
            url = str(response.next_request.url)
        if urlsplit(url).scheme != "https" and not (here and _on_this_computer(url)):
            raise HubProblem(
                f"the download was redirected to {_host(url)} without encryption, so nothing was"
                " downloaded; try again, and if it stays so, tell the model's authors"
            )
    raise HubProblem(f"{_host(url)} redirects too often; nothing was downloaded; try again later")


def _on_this_computer(url: str) -> bool:
    return _host(url) in ("localhost", "127.0.0.1")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the server"


def _write(response: _Answer, part: Path, start: tuple[int, Source], progress: Progress) -> None:
    done, source = start
    what = f"downloading {source.name}"
    # As they come: the library gathers 10 MB first, minutes of work on a slow line.
    with part.open("ab") as file:
        progress(done, max(done, source.size or 0), what)
        for block in response.iter_bytes():
            file.write(block)
            done += len(block)
            progress(done, max(done, source.size or 0), what)


def _continues(response: _Answer, done: int) -> bool:
    """Return whether an answer begins where the part ends; some servers send the whole again."""
    if not done:
        return True
    begins = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return response.status_code == 206 and begins == str(done)


def _fault(source: Source, part: Path) -> str | None:
    """Return what a file is not, if it is not the one announced."""
    if source.size is not None and _length(part) != source.size:
        return "what the hub announced" if source.check is None else "as long as was announced"
    if source.check is not None:
        return source.check(part)
    # Small files have the sha1 that git gives them, but mirrors of the Hub do not keep to it; the
    # digest is known for large files only.
    right = len(source.etag) != 64 or sha256_of(part) == source.etag
    return None if right else "what the hub announced"


def _refuse_if_no_room(source: Source, part: Path) -> None:
    missing = (source.size or 0) - _length(part)
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise HubProblem(
            f"{source.name} needs {missing / 1e6:.0f} MB and the disk that holds {part.parent} has"
            f" {free / 1e6:.0f} MB left; make room, or name another folder in {source.room}"
        )


def _wait(pause: float, error: Exception) -> None:
    time.sleep(max(pause, min(seconds_to_wait(error), _LONGEST_WAIT)))


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
