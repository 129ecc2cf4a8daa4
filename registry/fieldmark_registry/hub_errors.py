"""What goes wrong with a model hub, in words.

Errors are known by the names of their classes and of the classes they are made from, because
huggingface_hub has changed the library below it more than once (requests, httpx, httpx2) while the
names of the errors stayed. Nothing that a server or a library wrote is repeated: such text may hold
signed addresses or the token itself. For the same reason the original error is not chained.
"""

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from fieldmark_registry.problems import HubProblem, RegistryProblem

_LOG_IN = "log in: hf auth login (or set HF_TOKEN)"
_SAME = "the same command continues where it stopped"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the hub, to name it in a message.

    Attributes:
        hub: the hub's address, without a password.
        repo: `ORG/NAME`, or the words of a search.
        revision: a branch or a commit, or None.
        file: a file of the repository, or None.
        folder: where it was to be kept, or empty.
        room: the variable that names another folder.
    """

    hub: str
    repo: str
    revision: str | None = None
    file: str | None = None
    folder: str = ""
    room: str = "HF_HUB_CACHE"

    @property
    def what(self) -> str:
        """What was asked for, as it is called in a message."""
        return f"{self.file} of {self.repo}" if self.file else self.repo


_Say: TypeAlias = Callable[[Asked, Any], str]


@contextmanager
def explained(asked: Asked) -> Iterator[None]:
    """Turn whatever goes wrong inside into words.

    Raises:
        HubProblem: in place of every error of the hub's library, the network and the disk.
    """
    try:
        yield
    except RegistryProblem:
        raise
    except Exception as error:
        sentence = in_words(error, asked)
        if sentence is None:
            raise
        raise HubProblem(sentence) from None


@contextmanager
def explained_on_the_web(asked: Asked, by_hand: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into words, for a server that is no hub.

    Args:
        asked: the server, and its name as `repo`.
        by_hand: how else to get the file.

    Raises:
        HubProblem: as `explained`.
    """
    try:
        yield
    except RegistryProblem:
        raise
    except Exception as error:
        sentence = _on_the_web(error, asked) or in_words(error, asked)
        if sentence is None:
            raise
        raise HubProblem(f"{sentence}; or {by_hand}") from None


def _on_the_web(error: Exception, asked: Asked) -> str | None:
    """Return what an error of a server means that knows nothing of hubs, or None."""
    status, kinds = _status(error), _kinds(error)
    if status is not None and (status == 429 or status >= 500):
        return f"{asked.hub} could not give {asked.file} (error {status}); try later, {_SAME}"
    if status is not None:
        return f"{asked.hub} has no {asked.file} for everybody (error {status}); look at its page"
    if "OfflineModeIsEnabled" in kinds:
        return "downloads are switched off; unset HF_HUB_OFFLINE"
    if "ConnectError" in kinds and "CERTIFICATE" not in str(error).upper():
        return (
            f"{asked.hub} cannot be reached, so {asked.file} was not fetched; check the connection"
            f" and the proxy (HTTPS_PROXY), then {_SAME}"
        )
    return None


def in_words(error: Exception, asked: Asked) -> str | None:
    """Return what an error means and what to do, or None if it is none of the hub's."""
    kinds = _kinds(error)
    for kind, say in _BY_KIND.items():
        if kind in kinds:
            return say(asked, error)
    if isinstance(error, OSError) and (of_disk := _BY_ERRNO.get(error.errno or 0)):
        return of_disk(asked, error)
    if isinstance(error, OSError) or "HTTPError" in kinds:
        return _broke(asked, error)
    return None


def is_passing(error: Exception) -> bool:
    """Return whether an error may be over in a moment, so that it is worth asking again."""
    status = _status(error)
    if status is not None:
        return status in (408, 429, 500, 502, 503, 504)
    kinds = _kinds(error)
    return bool(kinds & {"TimeoutException", "NetworkError", "RemoteProtocolError"})


def seconds_to_wait(error: Exception) -> float:
    """Return how long the hub asks to be left alone, in seconds; 0 where it does not say."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    said = str(headers.get("Retry-After", ""))
    return float(said) if said.isascii() and said.isdigit() else 0.0


def offline(asked: Asked) -> HubProblem:
    """Return the problem of something that is not here while downloads are switched off."""
    return HubProblem(_offline(asked, None))


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _status(error: Exception) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _offline(asked: Asked, _error: object) -> str:
    return (
        f"{asked.what} is not on this computer and downloads are switched off (HF_HUB_OFFLINE);"
        " unset HF_HUB_OFFLINE where there is a network, or bring the files over with"
        " fieldmark models pack and fieldmark models install"
    )


def _answered(asked: Asked, error: Exception) -> str:
    status = _status(error) or 0
    say = _BY_STATUS.get(status)
    if say is not None:
        return say(asked, error)
    if status >= 500:
        return (
            f"{asked.hub} has a problem of its own (error {status}) and could not give"
            f" {asked.what}; try later, {_SAME}"
        )
    return f"{asked.hub} refused to give {asked.what} (error {status}); check what you asked for"


def _too_many(asked: Asked, error: Exception) -> str:
    seconds = seconds_to_wait(error)
    wait = f"wait {seconds:.0f} seconds" if seconds else "wait a few minutes"
    return (
        f"{asked.hub} has had too many requests from this address; {wait}, then {_SAME};"
        " who is logged in may ask more often: hf auth login"
    )


def _unreachable(asked: Asked, error: Exception) -> str:
    if "CERTIFICATE" in str(error).upper():
        return (
            f"the certificate of {asked.hub} cannot be checked, as behind some proxies; ask whoever"
            " runs the network for its certificates and name their file in SSL_CERT_FILE"
        )
    return (
        f"{asked.hub} cannot be reached, so {asked.what} was not fetched; check the connection, the"
        f" proxy (HTTPS_PROXY) and HF_ENDPOINT, then {_SAME}"
    )


def _broke(asked: Asked, error: Exception) -> str:
    return f"the connection broke before {asked.what} was through ({type(error).__name__}); {_SAME}"


def _not_seen(asked: Asked, _error: Exception) -> str:
    return (
        f"{asked.hub} has no repository {asked.repo}, or it is private and you may not see it;"
        f" check the name, or {_LOG_IN}"
    )


def _no_revision(asked: Asked, _error: Exception) -> str:
    return (
        f"{asked.repo} has no version {asked.revision or 'main'!r}; this names its newest one:"
        f" fieldmark models pin {asked.repo}"
    )


def _no_file(asked: Asked, _error: Exception) -> str:
    version = f" in its version {asked.revision!r}" if asked.revision else ""
    return (
        f"{asked.repo} has no file {asked.file!r}{version}; this shows what it has:"
        f" fieldmark models info {asked.repo}"
    )


def _not_a_hub(asked: Asked, _error: Exception) -> str:
    return (
        f"{asked.hub} answered for {asked.what}, but not as a model hub does; check HF_ENDPOINT,"
        " and whether this network asks you to log in first"
    )


_BY_KIND: Mapping[str, _Say] = {
    "OfflineModeIsEnabled": _offline,
    "LocalTokenNotFoundError": lambda asked, _: f"{asked.hub} wants to know you; {_LOG_IN}",
    "HFValidationError": lambda asked, _: (
        f"{asked.repo!r} is not the name of a repository; write ORG/NAME"
    ),
    "GatedRepoError": lambda asked, _: (
        f"{asked.repo} is given on request only; ask on its page on {asked.hub}, then {_LOG_IN}"
    ),
    "DisabledRepoError": lambda asked, _: f"{asked.hub} has closed {asked.repo}; choose another",
    "RevisionNotFoundError": _no_revision,
    "LocalEntryNotFoundError": _unreachable,
    "EntryNotFoundError": _no_file,
    "RepositoryNotFoundError": _not_seen,
    "FileMetadataError": _not_a_hub,
    "JSONDecodeError": _not_a_hub,
    "HTTPStatusError": _answered,
    "HfHubHTTPError": _answered,
    "ProxyError": lambda asked, _: (
        f"the proxy does not let {asked.what} through; check HTTPS_PROXY and HTTP_PROXY"
    ),
    "ConnectError": _unreachable,
    "TimeoutException": lambda asked, _: (
        f"{asked.hub} did not answer in time for {asked.what}; on a slow line set"
        f" HF_HUB_DOWNLOAD_TIMEOUT=60 (seconds); {_SAME}"
    ),
    "RemoteProtocolError": _broke,
    "NetworkError": _broke,
    "InvalidURL": _not_a_hub,
    "UnsupportedProtocol": _not_a_hub,
}
_BY_STATUS: Mapping[int, _Say] = {
    401: lambda asked, _: f"{asked.hub} does not accept your token for {asked.what}; {_LOG_IN}",
    403: lambda asked, _: (
        f"you may not do this with {asked.what} on {asked.hub}; ask its owner, or use a token that"
        f" may: {_LOG_IN}"
    ),
    404: _not_seen,
    429: _too_many,
}


def _full(asked: Asked, _error: object) -> str:
    return (
        f"the disk that holds {asked.folder} is full, so {asked.what} was not fetched; make room or"
        f" name another folder in {asked.room}; {_SAME}"
    )


def _closed(asked: Asked, _error: object) -> str:
    return (
        f"{asked.folder} cannot be written to, so {asked.what} was not fetched; name a folder of"
        f" your own in {asked.room}"
    )


_BY_ERRNO: Mapping[int, _Say] = {
    errno.ENOSPC: _full,
    errno.EDQUOT: _full,
    errno.EACCES: _closed,
    errno.EPERM: _closed,
    errno.EROFS: _closed,
    errno.ENOTDIR: _closed,
}
