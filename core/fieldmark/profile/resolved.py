"""A profile written out in full: everything that it inherits, and which file said it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from fieldmark.profile.checks import Installed
from fieldmark.profile.inheritance import Member, ProfileText, family
from fieldmark.profile.loading import checked
from fieldmark.profile.merging import merges
from fieldmark.profile.models import Profile
from fieldmark.wording import Loc

_PLAIN = re.compile(r"[A-Za-z][\w ./-]*")
"""Text that means the same with and without quotes, in YAML 1.1 and 1.2, but for a few words that
PyYAML itself puts in quotes."""


_NOTHING = object()
"""What a file says of a part that it does not mention."""


class _Dumper(yaml.SafeDumper):
    """Quotes whatever some reader of YAML could take for something else than text."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def resolved_text(path: Path, installed: Installed | None = None) -> str:
    """Return a profile's file with everything that it inherits, as YAML that reads the same.

    Above each part, and each pipeline, a note names the files that say it, nearest first.

    Raises:
        ProfileError: as `load_profile`.
    """
    members = family(ProfileText.open(path), path.parent, path)
    checked(members, installed)
    value = members[0].text.value
    lines = [f"# The profile {path.stem}, with everything that it inherits."]
    for key in Profile.model_fields:
        if key in value:
            lines += ["", f"# {_sources(members, (key,))}", *_part(members, key, value[key])]
    return "\n".join(lines) + "\n"


def _part(members: Sequence[Member], key: str, value: Any) -> Iterator[str]:  # noqa: ANN401
    if key != "pipelines":
        yield _yaml({key: value})
        return
    yield f"{key}:"
    for name, pipeline in value.items():
        yield f"  # {_sources(members, (key, name))}"
        yield "\n".join(f"  {line}" for line in _yaml({name: pipeline}).splitlines())


def _yaml(value: dict[str, Any]) -> str:
    (inside,) = value.values()
    text: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None if isinstance(inside, dict | list) else False,
        width=100,
    )
    return text.rstrip("\n")


def _sources(members: Sequence[Member], at: Loc) -> str:
    """Return the files whose words are part of what the profile says at a place."""
    files: list[str] = []
    above: object = None
    for member in members:
        said = _said(member, at)
        if said is _NOTHING:
            continue
        if files and not merges(said, above, at):
            break
        if not files or _adds(said, above, at):
            files.append(str(member.path or member.text.file))
        above = said if above is None else _over(said, above)
    return " and ".join(files)


def _said(member: Member, at: Loc) -> Any:  # noqa: ANN401 -- plain YAML values
    value = member.text.own
    for part in at:
        value = value.get(part, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def _adds(below: Any, above: Any, at: Loc) -> bool:  # noqa: ANN401
    """Say whether anything of what is inherited at a place is left there."""
    if not merges(below, above, at):
        return False
    return any(
        key not in above or _adds(value, above[key], (*at, key)) for key, value in below.items()
    )


def _over(below: Any, above: Any) -> Any:  # noqa: ANN401
    """Return one value over another, with every `null` that removes something further below."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
