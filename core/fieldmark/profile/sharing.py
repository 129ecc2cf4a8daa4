"""Taking over a profile that somebody shares, from a web address or a file."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from fieldmark.components import NAME
from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.profile.checks import Installed
from fieldmark.profile.inheritance import ProfileText, family
from fieldmark.profile.loading import checked
from fieldmark.profile.models import Profile
from fieldmark.profile.shelf import user_folder
from fieldmark.yamltext import MAX_BYTES

_SECONDS = 60.0
"""For the whole answer; a profile has a few kilobytes."""
_BLOCK = 1 << 14
_KEPT = ".bak"


@dataclass(frozen=True)
class Added:
    """A shared profile that was taken over.

    Attributes:
        profile: with everything that it inherits.
        path: where it lies now.
        kept: where the profile lies that was there before, if another was.
    """

    profile: Profile
    path: Path
    kept: Path | None


def add_profile(
    source: str, installed: Installed, folder: Path | None = None, *, replace: bool = False
) -> Added:
    """Copy a profile into a folder under its own name, once it has passed every check.

    Args:
        source: an address that begins with http:// or https://, or a file.
        installed: the installed plugins.
        folder: where to; None: the user's own profiles.
        replace: whether another profile of that name makes way; it is kept beside as `.bak`.

    Raises:
        ProfileError: with every mistake in the profile.
        UserError: if it cannot be had, is no profile, or one of that name is there.
    """
    text = _content(source)
    where = user_folder() if folder is None else folder
    shared = ProfileText(text, source)
    name = shared.get(("name",))
    path = where / f"{name}.yaml" if isinstance(name, str) and NAME.fullmatch(name) else None
    profile = checked(family(shared, where, path), installed)
    path = where / f"{profile.name}.yaml"
    kept = _make_way(path, text, replace=replace)
    with replacing(path) as file:
        file.write(text)
    return Added(profile, path, kept)


def _make_way(path: Path, text: bytes, *, replace: bool) -> Path | None:
    if not path.exists() or path.read_bytes() == text:
        return None
    if not replace:
        raise UserError(
            f"{path} exists already and is another profile; to put the new one in its place and"
            f" keep the old one as {path.name}{_KEPT}: add --replace"
        )
    kept = path.with_name(path.name + _KEPT)
    path.replace(kept)
    return kept


def _content(source: str) -> bytes:
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in ("http", "https"):
        text = _fetched(source)
    elif scheme:
        raise UserError(
            f"{source}: profiles are fetched from http:// and https:// addresses; save the file and"
            " name it: fieldmark species add FILE"
        )
    else:
        text = _read(Path(source))
    if len(text) > MAX_BYTES:
        raise UserError(f"{source} is larger than {MAX_BYTES:,} bytes; is this a profile?")
    if text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise UserError(
            f"{source} is a web page, not a profile; give the address of the file itself (on code"
            " hosting sites: the one behind the button Raw)"
        )
    return text


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UserError(f"{path} cannot be read: {reason}; name a file, or an address") from error


def _fetched(address: str) -> bytes:
    try:
        request = Request(address, headers={"User-Agent": "fieldmark"})  # noqa: S310 -- http(s) alone
        with urlopen(request, timeout=_SECONDS / 2) as answer:  # noqa: S310
            text = b"".join(_blocks(answer.read1))
            if len(text) <= MAX_BYTES and answer.length:
                raise IncompleteRead(text, answer.length)
            return text
    except HTTPError as error:
        with error:
            reason = f"the server answered {error.code} {error.reason}"
        raise _unreachable(address, reason) from error
    except URLError as error:
        raise _unreachable(address, str(error.reason)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _unreachable(address, str(error) or type(error).__name__) from error


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield what comes, up to one block more than a profile may have, while there is time."""
    until, size = time.monotonic() + _SECONDS, 0
    while size <= MAX_BYTES and (block := read(_BLOCK)):
        size += len(block)
        yield block
        if time.monotonic() > until:
            raise TimeoutError(f"it took longer than {_SECONDS:.0f} seconds")


def _unreachable(address: str, reason: str) -> UserError:
    return UserError(
        f"{address} cannot be fetched: {reason}; check the address and the connection, or save the"
        " file on another computer and name it: fieldmark species add FILE"
    )
