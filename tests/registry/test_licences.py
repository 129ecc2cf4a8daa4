"""Licences: read as they are written, and a rule rather than a remark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_registry.licences import Kind, Licence, licence_of, refuse
from fieldmark_registry.problems import LicenceProblem


@pytest.mark.parametrize(
    ("written", "text", "kind"),
    [
        ("mit", "MIT", "permissive"),
        ("apache-2.0", "Apache-2.0", "permissive"),
        ("Apache 2.0", "Apache-2.0", "permissive"),
        ("bsd-3-clause", "BSD-3-Clause", "permissive"),
        ("isc", "ISC", "permissive"),
        ("cc0-1.0", "CC0-1.0", "permissive"),
        ("CC BY 4.0", "CC-BY-4.0", "permissive"),
        ("cc-by-3.0", "CC-BY-3.0", "permissive"),
        ("unlicense", "Unlicense", "permissive"),
        ("zlib", "Zlib", "permissive"),
        ("0bsd", "0BSD", "permissive"),
        ("bsl-1.0", "BSL-1.0", "permissive"),
        ("gpl-3.0", "GPL-3.0", "copyleft"),
        ("AGPL-3.0-or-later", "AGPL-3.0-or-later", "copyleft"),
        ("lgpl-2.1-only", "LGPL-2.1-only", "copyleft"),
        ("mpl-2.0", "MPL-2.0", "copyleft"),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0", "copyleft"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0", "non-commercial"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", "non-commercial"),
        ("PolyForm-Noncommercial-1.0.0", "PolyForm-Noncommercial-1.0.0", "non-commercial"),
        ("cc-by-nd-4.0", "CC-BY-ND-4.0", "other"),
        ("openrail", "openrail", "other"),
        ("bsd-protection", "bsd-protection", "other"),
        ("busl-1.1", "busl-1.1", "other"),
        ("mitigated", "mitigated", "other"),
        ("other", "other", "other"),
        (None, "none stated", "none stated"),
        ("", "none stated", "none stated"),
        (" None Stated ", "none stated", "none stated"),
        ("unknown", "none stated", "none stated"),
        ("MIT OR GPL-3.0-or-later", "MIT OR GPL-3.0-or-later", "permissive"),
        ("MIT AND CC-BY-NC-4.0", "MIT AND CC-BY-NC-4.0", "non-commercial"),
        ("Apache-2.0 AND (MIT OR foo)", "Apache-2.0 AND (MIT OR foo)", "other"),
    ],
)
def test_licences_are_known_by_every_spelling(written: str | None, text: str, kind: Kind) -> None:
    """SPDX, the hub and people spell one licence differently; what is not known is `other`."""
    assert licence_of(written) == Licence(text, kind)


@given(st.text())
def test_no_text_upsets_a_terminal(text: str) -> None:
    """Whatever a stranger's page says, a licence's text is short and printable."""
    licence = licence_of(text)
    assert licence.text.isprintable()
    assert 0 < len(licence.text) <= 100
    assert not licence.permissive or len(text) >= 3


@pytest.mark.parametrize("text", ["mit", "gpl-3.0", "cc-by-nc-4.0", "openrail", None])
def test_the_meaning_is_one_sentence(text: str | None) -> None:
    """What a licence means is said with its name, in a sentence that can stand in another."""
    licence = licence_of(text)
    name = "no licence is stated" if text is None else licence.text
    assert licence.sentence.startswith(f"{name}: ")
    assert not licence.sentence.endswith(".")


@pytest.mark.parametrize("text", ["gpl-3.0", "cc-by-nc-4.0", "openrail", None])
def test_the_permissive_policy_refuses_all_others(text: str | None) -> None:
    """The policy `permissive` refuses what is not, and says how to allow it; `any` allows it."""
    refuse(licence_of(text), "any", "lion-1")
    with pytest.raises(LicenceProblem, match=r"^lion-1 is refused .*: --licence-policy any$"):
        refuse(licence_of(text), "permissive", "lion-1")


def test_the_permissive_policy_allows_permissive_licences() -> None:
    """The policy `permissive` lets a permissive licence pass."""
    licence = licence_of("mit")
    refuse(licence, "permissive", "lion-1")
    assert licence.permissive
