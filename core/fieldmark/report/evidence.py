"""What is said of evidence that lies outside the animal."""

from dataclasses import dataclass

NOTHING = 0.01
"""Share of the area below which what lies outside the boxes is an edge, and says nothing."""
MOST = 0.5
"""Share of the evidence that is most of it; below it nothing is warned of."""


@dataclass(frozen=True)
class Background:
    """How much of what makes two photos alike lies outside the animals.

    Attributes:
        share: 0–1; None where there is no evidence.
        even: what the share would be if the evidence were spread evenly over what was looked at.
        masked: whether masks say where both animals are; otherwise their boxes do.
    """

    share: float | None
    even: float
    masked: bool

    @property
    def limit(self) -> float:
        """The share from which on it is warned of.

        More than half, because then the place may speak louder than the animal; and more than
        evenly spread evidence, because maps are coarse and animals slim: with masks half of a
        right match may lie beside the animal (measured in `docs/explain.md`).
        """
        return max(MOST, self.even)

    @property
    def sentence(self) -> str:
        """Where the evidence lies."""
        if self.share is None:
            return "Nothing was found that makes the two alike."
        if not self.masked and self.even < NOTHING:
            return (
                "How much of the evidence is background is not known: nothing but the animals'"
                " boxes was looked at, and no masks say where in them the animals are."
            )
        said = (
            f"{_percent(self.share)} of the evidence lies outside the {self._animal}; spread"
            f" evenly it would be {_percent(self.even)}"
        )
        if self.masked:
            return f"{said}."
        return f"{said}. Without a mask, background inside the box counts as the animal."

    @property
    def warning(self) -> str | None:
        """One sentence when too much of the evidence lies outside the animals; else None."""
        if self.share is None or self.share <= self.limit:
            return None
        return (
            f"The match may rest on the background: {_percent(self.share)} of the evidence lies"
            f" outside the {self._animal}, more than half of it and more than the"
            f" {_percent(self.even)} that would lie there by chance; compare the coats by eye."
        )

    @property
    def _animal(self) -> str:
        return "animal" if self.masked else "animal's box"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
