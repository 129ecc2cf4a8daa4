r"""Measure the way from photo files to chips: photos per second, the share of each stage, memory.

::

    PYTHONPATH=tests python -m benchmarks.detection DATA/CameraTrapSamples/images \
        --detector yolox --weights WEIGHTS/yolox_nano.onnx --sizes 200 \
        --report docs/benchmarks/detection-yolox.md

The photos of the folder are copied until there are enough, each with other bytes behind its end, so
that no two are the same file. `--side 4000` enlarges them to the size that camera traps write.
Each size runs in a process of its own, so that the peak memory is its own. The detector's own
throughput is measured in the same process, on photos that are decoded beforehand.
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from PIL import Image

from benchmarks.reports import processor, say, write_report
from fieldmark.api.detect import DetectRequest, detect
from fieldmark.api.weights import resolve_weights
from fieldmark.catalog import Project, annotations
from fieldmark.catalog.imports import import_folder
from fieldmark.images import open_photo
from fieldmark.jobs import default_workers
from fieldmark.learn.overlay import overlaid, parse_setting
from fieldmark.pipeline.detect import BATCH, build_detector
from fieldmark.pipeline.recipe import Step, resolve, resolve_detector
from fieldmark.pipeline.stages import Subject, build_stages, prepare
from fieldmark.plugins import Plugins
from fieldmark.profile import DetectStep, find_profile, load_profile

OWN = 48
"""Photos on which the detector's own throughput is measured, at least."""
SPECIES = "any"


@dataclass(frozen=True)
class Measured:
    """One size; seconds and MiB.

    Attributes:
        own: photos per second of the detector alone, the mean of before and after.
        import_, total, chips: seconds of the stages around the detector, and of it.
    """

    photos: int
    animals: int
    own: float
    import_: float
    total: float
    decode: float
    detect: float
    first: float
    record: float
    chips: float
    memory: float


def make_photos(source: Path, folder: Path, count: int, side: int | None) -> None:
    """Write `count` different photo files."""
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    bodies = [body for path in files if (body := _body(path, side))]
    for number, body in enumerate(islice(cycle(bodies), count)):
        place = folder / f"station {number // 500}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.jpg").write_bytes(body + f"copy {number}".encode())


def _body(path: Path, side: int | None) -> bytes:
    try:
        pixels = open_photo(path)
    except Exception:  # noqa: BLE001 - photos that cannot be read are not what is measured
        return b""
    if side is None:
        return path.read_bytes()
    picture = Image.fromarray(pixels)
    scale = side / max(picture.size)
    with tempfile.TemporaryFile() as file:
        picture.resize((round(picture.width * scale), round(picture.height * scale))).save(
            file, "JPEG", quality=90
        )
        file.seek(0)
        return file.read()


def measure(project: Path, photos: Path, request: DetectRequest) -> Measured:
    """Import, detect and cut out chips, in this process."""
    with Project.open(project) as opened:
        importing = time.perf_counter()
        import_folder(opened, photos, stations="folder")
        importing = time.perf_counter() - importing
        before = own_throughput(photos, request, opened.cache)
        begun = time.perf_counter()
        found = detect(opened, request)
        total = time.perf_counter() - begun
        after = own_throughput(photos, request, opened.cache)
        cutting = time.perf_counter()
        animals = cut_chips(opened)
        cutting = time.perf_counter() - cutting
    return Measured(
        photos=found.done,
        animals=animals,
        own=(before + after) / 2,
        import_=importing,
        total=total,
        **asdict(found.times),
        chips=cutting,
        memory=_peak(),
    )


def own_throughput(photos: Path, request: DetectRequest, cache: Path) -> float:
    """Return how many decoded photos per second the detector works, in the pipeline's batches."""
    detector = build_detector(
        _step(request), Plugins.installed(), resolve_weights, cache, lambda _sentence: None
    )
    longest = getattr(detector, "longest", None)
    files = list(islice(sorted(photos.rglob("*.jpg")), OWN))
    pixels = [open_photo(path, longest) for path in files]
    detector.detect(pixels[:BATCH])
    begun = time.perf_counter()
    for start in range(0, len(pixels), BATCH):
        detector.detect(pixels[start : start + BATCH])
    seconds = time.perf_counter() - begun
    if close := getattr(detector, "close", None):
        close()
    return len(pixels) / seconds


def _step(request: DetectRequest) -> Step:
    plugins = Plugins.installed()
    profile = load_profile(find_profile(SPECIES, Path()), plugins)
    chosen = DetectStep(
        use=request.detector or "", weights=request.weights, options=dict(request.options)
    )
    step = resolve_detector(profile.model_copy(update={"detect": chosen}), plugins)
    assert step is not None
    return step


def cut_chips(project: Project) -> int:
    """Cut every animal out, as the `local` pipeline's first step does, and return how many."""
    plugins = Plugins.installed()
    recipe = resolve(load_profile(find_profile(SPECIES, Path()), plugins), "local", plugins)
    crop = build_stages(recipe, plugins, resolve_weights, project.cache).preprocess[:1]
    count = 0
    with project.reading() as session:
        for row in annotations(session):
            if row.path is not None:
                prepare(Subject(row.path, row.box, row.side), crop)
                count += 1
    return count


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(source: Path, size: int, options: argparse.Namespace) -> Measured:
    """Measure one size in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        photos, project = Path(folder) / "photos", Path(folder) / "project"
        make_photos(source, photos, size, options.side)
        Project.create(project, SPECIES).close()
        command = [sys.executable, "-m", "benchmarks.detection", str(photos)]
        command += ["--here", str(project), "--detector", options.detector]
        command += ["--weights", options.weights] if options.weights else []
        command += [part for text in options.set for part in ("--set", text)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(answer.stdout))


def lines_of(results: Sequence[Measured]) -> Iterator[str]:
    """Yield the tables of the report."""
    yield f"Machine: {processor()}; decoding in {default_workers()} threads. Photos per second"
    yield "without the first batch, in which a detector may start a process; to the chip with it."
    yield ""
    yield (
        "| photos | photos/s, file to boxes | the detector alone | ratio | photos/s, file to chip"
        " | animals | peak MiB |"
    )
    yield "|---|---|---|---|---|---|---|"
    for one in results:
        # The first batch waits for the detector's process, and its decoding for nothing.
        seconds = one.total - one.first
        rate, chain = (one.photos - BATCH) / seconds, one.import_ + one.total + one.chips
        yield (
            f"| {one.photos} | {rate:.1f} | {one.own:.1f} | {rate / one.own:.2f} |"
            f" {one.photos / chain:.1f} | {one.animals} | {one.memory:.0f} |"
        )
    yield ""
    yield "Seconds of each stage; decoding (summed over threads) and recording overlap with it:"
    yield ""
    heads = "import | decode | detect | its first batch | record | all of these | chips"
    yield f"| photos | {heads} |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in results:
        stages = (
            one.import_, one.decode, one.detect, one.first, one.record, one.total, one.chips,
        )  # fmt: skip
        yield f"| {one.photos} | " + " | ".join(f"{each:.1f}" for each in stages) + " |"


def _weights(text: str) -> str:
    path = Path(text).resolve()
    if not path.is_file():
        return text
    return f"{path.as_uri()}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", type=Path)
    parser.add_argument("--detector", default="yolox")
    parser.add_argument("--weights", type=_weights)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--sizes", type=int, nargs="+", default=[200])
    parser.add_argument("--side", type=int)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--here", type=Path)
    options = parser.parse_args()
    if options.here is not None:
        chosen = overlaid({}, [parse_setting(text) for text in options.set])
        request = DetectRequest(options.detector, options.weights, chosen, species=SPECIES)
        json.dump(asdict(measure(options.here, options.photos, request)), sys.stdout)
        return
    results = [apart(options.photos, size, options) for size in options.sizes]
    lines = list(lines_of(results))
    for line in lines:
        say(line)
    if options.report:
        write_report(options.report, "benchmarks.detection", lines)


if __name__ == "__main__":
    main()
