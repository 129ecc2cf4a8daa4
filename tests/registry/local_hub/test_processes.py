"""A process of its own that knows the local hub and no other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.hub import LocalHub

TIMM = """
import sys, timm, torch
model = timm.create_model("hf-hub:org/tiny", pretrained=True).eval()
with torch.no_grad():
    torch.save(model(torch.load(sys.argv[1])), sys.argv[2])
"""


def test_timm(hub: LocalHub, tmp_path: Path) -> None:
    """A process with the hub's environment builds a timm model from it, with its weights."""
    timm, torch = pytest.importorskip("timm"), pytest.importorskip("torch")
    weights, seen, made = (tmp_path / name for name in ("model.safetensors", "seen", "made"))
    model = timm.create_model("test_resnet", num_classes=0).eval()
    pytest.importorskip("safetensors.torch").save_file(model.state_dict(), weights)
    size = {"input_size": [3, 160, 160], "num_classes": 0}
    config = {"architecture": "test_resnet", "num_classes": 0, "pretrained_cfg": size}
    hub.publish(
        "org/tiny", {"model.safetensors": weights, "config.json": json.dumps(config).encode()}
    )
    picture = torch.rand(1, 3, 160, 160)
    torch.save(picture, seen)
    environment = hub.environment(tmp_path / "home")
    subprocess.run([sys.executable, "-c", TIMM, seen, made], check=True, env=environment)
    with torch.no_grad():
        assert torch.allclose(torch.load(made), model(picture), atol=1e-6)
    assert hub.served("/cdn/") == weights.stat().st_size


def test_environment(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process knows this hub only: no token, cache, proxy or setting of the caller's."""
    for key in ("HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "https_proxy", "FIELDMARK_X"):
        monkeypatch.setenv(key, "1")
    environment = hub.environment(tmp_path)
    assert environment["HF_ENDPOINT"] == hub.endpoint
    left = {key for key in environment if key.startswith(("HF_", "FIELDMARK_"))}
    assert left == {
        "HF_ENDPOINT", "HF_HOME", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_XET",
        "FIELDMARK_HOME",
    }  # fmt: skip
    assert "https_proxy" not in environment
