"""Who may see what: the local hub refuses as the true hub does."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub import errors as said

from support.hub import LocalHub
from support.hub.samples import OTHER, READER, UNKNOWN, WEIGHTS


def test_what_is_not_there(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A repository, a version and a file that are not there are three different errors."""
    with pytest.raises(said.RepositoryNotFoundError):
        api.model_info("org/none")
    with pytest.raises(said.RevisionNotFoundError):
        api.model_info("org/small", revision="0" * 40)
    with pytest.raises(said.RevisionNotFoundError):
        api.hf_hub_download("org/small", "config.json", revision="old", cache_dir=cache)
    with pytest.raises(said.RemoteEntryNotFoundError):
        api.hf_hub_download("org/small", "none.json", cache_dir=cache)


def test_private(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A private repository looks as if it were not there, but to the holder of its token."""
    hub.private("org/small", token=READER)
    hub.know(OTHER)
    with pytest.raises(said.RepositoryNotFoundError) as none:
        api.model_info("org/small")
    with pytest.raises(said.RepositoryNotFoundError) as other:
        api.model_info("org/small", token=OTHER)
    assert (none.value.response.status_code, other.value.response.status_code) == (401, 404)
    with pytest.raises(said.RepositoryNotFoundError):
        api.hf_hub_download("org/small", "config.json", cache_dir=cache)
    info = api.model_info("org/small", token=READER)
    assert info.private is True
    path = api.hf_hub_download("org/small", "model.safetensors", cache_dir=cache, token=READER)
    assert Path(path).read_bytes() == WEIGHTS


def test_gated(hub: LocalHub, api: HfApi, cache: Path) -> None:
    """A gated repository is known to all; its files are given to the holder of its token only."""
    hub.gate("org/small", token=READER)
    assert api.model_info("org/small").gated == "auto"
    with pytest.raises(said.GatedRepoError):
        api.hf_hub_download("org/small", "config.json", cache_dir=cache)
    path = api.hf_hub_download("org/small", "config.json", cache_dir=cache, token=READER)
    assert Path(path).read_bytes() == b"{}"


def test_unknown_token(hub: LocalHub, api: HfApi) -> None:
    """A token that the hub does not know is refused, also where none is needed."""
    with pytest.raises(said.HfHubHTTPError, match="Invalid credentials"):
        api.model_info("org/small", token=UNKNOWN)
    with pytest.raises(said.HfHubHTTPError):
        api.whoami(token=UNKNOWN)
    assert api.whoami(token=hub.token)["name"] == "tester"
