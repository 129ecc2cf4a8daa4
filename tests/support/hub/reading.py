"""What the hub tells of its repositories, and how it hands their files out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from support.hub.messages import Answer, Refusal, as_json
from support.hub.repos import Blob, Commit, Repo, card_of, git_oid
from support.hub.site import TOKEN, USER, Call

DATE = "2026-01-02T03:04:05.000Z"


def whoami(call: Call) -> Answer:
    """Answer who the token belongs to."""
    if call.known() is None:
        raise Refusal(401, "Invalid username or password.")
    role = "write" if call.request.token == TOKEN else "read"
    token = {"type": "access_token", "accessToken": {"displayName": "test", "role": role}}
    return as_json({"type": "user", "name": USER, "orgs": [], "auth": token})


def info(call: Call) -> Answer:
    """Answer what is known of a repository at a commit; `blobs=true` adds the digests."""
    repo = call.repo()
    commit = call.commit(repo)
    siblings = [_sibling(name, blob, call) for name, blob in sorted(commit.files.items())]
    told = {**_summary(repo, commit), "siblings": siblings, "cardData": _card(commit)}
    return as_json(told, headers={"X-Repo-Commit": commit.id})


def search(call: Call) -> Answer:
    """Answer the public repositories whose name holds the text, the most used first."""
    call.known()
    wanted = call.query.get("search", "").lower()
    author = call.query.get("author")
    repos = [
        repo
        for repo in call.site.repos.values()
        if wanted in repo.name.lower() and _may_see(call, repo) and _by(repo, author)
    ]
    repos.sort(key=lambda repo: (-repo.downloads, repo.name))
    shown = repos[: int(call.query.get("limit", 1000))]
    return as_json([_summary(repo, call.commit(repo)) for repo in shown])


def tree(call: Call) -> Answer:
    """Answer the files of a commit under a folder; `recursive=true` goes into the folders in it."""
    _, commit = call.opened()
    folder = call.parts.get("path") or ""
    inside = folder + "/" if folder else ""
    files = {name: blob for name, blob in commit.files.items() if name.startswith(inside)}
    if folder and not files:
        raise Refusal(404, f"{folder} does not exist on {commit.id}", "EntryNotFound")
    deep = call.query.get("recursive", "").lower() in {"1", "true"}
    told = [_folder(name) for name in _folders(files, inside, deep=deep)]
    shallow = (name for name in files if deep or "/" not in name.removeprefix(inside))
    told += [_entry(name, files[name]) for name in sorted(shallow)]
    return as_json(told)


def refs(call: Call) -> Answer:
    """Answer where the branches are."""
    repo = call.repo()
    branches = [
        {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit}
        for name, commit in repo.branches.items()
    ]
    return as_json({"branches": branches, "tags": [], "converts": []})


def raw(call: Call) -> Answer:
    """Answer what git holds: the content, or the pointer to it."""
    _, commit, blob = call.file()
    named = {"X-Repo-Commit": commit.id, "ETag": f'"{blob.oid}"', "Content-Type": "text/plain"}
    return Answer(200, named, blob.pointer) if blob.lfs else Answer(200, named, file=blob.path)


def resolve(call: Call) -> Answer:
    """Answer a file: a small one itself, a large one by the address where it is kept."""
    repo, commit, blob = call.file()
    if call.request.method == "GET":
        repo.downloads += 1
    name = call.parts["path"]
    named = {
        "X-Repo-Commit": commit.id,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{quote(Path(name).name)}"',
    }
    if not blob.lfs:
        named |= {"ETag": f'"{blob.oid}"', "Content-Type": "application/octet-stream"}
        return Answer(200, named, file=call.site.sent(blob.sha256))
    where = f"{call.site.storage}/cdn/{repo.name}/{blob.sha256}/{quote(Path(name).name)}"
    named |= {
        "Location": where,
        "X-Linked-ETag": f'"{blob.sha256}"',
        "X-Linked-Size": str(blob.size),
        "Content-Type": "text/plain; charset=utf-8",
    }
    return Answer(302, named, f"Found. Redirecting to {where}".encode())


def stored(call: Call) -> Answer:
    """Answer a large file from where it is kept, to whoever has its address."""
    sha256 = call.parts["sha256"]
    if (path := call.site.sent(sha256)) is None:
        raise Refusal(403, "Access denied")
    named = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    return Answer(200, {**named, "ETag": f'"{git_oid(sha256.encode())}"'}, file=path)


def _summary(repo: Repo, commit: Commit) -> dict[str, Any]:
    card = _card(commit)
    library, task = card.get("library_name"), card.get("pipeline_tag")
    told = {"_id": git_oid(repo.name.encode())[:24], "id": repo.name, "modelId": repo.name}
    return {
        **told,
        "author": repo.name.split("/")[0],
        "sha": commit.id,
        "lastModified": DATE,
        "createdAt": DATE,
        "private": repo.private,
        "gated": "auto" if repo.gated else False,
        "disabled": False,
        "downloads": repo.downloads,
        "likes": 0,
        "tags": list(_tags(card)),
        **({"library_name": library} if library else {}),
        **({"pipeline_tag": task} if task else {}),
    }


def _tags(card: dict[str, Any]) -> Iterable[str]:
    yield from (str(card[key]) for key in ("library_name", "pipeline_tag") if key in card)
    yield from (str(tag) for tag in card.get("tags") or ())
    if "license" in card:
        yield f"license:{card['license']}"


def _card(commit: Commit) -> dict[str, Any]:
    try:
        return card_of(commit)
    except (yaml.YAMLError, UnicodeDecodeError):
        return {}


def _sibling(name: str, blob: Blob, call: Call) -> dict[str, Any]:
    if call.query.get("blobs", "").lower() not in {"1", "true"}:
        return {"rfilename": name}
    told = {"rfilename": name, "blobId": blob.oid, "size": blob.size}
    kept = {"sha256": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
    return {**told, "lfs": kept} if blob.lfs else told


def _entry(name: str, blob: Blob) -> dict[str, Any]:
    told = {"type": "file", "oid": blob.oid, "size": blob.size, "path": name}
    kept = {"oid": blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}
    return {**told, "lfs": kept} if blob.lfs else told


def _folder(name: str) -> dict[str, Any]:
    return {"type": "directory", "oid": git_oid(name.encode()), "size": 0, "path": name}


def _folders(files: Iterable[str], inside: str, *, deep: bool) -> list[str]:
    found = set()
    for name in files:
        steps = name.removeprefix(inside).split("/")[:-1]
        depths = range(1, (len(steps) if deep else min(1, len(steps))) + 1)
        found |= {inside + "/".join(steps[:depth]) for depth in depths}
    return sorted(found)


def _may_see(call: Call, repo: Repo) -> bool:
    return not repo.private or call.request.token in {*repo.readers, TOKEN}


def _by(repo: Repo, author: str | None) -> bool:
    return author is None or repo.name.startswith(f"{author}/")
