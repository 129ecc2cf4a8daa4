"""Shows what PyTorch-Wildlife does by itself; run as a program by the Python that has it.

It writes into the folder that is its argument: small checkpoints with random weights, the photos,
the boxes that the library's own calls give for them, and in `facts.json` what its known faults look
like today. Nothing of fieldmark is imported but the worker's modules.
"""

import importlib
import json
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[3] / "plugins"))
sys.path.insert(1, str(HERE.parent))


from fieldmark_megadetector_worker import library, mit_layers, safety  # noqa: E402

FLOOR = {"v5": 0.4, "v6": 0.6, "mit": 0.2, "apache": 0.4}
"""The least score, so that there are some boxes of each network and not too many."""


def attempt(call: Callable[[], object]) -> str:
    """Return how a call fails, as `Type: message`; empty if it does not."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001 -- a library may raise anything
        return f"{type(error).__name__}: {error}"
    return ""


def forget(*prefixes: str) -> None:
    """Take modules out, so that the next import begins anew."""
    for name in list(sys.modules):
        if name.split(".")[0] in prefixes:
            del sys.modules[name]


def import_faults() -> dict[str, str]:
    """Import the library as it comes, going round one fault after the other."""
    facts = {"import sound": attempt(lambda: __import__("PytorchWildlife"))}
    forget("PytorchWildlife")
    for name in ("soundfile", "librosa"):
        sys.modules.setdefault(name, types.ModuleType(name))
    facts["import torchaudio"] = attempt(lambda: __import__("torchaudio"))
    facts["cuda"] = str(library.module("torch").version.cuda)
    forget("torchaudio", "soundfile", "librosa", "PytorchWildlife")
    sys.modules["pkg_resources"] = None  # type: ignore[assignment]
    facts["import pkg_resources"] = attempt(lambda: __import__("yolov5.utils.general"))
    forget("pkg_resources", "yolov5")
    return facts


def own_calls(detection: Any, folder: Path) -> Iterator[tuple[str, list[Any]]]:
    """Yield for each family what the library's own calls say of the photos."""
    from fieldmark_megadetector_worker import family_apache  # noqa: PLC0415

    weights, photos = folder / "weights", sorted((folder / "photos").iterdir())
    v6 = detection.MegaDetectorV6(weights=str(weights / "v6.pt"), version="MDV6-yolov10-c")
    v6.predictor.args.max_det = 1000  # as the adapter has it; these weights see much
    yield "v6", v6.batch_image_detection(str(folder / "photos"), det_conf_thres=FLOOR["v6"])
    with opened_freely():
        v5 = detection.MegaDetectorV5(weights=str(weights / "v5.pt"), version="a")
    yield "v5", [v5.single_image_detection(str(p), det_conf_thres=FLOOR["v5"]) for p in photos]
    with in_evaluation_mode(), downloads_of(weights):
        mit = detection.MegaDetectorV6MIT(version="MDV6-mit-yolov9-c")
        found = [mit.single_image_detection(str(p), det_conf_thres=FLOOR["mit"]) for p in photos]
    yield "mit", found
    with family_apache.without_backbone():
        apache = detection.MegaDetectorV6Apache(
            weights=str(weights / "apache.pth"), version="MDV6-apa-rtdetr-c"
        )
    yield (
        "apache",
        [apache.single_image_detection(str(p), det_conf_thres=FLOOR["apache"]) for p in photos],
    )


@contextmanager
def opened_freely() -> Iterator[None]:
    """Let `torch.load` open what the library gives it, as torch did before 2.6."""
    torch = library.module("torch")
    original = torch.load
    torch.load = lambda *given, **more: original(*given, **(more | {"weights_only": False}))
    try:
        yield
    finally:
        torch.load = original


@contextmanager
def in_evaluation_mode() -> Iterator[None]:
    """Let the MIT networks be built in evaluation mode, which the library forgets."""
    base = library.module("PytorchWildlife.models.detection.yolo_mit.yolo_mit_base")
    original = base.create_model
    base.create_model = lambda *given, **more: original(*given, **more).eval()
    try:
        yield
    finally:
        base.create_model = original


@contextmanager
def downloads_of(weights: Path) -> Iterator[None]:
    """Put what the MIT class would download where it looks for downloads."""
    torch = library.module("torch")
    place = Path(torch.hub.get_dir()) / "checkpoints"
    place.mkdir(parents=True, exist_ok=True)
    description = mit_layers.description("MDV6-mit-yolov9-c", 640, 0.5, 1000)
    config, network = place / "config_v9s.yaml", place / "MDV6-mit-yolov9-c.ckpt"
    config.write_text(library.module("yaml").safe_dump(description))
    network.write_bytes((weights / "mit.ckpt").read_bytes())
    try:
        yield
    finally:
        config.unlink()
        network.unlink()


def save(folder: Path, family: str, results: list[Any]) -> None:
    """Write boxes as the worker's rows."""
    networks = library.module("fieldmark_megadetector_worker.networks")
    for i, result in enumerate(results):
        np.save(folder / f"{family}-{i}.npy", networks.rows(result))


def main(folder: Path) -> None:
    """Write everything."""
    safety.prepare(folder / "private")
    facts: dict[str, Any] = dict(import_faults())
    detection = library.detection()
    library.module("torch").set_num_threads(1)
    # They lie beside this program, which is no module of a package where it runs.
    importlib.import_module("upstream_weights").make_weights(folder / "weights")
    with library.module("torch").inference_mode():
        for family, results in own_calls(detection, folder):
            save(folder, family, results)
            facts[f"{family} results"] = len(results)
        facts |= importlib.import_module("upstream_faults").Faults(detection, folder).all()
    (folder / "facts.json").write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
