"""Repositories that the real client makes and fills."""

from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub import errors as said

from support.hub import UPLOADS, LocalHub, without_xet
from support.hub.samples import OTHER, WEIGHTS


@UPLOADS
def test_upload(
    hub: LocalHub, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is uploaded is the folder that is downloaded, large files and small."""
    without_xet(monkeypatch)
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS[::-1])
    (folder / "sub" / "big.txt").write_bytes(b"0123456789" * 200_000)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# A model\n")
    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    assert api.create_repo("org/new", private=True).repo_id == "org/new"
    made = api.upload_folder(repo_id="org/new", folder_path=folder, commit_message="First")
    info = api.model_info("org/new")
    assert (info.sha, info.private) == (made.oid, True)
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    back = Path(api.snapshot_download("org/new", cache_dir=cache))
    for path in folder.rglob("*.*"):
        assert (back / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert len(hub.asked("/upload/", "PUT")) == 2
    assert all(request.token is None for request in hub.asked("/upload/"))


@UPLOADS
def test_upload_again(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there already is not sent again; files are replaced and removed by a commit."""
    without_xet(monkeypatch)
    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    api.create_repo("org/small", exist_ok=True)
    parent = api.model_info("org/small").sha
    made = api.create_commit(
        "org/small",
        [
            CommitOperationAdd("copy.safetensors", WEIGHTS),
            CommitOperationAdd("config.json", b"[1]"),
            CommitOperationDelete("notes/"),
        ],
        commit_message="Change",
        parent_commit=parent,
    )
    assert not hub.asked("/upload/")
    assert api.list_repo_files("org/small", revision=made.oid) == [
        "README.md", "config.json", "copy.safetensors", "model.safetensors",
    ]  # fmt: skip
    with pytest.raises(said.HfHubHTTPError, match="A commit has happened since"):
        api.create_commit(
            "org/small",
            [CommitOperationAdd("config.json", b"[2]")],
            commit_message="Late",
            parent_commit=parent,
        )


def test_uploads_are_checked(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no right to write may not, and a content that breaks on the way is not kept."""
    without_xet(monkeypatch)
    hub.know(OTHER)
    change = [CommitOperationAdd("b.bin", b"12345")]
    for token in (False, OTHER):
        reader = HfApi(endpoint=hub.endpoint, token=token)
        with pytest.raises(said.HfHubHTTPError):
            reader.create_repo("org/mine")
        with pytest.raises(said.HfHubHTTPError):
            reader.create_commit("org/small", change, commit_message="x")
    host = urlsplit(hub.endpoint)
    connection = HTTPConnection(host.hostname or "", host.port)
    try:
        connection.request("PUT", f"/upload/org/small/{'0' * 64}", body=b"other")
        assert connection.getresponse().status == 400
    finally:
        connection.close()


def test_card_is_checked(hub: LocalHub) -> None:
    """A README whose head is not YAML is refused before anything is committed."""
    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    with pytest.raises(ValueError, match="Invalid metadata"):
        api.create_commit(
            "org/small",
            [CommitOperationAdd("README.md", b"---\na: [\n---\n")],
            commit_message="x",
        )
