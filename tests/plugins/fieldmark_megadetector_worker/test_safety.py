"""What the worker may not do: reach the network, and know fieldmark."""

import json
import subprocess
import sys
from pathlib import Path

import fieldmark_megadetector_worker

PLUGINS = Path(fieldmark_megadetector_worker.__file__).parents[1]


def ran(program: str, *arguments: str) -> str:
    """Return what a program prints in a Python of its own."""
    start = f"import sys; sys.path.insert(0, {str(PLUGINS)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", start + program, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_way_to_the_network_is_closed(tmp_path: Path) -> None:
    """Names are not looked up and connections not made, whoever asks."""
    program = """
import json, socket, urllib.request
from pathlib import Path
from fieldmark_megadetector_worker import safety
safety.prepare(Path(sys.argv[1]))
ways = {
    "name": lambda: socket.getaddrinfo("example.org", 80),
    "old name": lambda: socket.gethostbyname("example.org"),
    "connection": lambda: socket.create_connection(("127.0.0.1", 9)),
    "socket": lambda: socket.socket().connect(("127.0.0.1", 9)),
    "address": lambda: urllib.request.urlopen("http://example.org"),
}
said = {}
for name, way in ways.items():
    try:
        way()
    except OSError as error:
        said[name] = str(error)
print(json.dumps(said))
"""
    said = json.loads(ran(program, str(tmp_path)))
    assert len(said) == 5
    assert all("MegaDetector has no network" in text for text in said.values())


def test_libraries_are_told_before_they_are_imported(tmp_path: Path) -> None:
    """No usage data, no installing at run time, settings and downloads in a passing folder."""
    program = """
import json, os
from pathlib import Path
from fieldmark_megadetector_worker import safety
safety.prepare(Path(sys.argv[1]))
print(json.dumps(dict(os.environ)))
"""
    told = json.loads(ran(program, str(tmp_path)))
    assert (told["YOLO_OFFLINE"], told["YOLO_AUTOINSTALL"]) == ("true", "false")
    assert (told["ULTRALYTICS_SAFE_LOAD"], told["HF_HUB_OFFLINE"]) == ("1", "1")
    for name in ("YOLO_CONFIG_DIR", "TORCH_HOME", "HF_HOME"):
        assert Path(told[name]).is_relative_to(tmp_path)


def test_the_worker_needs_only_numpy() -> None:
    """All its modules load without fieldmark, torch and the library."""
    program = """
import pkgutil, importlib, fieldmark_megadetector_worker as worker
for found in pkgutil.iter_modules(worker.__path__):
    importlib.import_module(f"fieldmark_megadetector_worker.{found.name}")
print(*({"fieldmark", "torch", "cv2", "pydantic", "PytorchWildlife"} & sys.modules.keys()))
"""
    assert ran(program) == ""
