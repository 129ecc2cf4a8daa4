"""What a licence allows, in words: a rule, not a remark.

A licence is read as the Hub and SPDX write it (`apache-2.0`, `Apache-2.0`, `CC BY-NC 4.0`). What is
not known counts as `other`, never as permissive.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from fieldmark_registry.problems import LicenceProblem

Kind: TypeAlias = Literal["permissive", "copyleft", "other", "non-commercial", "none stated"]
Policy: TypeAlias = Literal["any", "permissive"]
NONE_STATED: Final = "none stated"

_PERMISSIVE = re.compile(
    r"mit(-0)?|apache-2\.0|bsd(-[1-4]-clause)?(-clear|-patent)?|0bsd|isc|cc0-1\.0|cc-by-[34]\.0"
    r"|unlicense|zlib|bsl-1\.0"
)
_COPYLEFT = re.compile(
    r"(a|l)?gpl(-[1-3](\.[0-9])?)?(-only|-or-later|\+)?|mpl(-[12]\.[01])?|cc-by-sa(-[1-4]\.[05])?"
)
_NON_COMMERCIAL = re.compile(r"(?<![a-z0-9])nc(?![a-z0-9])|non-?commercial")
_NOT_STATED = ("", NONE_STATED, "none", "unknown", "n/a")
_LONGEST = 100
_JOINT = re.compile(r"-(?:and|or(?!-later))-")

# The order of `Kind` is that of freedom: of two licences that both hold, the later counts.
_ORDER: tuple[Kind, ...] = ("permissive", "copyleft", "other", "non-commercial", NONE_STATED)

_MEANING: Mapping[Kind, str] = {
    "permissive": "may be used, changed and shared, also commercially, when its notice is kept",
    "copyleft": "may be used, also commercially; what is made from it and shared stays under it",
    "non-commercial": "may not be used commercially",
    "other": "has terms of its own; read them before use",
    NONE_STATED: "all rights stay with the authors; ask them before use",
}
_SPELLED: Mapping[str, str] = {
    word.casefold(): word
    for word in ("Apache", "Clause", "Clear", "Patent", "Unlicense", "Zlib", "only", "or", "later")
}


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and what kind it is.

    Attributes:
        text: its SPDX name where it is known, else as its authors wrote it; or `none stated`.
        kind: `permissive`, `copyleft`, `non-commercial`, `other` or `none stated`.
    """

    text: str
    kind: Kind

    @property
    def permissive(self) -> bool:
        """Whether anyone may use it for anything when the notice is kept."""
        return self.kind == "permissive"

    @property
    def sentence(self) -> str:
        """What it means for use, in one sentence without a full stop."""
        name = "no licence is stated" if self.kind == NONE_STATED else self.text
        return f"{name}: {_MEANING[self.kind]}"


def licence_of(text: str | None) -> Licence:
    """Return the licence that a card or a repository names; None or empty is `none stated`."""
    # The text comes from strangers and goes to terminals and reports.
    printable = "".join(each if each.isprintable() else " " for each in text or "")
    words = " ".join(printable.split())[:_LONGEST]
    if words.casefold() in _NOT_STATED:
        return Licence(NONE_STATED, NONE_STATED)
    plain = re.sub(r"[\s_]+", "-", words.casefold())
    known = _single(plain) in ("permissive", "copyleft") or plain.startswith("cc-")
    return Licence(_spelled(plain) if known else words, _kind(plain))


def refuse(licence: Licence, policy: Policy, what: str) -> None:
    """Refuse weights whose licence a policy does not allow.

    Args:
        licence: theirs.
        policy: `any` allows everything, `permissive` permissive licences only.
        what: what to call them in the message, such as a card's name.

    Raises:
        LicenceProblem: naming the licence and what to type.
    """
    if policy == "any" or licence.permissive:
        return
    raise LicenceProblem(
        f"{what} is refused by the licence policy 'permissive' ({licence.sentence}); choose other"
        " weights: fieldmark models list, or allow every licence: --licence-policy any"
    )


def _kind(plain: str) -> Kind:
    """Return the kind of one licence, or of several joined by `AND` or by `OR`."""
    parts = _JOINT.split(plain.replace("(", "").replace(")", ""))
    joints = set(_JOINT.findall(plain))
    kinds = sorted((_single(part) for part in parts), key=_ORDER.index)
    # Who may choose takes the freest; everyone else, and what mixes the two, is bound by the last.
    return kinds[0] if joints == {"-or-"} else kinds[-1]


def _single(plain: str) -> Kind:
    if _NON_COMMERCIAL.search(plain):
        return "non-commercial"
    if _PERMISSIVE.fullmatch(plain):
        return "permissive"
    return "copyleft" if _COPYLEFT.fullmatch(plain) else "other"


def _spelled(plain: str) -> str:
    return "-".join(_SPELLED.get(word, word.upper()) for word in plain.split("-"))
