"""Which part answers which address."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

from support.hub import reading, uploads
from support.hub.messages import Answer, Refusal
from support.hub.site import Call

Part = Callable[[Call], Answer]

_REPO = r"(?P<repo>[\w.-]+/[\w.-]+?)"
_REVISION = r"(?P<revision>[^/]+)"
_SHA256 = r"(?P<sha256>[0-9a-f]{64})"
_READ = {"GET", "HEAD"}
_ROUTES: tuple[tuple[set[str], str, Part], ...] = (
    (_READ, "/api/whoami-v2", reading.whoami),
    (_READ, "/api/models", reading.search),
    (_READ, rf"/api/models/{_REPO}", reading.info),
    (_READ, rf"/api/models/{_REPO}/revision/{_REVISION}", reading.info),
    (_READ, rf"/api/models/{_REPO}/tree/{_REVISION}(?:/(?P<path>.+))?", reading.tree),
    (_READ, rf"/api/models/{_REPO}/refs", reading.refs),
    (_READ, rf"/{_REPO}/resolve/{_REVISION}/(?P<path>.+)", reading.resolve),
    (_READ, rf"/{_REPO}/raw/{_REVISION}/(?P<path>.+)", reading.raw),
    (_READ, rf"/cdn/{_REPO}/{_SHA256}/.+", reading.stored),
    ({"POST"}, "/api/repos/create", uploads.create),
    ({"POST"}, "/api/validate-yaml", uploads.check_card),
    ({"POST"}, rf"/api/models/{_REPO}/preupload/{_REVISION}", uploads.preupload),
    ({"POST"}, rf"/api/models/{_REPO}/commit/{_REVISION}", uploads.commit),
    ({"POST"}, rf"/{_REPO}\.git/info/lfs/objects/batch", uploads.batch),
    ({"POST"}, rf"/{_REPO}\.git/info/lfs/objects/verify", uploads.verify),
    ({"PUT"}, rf"/upload/{_REPO}/{_SHA256}", uploads.put),
)


def route(method: str, address: str) -> tuple[Part, dict[str, str], dict[str, str]]:
    """Return what answers an address, what the address names, and its query.

    Raises:
        Refusal: if nothing does.
    """
    split = urlsplit(address)
    for methods, pattern, part in _ROUTES:
        if method in methods and (found := re.fullmatch(pattern, split.path)) is not None:
            parts = {key: unquote(text) for key, text in found.groupdict().items() if text}
            query = {key: values[0] for key, values in parse_qs(split.query).items()}
            return part, parts, query
    raise Refusal(404, f"Sorry, we can't find the page you are looking for: {split.path}")
