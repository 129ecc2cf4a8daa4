"""The card of a published model: the README.md that people read before they use it.

It is made from what the weights say of themselves, so that nobody has to remember how they were
made: YAML for the hub at the top (see https://huggingface.co/docs/hub/model-cards), then plain
text. It names no place, no person and no path.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from fieldmark_registry.about import About, Dataset
from fieldmark_registry.library import settings
from fieldmark_registry.licences import Licence, licence_of

_TASK = "image-feature-extraction"
_NC = re.compile(r"cc-by-nc(-sa|-nd)?-[1-4]\.[05]")
_SIDES = {
    "incomparable": "The two flanks carry different patterns and are never compared.",
    "comparable": "Both sides show the same pattern and are compared with each other.",
    "soft": "The two sides are alike but not the same; such a match counts less.",
}
_ROLES = {
    "embedder": "turns a photo of an animal into a vector, so that photos of one individual lie"
    " close together",
    "matcher": "says how likely two photos of animals show one individual",
    "preprocessor": "looks at photos of animals before individuals are told apart in them",
}
_HELD = {
    "new individuals": "animals that training never saw; they are searched among themselves",
    "new encounters": "visits that training never saw, of animals that it knows",
}


_DIGEST = (
    "The digest is computed from the photos, their labels and their part in the split. It tells"
    " whether somebody has the same data, and no more: neither photos nor places are published."
)
_MEASURES = (
    "A share lies between 0 and 1. top-1: how often the most similar photo shows the same animal;"
    " top-5: how often one of the five most similar does; mAP: how well all photos of the animal"
    " come first. Photos of one visit are never each other's evidence. More animals to choose from"
    " make it harder, so measure it on photos of your own before you rely on it."
)
_USAGE = """In a species profile:

```yaml
pipelines:
  deep:
{profile}
```

`fieldmark models pin {repo}` looks up the commit and writes the whole line; given that line,
`fieldmark models pull` fetches the weights and checks their digest."""
_NOT_FOR = (
    "It proposes who an animal may be; a person looks at the photos and decides. A high score is no"
    " proof that two photos show one animal, and a low one no proof that they do not. Species,"
    " cameras and sides of the animal other than those above were not tried. It is not for telling"
    " people apart."
)
_SENSITIVE = (
    "Only weights and text are published here: no photos, no coordinates, no paths of anybody's"
    " computer. Vectors of photos with places and dates tell where animals live, so keep a gallery"
    " made with this network as safe as the photos themselves."
)


@dataclass(frozen=True, slots=True)
class Files:
    """What the card must know of the files it is published with.

    Attributes:
        sha256: the digest of the weights.
        config: the content of `config.json`; empty if there is none.
        names: what is published beside the card.
    """

    sha256: str
    config: Mapping[str, Any]
    names: tuple[str, ...]

    @property
    def library(self) -> str:
        """`timm` where timm alone builds the network, else `fieldmark`."""
        plain = "architecture" in self.config and "fieldmark" not in self.config
        return "timm" if plain else "fieldmark"


def model_card(about: About, files: Files) -> str:
    """Return the text of README.md.

    Raises:
        HubProblem: if the library that knows the hub's form is not installed.
    """
    sections = "\n\n".join(section.rstrip() for section in _sections(about, files))
    return f"---\n{_front_matter(about, files)}\n---\n\n{sections}\n"


def _front_matter(about: About, files: Files) -> str:
    settings()  # says what to install where the library is missing
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type=_TASK, task_name="re-identification", dataset_type=slug(row.data),
            dataset_name=_line(row.data), metric_type=slug(row.measure),
            metric_name=_line(row.measure), metric_value=round(row.value, 4),
        )
        for row in about.rows
    ]  # fmt: skip
    data = ModelCardData(
        **_licence(about, files),
        library_name=files.library,
        pipeline_tag=_TASK,
        tags=["fieldmark", "wildlife", "re-identification", *map(slug, about.species)],
        base_model=about.base_model if _is_repo(about.base_model) else None,
        datasets=[slug(each.name) for each in about.sets] or None,
        metrics=list(dict.fromkeys(slug(row.measure) for row in about.rows)) or None,
        model_name=_line(about.title) if results else None,
        eval_results=results or None,
        species=list(about.species) or None,
        viewpoints=list(about.viewpoints) or None,
    )
    return data.to_yaml()


def _licence(about: About, files: Files) -> dict[str, Any]:
    """Return the hub's keys for a licence; one that it has no name for is `other`, with a name."""
    name = re.sub(r"-(only|or-later)$|\+$", "", slug(licence_of(about.licence).text))
    known = licence_of(name).kind in ("permissive", "copyleft") or _NC.fullmatch(name)
    if known:
        return {"license": name}
    link = {"license_link": "LICENSE"} if "LICENSE" in files.names else {}
    return {"license": "other", "license_name": name, **link}


def _sections(about: About, files: Files) -> Iterator[str]:
    yield f"# {_line(about.title)}\n\n{_what(about)}"
    yield f"## Species and sides\n\n{_species(about)}"
    yield f"## How it was trained\n\n{_training(about)}"
    yield f"## Data\n\n{_data(about)}"
    yield f"## How well it does\n\n{_evaluation(about)}"
    yield f"## How to use it\n\n{_usage(about, files)}"
    yield f"## What it is not for\n\n{_NOT_FOR}"
    yield f"## Licence\n\n{_terms(about)}"
    yield f"## Sensitive data\n\n{_SENSITIVE}"
    yield f"## Self-test\n\n{_self_test(files)}"
    if about.contact:
        yield f"## Contact\n\n{_line(about.contact)}"


def _what(about: About) -> str:
    role = about.record.get("role", "embedder")
    return f"A network that {_ROLES.get(role, _ROLES['embedder'])}. It was made with fieldmark."


def _species(about: About) -> str:
    opposite = _record(about, "sides").get("opposite")
    lines = [
        f"- Trained on: {', '.join(map(_line, about.species)) or 'not stated'}",
        f"- Sides of the animal: {', '.join(map(_line, about.viewpoints)) or 'not stated'}",
    ]
    if opposite in _SIDES:
        lines.append(f"- {_SIDES[opposite]}")
    return "\n".join(lines)


def _training(about: About) -> str:
    base = _line(about.base_model or "")
    begun = f"It began from the weights of {base}." if base else ""
    settings = _record(about, "settings")
    if not settings:
        return f"{begun} The weights do not say how they were trained.".strip()
    steps = [each.get("use") for each in about.record.get("preprocess", ())]
    rows = {
        "component": about.record.get("component"),
        "fieldmark": about.record.get("fieldmark"),
        "preprocess": ", ".join(map(str, steps)) or None,
        **settings,
    }
    plain = [(key.replace("_", " "), _plain(value)) for key, value in rows.items()]
    return f"{begun}\n\n{_table(('setting', 'value'), plain)}".strip()


def _data(about: About) -> str:
    record = about.record
    known = {str(each.get("name")): each for each in record.get("data", ())}
    rows = [_data_row(each, known.get(each.name, {})) for each in about.sets]
    learnt = ""
    if "photos" in record and "individuals" in record:
        learnt = f"It learnt from {record['photos']} photos of {record['individuals']} individuals."
    table = _table(("data", "photos", "licence", "digest"), rows) if rows else "Not stated."
    stated = ", ".join(map(str, record.get("licences", ())))
    terms = f"Licences that the data state: {stated}." if stated else ""
    return "\n\n".join(filter(None, (learnt, table, terms, _DIGEST if known else "")))


def _data_row(each: Dataset, known: Mapping[str, Any]) -> tuple[str, ...]:
    licence = licence_of(each.licence).text
    return each.name, str(known.get("photos", "–")), licence, str(known.get("sha256", "–"))[:16]


def _evaluation(about: About) -> str:
    if not about.rows:
        return "It has not been measured. Measure it on photos of your own before you rely on it."
    table = _table(
        ("data", "measure", "value", "note"),
        [(row.data, row.measure, f"{row.value:.4g}", row.note) for row in about.rows],
    )
    held = [
        f"- {name}: {means}."
        for name, means in _HELD.items()
        if any(row.data.startswith(name) for row in about.rows)
    ]
    return "\n\n".join(filter(None, (table, "\n".join(held), _MEASURES)))


def _usage(about: About, files: Files) -> str:
    use = str(about.record.get("component") or files.library)
    address = f"hf://{about.repo}@<commit>/model.safetensors#sha256={files.sha256}"
    trained = f'{{use: {use}, weights: "{address}"}}'
    steps = [_step(each) for each in about.record.get("preprocess", ())]
    lines = {
        "preprocessor": [f"preprocess: [{', '.join([*steps, trained])}]"],
        "matcher": [f"preprocess: [{', '.join(steps)}]", f"match: {trained}"],
    }.get(
        str(about.record.get("role")),
        [f"preprocess: [{', '.join(steps)}]", f"embed: {trained}", "match: {use: nearest}"],
    )
    profile = "\n".join(f"    {line}" for line in lines)
    return _USAGE.format(profile=profile, repo=about.repo)


def _step(step: Mapping[str, Any]) -> str:
    """Return a preprocessing step as one line of a profile."""
    told = {key: value for key, value in step.items() if value}
    return str(yaml.safe_dump(told, default_flow_style=True, width=10_000, sort_keys=False)).strip()


def _terms(about: About) -> str:
    lines = [_sentence(licence_of(about.licence))]
    if about.base_model:
        base = _sentence(about.base_licence or licence_of(None))
        lines.append(f"The weights it began from, {_line(about.base_model)}: {base}")
    if about.permission:
        lines.append(f"Permission to publish it: {_line(about.permission)}")
    return "\n\n".join(lines)


def _sentence(licence: Licence) -> str:
    return f"{licence.sentence[:1].upper()}{licence.sentence[1:]}."


def _record(about: About, key: str) -> Mapping[str, Any]:
    value = about.record.get(key)
    return value if isinstance(value, Mapping) else {}


def _plain(value: object) -> str:
    """Return a setting as words: `kind arcface, centers 3`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value))
    words = {None: "none", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    """Return text as one line, so that it cannot break out of where it stands."""
    return " ".join(text.split())


def slug(text: str) -> str:
    """Return a text as the hub writes names: small letters, digits, `.`, `-`; `ORG/NAME` stays."""
    if _is_repo(text):
        return text
    return re.sub(r"[^a-z0-9.]+", "-", text.casefold()).strip("-.") or "unnamed"


def _self_test(files: Files) -> str:
    if "self_test.json" not in files.names:
        return "None is published with this model."
    return (
        "`self_test.json` holds what the network made of a few pictures when it was published;"
        " `fieldmark models test NAME` makes it again and says whether this computer agrees."
    )


def _is_repo(text: str | None) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", text or "", re.ASCII))
