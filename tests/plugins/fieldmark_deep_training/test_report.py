"""The page that a training leaves for people."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from fieldmark.training import Holdout, Sample, Trained, TrainingContext, TrainingData
from fieldmark.types import Chip, SetAside
from fieldmark_deep import training
from fieldmark_deep.settings import (
    Augment,
    CrossEntropy,
    Loss,
    Network,
    Optimiser,
    Settings,
    Triplet,
)
from fieldmark_deep.training.report import in_time

TINY = Network(backbone="mobilenetv3_small_050", height=32, width=48, embedding_size=8)


def load(sample: Sample) -> Chip | SetAside:
    """Return stripes that depend on the individual, with noise of the photo."""
    if "empty" in sample.photo.name:
        return SetAside("no <animal> & nothing")
    own, other = (np.random.default_rng(list(t.encode())) for t in _names(sample))
    x = np.arange(48)[None, :, None] * own.uniform(0.1, 1.0, 3)
    pixels = 128 + 60 * np.sin(x) + other.normal(0, 20, (32, 48, 3))
    return Chip(pixels.clip(0, 255).astype(np.uint8))


def _names(sample: Sample) -> tuple[str, str]:
    return sample.individual, sample.photo.name


def sample(individual: str, number: int, species: str = "cat") -> Sample:
    """Return a photo of an individual, each in an encounter of its own."""
    name = f"{individual}-{number}.jpg"
    return Sample(Path(name), f"{species}/{individual}", species, encounter=name)


def trained(folder: Path, data: TrainingData, loss: Loss) -> Trained:
    """Train two epochs of a tiny network."""
    settings = Settings(
        network=TINY,
        backbone_weights=None,
        loss=loss,
        augment=Augment(),
        optimiser=Optimiser(),
        epochs=2,
        batch_size=8,
        precision="float32",
    )
    context = TrainingContext(folder, record={"component": "<b>toy</b>"}, device="cpu")
    return training.run(settings, data, context)


class Page(HTMLParser):
    """The tags, texts and addresses of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.without_words = 0
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count a tag, and remember where it points."""
        self.tags.append(tag)
        given = dict(attrs)
        self.addresses += [v or "" for k, v in attrs if k in {"src", "href", "srcset"}]
        self.without_words += tag == "img" and not given.get("alt")
        self.without_words += tag == "svg" and not given.get("aria-labelledby")
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count a tag that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag in self.open[-1:]:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Refuse a page whose tags do not match."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Gather the words."""
        self.text += data if not self.open or self.open[-1] != "style" else ""


HELD = tuple(sample(f"h{i}", n) for i in range(4) for n in range(3))
TRAIN = (*(sample(f"t{i}", n) for i in range(4) for n in range(4)), sample("empty", 0))


@pytest.fixture(scope="module")
def searched_page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Page]:
    """Return a real training of an embedder and its page."""
    data = TrainingData(TRAIN, (Holdout("new individuals", HELD),), load)
    done = trained(tmp_path_factory.mktemp("searched"), data, Triplet(mining="all"))
    assert done.report is not None
    return done, Page(done.report)


def test_the_page_needs_nothing_but_itself(searched_page: tuple[Trained, Page]) -> None:
    """Every picture is inside the page, and nothing is fetched from elsewhere."""
    _, page = searched_page
    assert page.addresses
    assert all(a.startswith("data:image/jpeg;base64,") for a in page.addresses)
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert page.open == []


def test_pictures_and_curves_have_words(searched_page: tuple[Trained, Page]) -> None:
    """Every picture and every drawing has a text alternative."""
    _, page = searched_page
    assert page.without_words == 0
    assert page.tags.count("svg") == 3  # loss, learning rate, one holdout
    assert "loss: " in page.text
    assert "at epoch 2" in page.text


def test_everything_is_escaped(searched_page: tuple[Trained, Page]) -> None:
    """Names and reasons are shown as written, not interpreted."""
    _, page = searched_page
    assert "b" not in page.tags[: page.tags.index("dl")]
    assert "<b>toy</b>: cat" in page.text
    assert "set aside: no <animal> & nothing" in page.text


def test_the_measurements_are_those_of_the_best_epoch(searched_page: tuple[Trained, Page]) -> None:
    """The kept weights, measured again, give what the training noted."""
    done, page = searched_page
    for name in ("top-1", "top-5", "mAP"):
        assert f"{100 * done.best[f'new individuals {name}']:.1f} %" in page.text
    assert "16 photos of 4 individuals" in page.text  # without the one set aside


def test_right_and_wrong_are_told_in_words(searched_page: tuple[Trained, Page]) -> None:
    """Each neighbour is called right or another individual, not only coloured."""
    _, page = searched_page
    told = page.text.count("✓ right") + page.text.count("✗ other individual")
    assert told == page.tags.count("img") - page.text.count("query: ") == 12 * 5


def test_nothing_held_out_is_said(tmp_path: Path) -> None:
    """Without a holdout the page says so, and shows the curves alone."""
    done = trained(tmp_path, TrainingData(TRAIN, (), load), Triplet(mining="all"))
    assert done.report is not None
    page = Page(done.report)
    assert "Nothing was held out" in page.text
    assert page.tags.count("svg") == 2
    assert "img" not in page.tags
    assert "best" not in page.text


def test_a_classifier_gets_a_confusion_table(tmp_path: Path) -> None:
    """A classifier's holdout is not split by species: its table has a row for each class."""
    both = [sample(f"{s}{i}", n, s) for s in ("cat", "dog") for i in range(3) for n in range(2)]
    held = [sample(f"{s}{i}", 9, s) for s in ("cat", "dog") for i in range(7, 10)]
    data = TrainingData(tuple(both), (Holdout("new individuals", tuple(held)),), load)
    done = trained(tmp_path, data, CrossEntropy())
    assert done.report is not None
    page = Page(done.report)
    assert "What was taken for what" in page.text
    assert "Held out: new individuals" in page.text
    assert "nearest photos" not in page.text
    assert "50.0 %" in page.text  # by guessing: both classes come equally often


@pytest.mark.parametrize(
    ("seconds", "said"), [(9.6, "10 seconds"), (600, "10 minutes"), (9000, "2.5 hours")]
)
def test_durations_are_said_plainly(seconds: float, said: str) -> None:
    """Seconds up to two minutes, minutes up to two hours, then hours."""
    assert in_time(seconds) == said
