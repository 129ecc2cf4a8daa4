"""The model hub, spoken to by the real client over real HTTP."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark_registry.hub import Hub
from fieldmark_registry.problems import HubProblem
from support.hub import LocalHub, without_xet
from support.shelves import WEIGHTS, hub_of

CONTENT = os.urandom(400_000)
FILES = {WEIGHTS: CONTENT, "config.json": b"{}", "parts/head.safetensors": CONTENT[:200_000]}
OWNER = "hf_owner0123456789"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalHub]:
    """Return a hub with one repository."""
    with LocalHub(tmp_path / "site") as opened:
        opened.publish("org/net", FILES, licence="mit", library_name="timm")
        yield opened


def everything_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return every file and folder, with its size and time of change."""
    stats = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def test_look_names_commit_sizes_and_digests(site: LocalHub, hub: Hub) -> None:
    """A look gives the exact commit, each file's size, and the digests of large files."""
    newest = site.publish("org/net", FILES, licence="apache-2.0")
    repo = hub.look("org/net")
    assert (repo.commit, repo.licence, repo.gated, repo.private) == (
        newest,
        "apache-2.0",
        False,
        False,
    )
    weights, config = repo.file(WEIGHTS), repo.file("config.json")
    assert (weights.size, weights.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert (config.size, config.sha256) == (2, None)
    assert hub.look("org/net", "main") == repo


def test_unknown_licence_has_its_own_name(site: LocalHub, hub: Hub) -> None:
    """A licence that the Hub calls `other` is given by the name that its authors use."""
    site.publish("org/net", FILES, licence="other", license_name="wildlife-1.0")
    assert hub.look("org/net").licence == "wildlife-1.0"


def test_fetch_fills_the_ordinary_cache(site: LocalHub, hub: Hub) -> None:
    """What is fetched lies where huggingface_hub itself finds it, with its neighbours."""
    from huggingface_hub import scan_cache_dir, try_to_load_from_cache  # noqa: PLC0415

    commit = hub.look("org/net").commit
    told: list[tuple[int, int, str]] = []
    path = hub.fetch("org/net", commit, WEIGHTS, lambda *progress: told.append(progress))
    head = hub.fetch("org/net", commit, "parts/head.safetensors")
    config = hub.fetch("org/net", commit, "config.json")
    assert path.read_bytes() == CONTENT
    assert config == path.with_name("config.json")
    assert head == path.parent / "parts" / "head.safetensors"
    assert try_to_load_from_cache("org/net", WEIGHTS, hub.cache, commit) == str(path)
    scan = scan_cache_dir(hub.folder)
    (repo,), warnings = scan.repos, scan.warnings
    assert (repo.repo_id, repo.nb_files, warnings) == ("org/net", 3, [])
    assert told[-1] == (len(CONTENT), len(CONTENT), f"downloading {WEIGHTS} of org/net")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_hub_is_told_nothing_about_this_computer(site: LocalHub, hub: Hub) -> None:
    """The hub learns which versions of its library and of Python ask, and nothing else."""
    repo = hub.look("org/net")
    hub.fetch("org/net", repo.commit, "config.json")
    agents = {request.headers["user-agent"] for request in site.requests}
    words = {word.partition("/")[0] for agent in agents for word in agent.split("; ")}
    assert words == {"unknown", "hf_hub", "python"}
    known = ("/api/models/", "/org/net/resolve/", "/cdn/")
    assert all(request.path.startswith(known) for request in site.requests)


def test_cached_file_needs_no_network_and_no_writing(site: LocalHub, hub: Hub) -> None:
    """What is in the cache is used without one request, and nothing there is touched."""
    commit = hub.look("org/net").commit
    path = hub.fetch("org/net", commit, WEIGHTS)
    before = everything_in(hub.folder)
    site.requests.clear()
    assert hub.cached("org/net", commit, WEIGHTS) == path
    assert hub.fetch("org/net", commit, WEIGHTS) == path
    assert hub.cached("org/net", commit, "config.json") is None
    assert hub.cached("org/net", "0" * 40, WEIGHTS) is None
    assert site.requests == []
    assert everything_in(hub.folder) == before


def test_file_of_another_tool_is_found(site: LocalHub, hub: Hub) -> None:
    """What huggingface_hub itself downloaded is found in the shared cache."""
    from huggingface_hub import hf_hub_download  # noqa: PLC0415

    path = hf_hub_download("org/net", WEIGHTS, cache_dir=hub.cache, endpoint=site.endpoint)
    assert hub.cached("org/net", hub.look("org/net").commit, WEIGHTS) == Path(path)


def test_pinned_commit_stays_when_the_branch_moves(site: LocalHub, hub: Hub) -> None:
    """A commit gives the same bytes whatever is published afterwards."""
    old = hub.look("org/net").commit
    new = site.publish("org/net", {WEIGHTS: b"other" * 99_999}, licence="mit")
    assert hub.fetch("org/net", old, WEIGHTS).read_bytes() == CONTENT
    assert hub.fetch("org/net", new, WEIGHTS).read_bytes() == b"other" * 99_999


def test_private_repository_opens_with_its_token(site: LocalHub, tmp_path: Path) -> None:
    """With its token a private repository is as open as any; the token stays with the hub."""
    site.private("org/net", OWNER)
    hub = hub_of(site, tmp_path, token=OWNER)
    repo = hub.look("org/net")
    assert repo.private
    assert hub.fetch("org/net", repo.commit, WEIGHTS).read_bytes() == CONTENT
    assert {request.token for request in site.asked("/cdn/")} == {None}
    assert {request.token for request in site.asked("/resolve/")} == {OWNER}


def test_token_of_the_environment_is_used(
    site: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token that the user's other tools use is used here, too."""
    site.private("org/net", OWNER)
    monkeypatch.setenv("HF_TOKEN", OWNER)
    assert hub_of(site, tmp_path, token=None).look("org/net").private


def test_offline_uses_what_is_here_and_says_what_is_not(
    site: LocalHub, hub: Hub, tmp_path: Path
) -> None:
    """Offline, the cache is used; what is not in it is named, and no request is made."""
    commit = hub.look("org/net").commit
    path = hub.fetch("org/net", commit, WEIGHTS)
    site.requests.clear()
    offline = hub_of(site, tmp_path, offline=True)
    assert offline.fetch("org/net", commit, WEIGHTS) == path
    for call in (
        lambda: offline.fetch("org/net", commit, "config.json"),
        lambda: offline.look("org/net"),
        lambda: offline.search("net"),
        lambda: offline.upload("org/net", {"a": path}, "message"),
    ):
        with pytest.raises(HubProblem, match=r"downloads are switched off .HF_HUB_OFFLINE."):
            call()
    assert site.requests == []


def test_offline_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_HUB_OFFLINE counts at the moment of use, as the library's other users expect."""
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "yes")
    assert Hub().is_offline
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert not Hub().is_offline


@pytest.mark.parametrize(
    "name", ["../evil.safetensors", "/evil", "a/../../b", "a\\..\\b", "C:evil", "a//b", "./a"]
)
def test_name_that_would_leave_its_folder_is_refused(
    site: LocalHub, hub: Hub, name: str, tmp_path: Path
) -> None:
    """A hostile file name is refused before any download, wherever it turns up."""
    commit = site.publish("org/evil", {name: CONTENT, WEIGHTS: CONTENT})
    for call in (
        lambda: hub.look("org/evil"),
        lambda: hub.fetch("org/evil", commit, name),
        lambda: hub.cached("org/evil", commit, name),
        lambda: hub.cached("org/evil", "../../x", WEIGHTS),
        lambda: hub.upload("org/evil", {name: tmp_path / "x"}, "message"),
    ):
        with pytest.raises(HubProblem, match="written outside its folder; nothing was downloaded"):
            call()
    assert site.asked("/resolve/") == []
    assert not hub.folder.exists()


def test_search_finds_models_with_their_licence(site: LocalHub, hub: Hub) -> None:
    """A search gives the repositories, and the licence of each."""
    site.publish("org/network", FILES)
    found = {each.repo: each for each in hub.search("net")}
    assert sorted(found) == ["org/net", "org/network"]
    assert (found["org/net"].licence, found["org/net"].library) == ("mit", "timm")
    assert found["org/network"].licence is None
    assert len(hub.search("net", limit=1)) == 1
    assert hub.search("tiger") == []


def test_upload_then_fetch_gives_the_same_bytes(
    site: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is uploaded, and files that are added, come back as they were."""
    without_xet(monkeypatch)
    folder = tmp_path / "folder"
    (folder / "parts").mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(CONTENT)
    (folder / "parts" / "a.json").write_bytes(b"[]")
    hub = hub_of(site, tmp_path, token=site.token)
    first = hub.upload("me/new", folder, "The weights", private=True)
    second = hub.upload("me/new", {"more.json": folder / "parts" / "a.json"}, "More")
    repo = hub.look("me/new")
    assert (repo.commit, repo.private) == (second, True)
    assert hub.look("me/new", first).find("more.json") is None
    assert hub.fetch("me/new", second, WEIGHTS).read_bytes() == CONTENT
    assert hub.fetch("me/new", second, "parts/a.json").read_bytes() == b"[]"
