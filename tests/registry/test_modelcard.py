"""The card of a published model is what the hub reads and what people need."""

from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from fieldmark_registry.about import About, Dataset, Row
from fieldmark_registry.licences import licence_of
from fieldmark_registry.modelcard import Files, model_card, slug

DIGEST = "fedcba9876543210" * 4
RECORD: dict[str, Any] = {
    "format": 1,
    "fieldmark": "0.1.0",
    "component": "tiger-siamese",
    "role": "embedder",
    "preprocess": [
        {"use": "crop", "options": {"margin": 0.05}, "weights": None},
        {"use": "resize", "options": {"height": 64, "width": 128}, "weights": None},
    ],
    "sides": {"views": ["left", "right"], "opposite": "incomparable", "soft_weight": 0.5},
    "photos": 1404,
    "individuals": 85,
    "settings": {
        "network": {"backbone": "resnet18", "mean": [0.5, 0.4, 0.3]},
        "ema": None,
        "epochs": 6,
    },
    "licences": ["CC-BY-4.0", "CC0-1.0"],
    "data": [{"name": "Amur tigers", "photos": 1887, "sha256": DIGEST}],
    "measured": {
        "epoch": 6,
        "new individuals top-1": 0.2968299711815562,
        "new individuals mAP": 0.26693721394245645,
        "new individuals queries": 347.0,
    },
}
FILES = Files(DIGEST, {}, ("config.json", "model.safetensors"))


def about(**changes: Any) -> About:
    """Return what is known of a tiger model."""
    values: dict[str, Any] = {
        "title": "Tigers",
        "licence": "CC-BY-4.0",
        "species": ("Panthera tigris",),
        "viewpoints": ("left", "right"),
        "record": RECORD,
        "repo": "acme/tigers",
    }
    return About(**{**values, **changes})


def data(text: str) -> dict[str, Any]:
    """Return the head of a card as the hub's library reads it."""
    return dict(yaml.safe_load(ModelCard(text).data.to_yaml()))


def test_head_is_what_the_hub_expects() -> None:
    """Everything that the hub knows a key for stands in the head, in its form."""
    text = model_card(about(base_model="org/base", base_licence=licence_of("mit")), FILES)
    assert data(text) == {
        "license": "cc-by-4.0",
        "library_name": "fieldmark",
        "pipeline_tag": "image-feature-extraction",
        "tags": ["fieldmark", "wildlife", "re-identification", "panthera-tigris"],
        "base_model": "org/base",
        "datasets": ["amur-tigers"],
        "metrics": ["top-1", "map"],
        "species": ["Panthera tigris"],
        "viewpoints": ["left", "right"],
        "model-index": [
            {
                "name": "Tigers",
                "results": [
                    {
                        "task": {"type": "image-feature-extraction", "name": "re-identification"},
                        "dataset": {"name": "new individuals", "type": "new-individuals"},
                        "metrics": [
                            {"type": "top-1", "value": 0.2968, "name": "top-1"},
                            {"type": "map", "value": 0.2669, "name": "mAP"},
                        ],
                    }
                ],
            }
        ],
    }


def test_head_survives_the_library() -> None:
    """The library reads the card and writes the same card again."""
    text = model_card(about(), FILES)
    assert str(ModelCard(text)) == text


def test_head_of_a_model_without_anything() -> None:
    """A model of which nothing is known but its licence has a card that says so."""
    text = model_card(About("Net", "MIT"), FILES)
    assert set(data(text)) == {"license", "library_name", "pipeline_tag", "tags"}
    for words in ("do not say how they were trained", "has not been measured", "Not stated."):
        assert words in text


@pytest.mark.parametrize(
    ("licence", "head"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("CC BY-NC 4.0", {"license": "cc-by-nc-4.0"}),
        ("cc-by-nc-sa-4.0", {"license": "cc-by-nc-sa-4.0"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("Forest Licence 2", {"license": "other", "license_name": "forest-licence-2"}),
        ("Acme non-commercial", {"license": "other", "license_name": "acme-non-commercial"}),
    ],
)
def test_licence_as_the_hub_spells_it(licence: str, head: dict[str, str]) -> None:
    """The hub knows some licences by name; any other is `other` and has a name of its own."""
    found = data(model_card(about(licence=licence), FILES))
    assert {key: value for key, value in found.items() if key.startswith("license")} == head


def test_licence_text_is_linked() -> None:
    """The text of an unknown licence is linked where it is published too."""
    files = Files(DIGEST, {}, ("LICENSE",))
    assert data(model_card(about(licence="Forest 2"), files))["license_link"] == "LICENSE"


@pytest.mark.parametrize(
    ("config", "library"),
    [
        ({"architecture": "resnet18"}, "timm"),
        ({"architecture": "resnet18", "fieldmark": {"format": 1}}, "fieldmark"),
        ({}, "fieldmark"),
    ],
)
def test_library_that_builds_the_network(config: dict[str, Any], library: str) -> None:
    """A network that timm alone can build is told to be timm's."""
    assert data(model_card(about(), Files(DIGEST, config, ())))["library_name"] == library


def test_base_that_is_not_on_the_hub_stays_in_the_text() -> None:
    """The hub's key names repositories only; words about the beginning stand in the text."""
    text = model_card(about(base_model="our model of 2024"), FILES)
    assert "base_model" not in data(text)
    assert "It began from the weights of our model of 2024." in text
    assert "our model of 2024: No licence is stated" in text


def test_text_says_what_people_need() -> None:
    """Species, side rule, recipe, data, evaluation, use, limits and licence stand in the text."""
    text = model_card(about(contact="reid@example.org"), FILES)
    for words in (
        "# Tigers",
        "Trained on: Panthera tigris",
        "never compared",
        "| network | backbone resnet18, mean 0.5 0.4 0.3 |",
        "| ema | none |",
        "It learnt from 1404 photos of 85 individuals.",
        f"| Amur tigers | 1887 | none stated | {DIGEST[:16]} |",
        "Licences that the data state: CC-BY-4.0, CC0-1.0.",
        "| new individuals | top-1 | 0.2968 | 347 queries |",
        "animals that training never saw",
        "a person looks at the photos and decides",
        "CC-BY-4.0: may be used",
        "no coordinates",
        "fieldmark models pin acme/tigers",
        "None is published with this model.",
        "reid@example.org",
    ):
        assert words in text


def test_scores_and_data_of_the_publisher_win() -> None:
    """An evaluation on other data takes the place of what training measured of itself."""
    text = model_card(
        about(
            scores=[Row("Corbett 2025", "top-1", 0.5)], datasets=(Dataset("acme/cats", "CC0-1.0"),)
        ),
        FILES,
    )
    assert "| Corbett 2025 | top-1 | 0.5 |  |" in text
    assert "347 queries" not in text
    assert data(text)["datasets"] == ["acme/cats"]
    assert "| acme/cats | – | CC0-1.0 | – |" in text


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("embedder", "embed"),
        ("matcher", "match"),
        ("preprocessor", "preprocess"),
    ],
)
def test_profile_lines_are_yaml(role: str, line: str) -> None:
    """The lines for a profile can be pasted: they are YAML and name the weights by their digest."""
    text = model_card(about(record={**RECORD, "role": role}), FILES)
    block = text.partition("```yaml\n")[2].partition("```")[0]
    deep = yaml.safe_load(block)["pipelines"]["deep"]
    steps = deep["preprocess"]
    part = steps[-1] if line == "preprocess" else deep[line]
    weights = f"hf://acme/tigers@<commit>/model.safetensors#sha256={DIGEST}"
    assert part == {"use": "tiger-siamese", "weights": weights}
    assert steps[0] == {"use": "crop", "options": {"margin": 0.05}}


def test_permission_and_self_test_are_told() -> None:
    """Who allowed the publication and how to test the weights stand in the card."""
    files = Files(DIGEST, {}, ("self_test.json",))
    text = model_card(about(base_model="org/net", permission="Dr X,\n2026-01-02"), files)
    assert "Permission to publish it: Dr X, 2026-01-02" in text
    assert "`fieldmark models test NAME`" in text


def test_words_cannot_break_the_card() -> None:
    """A title or a name with line breaks, bars or YAML in it stays what it is."""
    odd = "a: [1]\n---\n# b | c"
    text = model_card(about(title=odd, scores=[Row(odd, "top-1", 0.1, odd)]), FILES)
    assert data(text)["model-index"][0]["name"] == "a: [1] --- # b | c"
    assert "| a: [1] --- # b \\| c | top-1 |" in text
    assert str(ModelCard(text)) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Panthera tigris", "panthera-tigris"),
        ("org/Name.1", "org/Name.1"),
        ("mAP", "map"),
        ("é", "unnamed"),
    ],
)
def test_names_as_the_hub_writes_them(text: str, name: str) -> None:
    """Tags are small letters and digits; the name of a repository stays as it is."""
    assert slug(text) == name
