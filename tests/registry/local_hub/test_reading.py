"""The local hub tells and hands out to the real client what the true hub does."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi

from support.hub import LocalHub
from support.hub.samples import DIGEST, FILES, READER, WEIGHTS, get


def test_information(hub: LocalHub, api: HfApi) -> None:
    """The client reads the commit, the licence, and the digest of each large file."""
    info = api.model_info("org/small", files_metadata=True)
    files = {file.rfilename: file for file in info.siblings or ()}
    assert sorted(files) == ["README.md", *sorted(FILES)]
    kept = files["model.safetensors"].lfs
    assert kept is not None
    assert (kept.sha256, kept.size) == (DIGEST, len(WEIGHTS))
    assert files["config.json"].lfs is None
    assert info.card_data is not None
    assert (info.card_data.license, info.library_name) == ("cc-by-nc-4.0", "timm")
    assert "license:cc-by-nc-4.0" in (info.tags or ())
    assert len(info.sha or "") == 40


def test_older_commits_stay(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A new commit moves the branch; the older one is found by its id, with its own files."""
    first = api.model_info("org/small").sha
    second = hub.publish("org/small", {"config.json": b"[]"})
    assert api.model_info("org/small").sha == second != first
    assert api.model_info("org/small", revision=first).sha == first
    old, new = (
        Path(api.hf_hub_download("org/small", "config.json", revision=name, cache_dir=cache))
        for name in (first, "main")
    )
    assert (old.read_bytes(), new.read_bytes()) == (b"{}", b"[]")


def test_commit_depends_on_content(tmp_path: Path) -> None:
    """Two hubs that are given the same files name the commit alike, and another otherwise."""
    hubs = [LocalHub(tmp_path / name) for name in "abc"]
    first, same, other = (
        hub.publish("org/a", {"x": text})
        for hub, text in zip(hubs, [b"1", b"1", b"2"], strict=True)
    )
    for hub in hubs:
        hub.stop()
    assert first == same != other


def test_large_files_lie_elsewhere(hub: LocalHub, cache: Path) -> None:
    """A large file is fetched from another host, which is never given the token."""
    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    path = Path(api.hf_hub_download("org/small", "model.safetensors", cache_dir=cache))
    assert path.read_bytes() == WEIGHTS
    assert path.resolve().name == DIGEST
    (moved,) = hub.asked("/resolve/")
    (sent,) = hub.asked("/cdn/")
    assert (moved.method, moved.status, moved.token) == ("HEAD", 302, hub.token)
    assert (sent.method, sent.status, sent.token) == ("GET", 200, None)
    assert hub.served("/cdn/") == len(WEIGHTS)


def test_small_files_are_sent_at_once(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A small file comes from the hub itself, under the name that git gives it."""
    path = Path(api.hf_hub_download("org/small", "config.json", cache_dir=cache))
    assert path.resolve().name == "9e26dfeeb6e641a33dae4961196235bdb965b21b"  # git hash-object
    assert not hub.asked("/cdn/")


def test_snapshot(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A whole repository arrives, folders and all; a second time only the branch is asked."""
    folder = Path(api.snapshot_download("org/small", cache_dir=cache))
    found = {path: (folder / path).read_bytes() for path in FILES}
    assert found == FILES
    hub.requests.clear()
    api.snapshot_download("org/small", cache_dir=cache)
    assert [request.path for request in hub.requests] == ["/api/models/org/small/revision/main"]


def test_tree(api: HfApi) -> None:
    """The files are listed folder by folder, or all at once."""
    shallow = [entry.path for entry in api.list_repo_tree("org/small")]
    assert shallow == ["notes", "README.md", "config.json", "model.safetensors"]
    deep = {entry.path for entry in api.list_repo_tree("org/small", recursive=True)}
    assert deep == {"notes", "notes/deep", "README.md", *FILES}
    inside = [entry.path for entry in api.list_repo_tree("org/small", "notes", recursive=True)]
    assert inside == ["notes/deep", "notes/deep/a.txt"]


def test_branches(hub: LocalHub, api: HfApi) -> None:
    """The client is told where the branch is."""
    (branch,) = api.list_repo_refs("org/small").branches
    assert (branch.name, branch.target_commit) == ("main", api.model_info("org/small").sha)


def test_search(hub: LocalHub, api: HfApi) -> None:
    """The public repositories whose name holds the text are found, up to the limit."""
    for name in ("org/tiger-1", "org/tiger-2", "else/Tiger", "org/hidden-tiger"):
        hub.publish(name, {"config.json": b"{}"}, licence="mit")
    hub.private("org/hidden-tiger", token=READER)
    found = list(api.list_models(search="tiger"))
    assert [model.id for model in found] == ["else/Tiger", "org/tiger-1", "org/tiger-2"]
    assert found[0].tags == ["license:mit"]
    assert len(list(api.list_models(search="tiger", limit=2))) == 2
    assert [m.id for m in api.list_models(search="tiger", author="else")] == ["else/Tiger"]


def test_pointer(hub: LocalHub) -> None:
    """What git holds of a large file is the pointer to it."""
    status, _, body = get(f"{hub.endpoint}/org/small/raw/main/model.safetensors")
    assert status == 200
    assert f"oid sha256:{DIGEST}\nsize {len(WEIGHTS)}\n".encode() in body


@pytest.mark.parametrize(
    ("asked", "status", "told", "expected"),
    [
        ("bytes=0-0", 206, "bytes 0-0/307200", slice(1)),
        ("bytes=307100-", 206, "bytes 307100-307199/307200", slice(307100, None)),
        ("bytes=10-19", 206, "bytes 10-19/307200", slice(10, 20)),
        ("bytes=-7", 206, "bytes 307193-307199/307200", slice(-7, None)),
        ("bytes=307200-", 416, "bytes */307200", slice(0)),
    ],
)
def test_ranges(hub: LocalHub, asked: str, status: int, told: str, expected: slice) -> None:
    """A part of a file is sent as it is asked for, or refused where there is nothing."""
    _, moved, _ = get(f"{hub.endpoint}/org/small/resolve/main/model.safetensors")
    found, headers, body = get(moved["location"], Range=asked)
    assert (found, headers["content-range"]) == (status, told)
    assert body == WEIGHTS[expected]
