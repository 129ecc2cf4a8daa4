"""Bringing together what a source says of one photo, in boxes and without."""

from dataclasses import dataclass, field, replace

from fieldmark.catalog.imports.items import Animal, Detections, Seen
from fieldmark.catalog.imports.summary import Tally
from fieldmark.types import WHOLE


@dataclass
class Gathered:
    """What is known of one photo while its rows are read.

    Attributes:
        boxed: what has a box; people and vehicles without one have the whole photo as theirs.
        whole: animals that nobody has boxed.
        looked: whether somebody looked, and saw perhaps nothing.
    """

    boxed: list[Seen] = field(default_factory=list)
    whole: list[Animal] = field(default_factory=list)
    looked: bool = False

    def add(self, label: str, box: Seen | None, animal: Animal) -> None:
        """Take in one row: a label from `labels.meaning`, and a box where there is one."""
        if label == "blank":
            self.looked = True
        elif label != "animal":
            one = box or Seen(WHOLE, label, None)
            self.boxed.append(replace(one, label=label))
        elif box is not None:
            self.boxed.append(replace(box, animal=animal))
        else:
            self.whole.append(animal)

    def detections(self) -> Detections | None:
        """Return the boxes; None if nobody has looked for them."""
        return tuple(self.boxed) if self.boxed or self.looked else None

    def animals(self, tally: Tally) -> tuple[Animal, ...]:
        """Return the one animal that the whole photo stands for, if there is one.

        Several animals without boxes cannot be told apart, so the photo has no name. Beside boxed
        animals, those without a box are left out.
        """
        if not self.whole:
            return ()
        if any(one.label == "animal" for one in self.boxed):
            tally.remark("an animal without a box, beside others that have one, was left out")
            return ()
        first = self.whole[0]
        if len(self.whole) == 1:
            return (first,)
        tally.remark("the photo shows several animals without boxes, so no name was used")
        species = {one.species for one in self.whole}
        return (Animal(species=first.species if len(species) == 1 else "", certain=first.certain),)
