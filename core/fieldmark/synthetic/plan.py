"""What a synthetic survey holds, and when and where each of its photos is taken.

Nothing but the coat tells individuals apart: stations, hours, poses, sizes and light are drawn
without regard to who is in front of the camera.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from fieldmark.errors import UserError
from fieldmark.synthetic.noise import Stream, generator
from fieldmark.synthetic.patterns import FLANKS, KINDS, Flank, Kind
from fieldmark.synthetic.shots import Shot

NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper",
    "Kapok", "Larch", "Maple", "Neem", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak",
)  # fmt: skip
"""Names of the first individuals; later ones repeat them with a number."""

_SLOT = timedelta(minutes=20)
_SLOTS_A_DAY = 72
_PAIR_GAP = timedelta(seconds=5)
_BURST_GAP = timedelta(seconds=2)
# Cats are most active at dawn and dusk, and active at night; here enough walk by day to look at.
_ACTIVE_BY_DAY = 0.9
_ACTIVE_AT_NIGHT = 0.7
_ACTIVE_AT_TWILIGHT = 1.3
_DAWN, _DUSK = slice(16, 21), slice(52, 57)


@dataclass(frozen=True)
class SurveyPlan:
    """What to photograph; the same plan always gives the same bytes.

    Attributes:
        individuals: Number of animals.
        stations: Number of camera stations.
        encounters: Visits of each individual.
        photos: Photos of each flank seen in a visit, two seconds apart.
        pairs: Share of the visits, 0..1, in which paired cameras show both flanks.
        kind: Coat of the species: stripes, spots or rosettes.
        width: Width of the photos in pixels.
        height: Height of the photos in pixels.
        seed: Decides everything else.
        species: Name of the species in ``truth.csv``.
        start: First day.
        days: Length of the survey.
    """

    individuals: int = 11
    stations: int = 5
    encounters: int = 5
    photos: int = 1
    pairs: float = 0.2
    kind: Kind = "stripes"
    width: int = 800
    height: int = 600
    seed: int = 1
    species: str = "synthetic cat"
    start: date = date(2024, 3, 1)
    days: int = 60

    def __post_init__(self) -> None:
        for name, (expected, fits) in _RULES.items():
            value = getattr(self, name)
            if not fits(value):
                raise UserError(f"{name}: expected {expected}, got {value!r}")
        room = self.days * _SLOTS_A_DAY // 2
        if self.individuals * self.encounters > room:
            got = f"{self.individuals} individuals x {self.encounters} encounters"
            raise UserError(f"days: expected room for all encounters (at most {room}), got {got}")

    def __len__(self) -> int:
        """Return the number of photos."""
        return self.individuals * (self.encounters + self.pairs_each) * self.photos

    @property
    def pairs_each(self) -> int:
        """Number of visits of each individual that show both flanks."""
        return round(self.pairs * self.encounters)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photos."""
        return self.width, self.height


def _whole(low: int, high: int) -> tuple[str, Callable[[object], bool]]:
    def fits(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return f"a whole number from {low} to {high}", fits


_RULES: dict[str, tuple[str, Callable[[object], bool]]] = {
    "individuals": _whole(1, 100_000),
    "stations": _whole(1, 9_999),
    "encounters": _whole(1, 1_000),
    "photos": _whole(1, 20),
    "pairs": ("a share from 0 to 1", lambda v: isinstance(v, int | float) and 0 <= v <= 1),
    "kind": (f"one of {', '.join(KINDS)}", lambda v: v in KINDS),
    "width": _whole(64, 4096),
    "height": _whole(64, 4096),
    "seed": _whole(0, 2**63 - 1),
    "species": (
        "a name on one line",
        lambda v: isinstance(v, str) and bool(v.strip()) and v.isprintable(),
    ),
    "start": (
        "a date from 1950 to 2100",
        lambda v: isinstance(v, date) and not isinstance(v, datetime) and 1950 <= v.year <= 2100,
    ),
    "days": _whole(1, 3650),
}


@dataclass(frozen=True)
class Sighting:
    """One photo to be taken: who, which flank, where and when; numbers count from 0."""

    individual: int
    flank: Flank
    station: int
    encounter: int
    when: datetime
    file: str

    @property
    def identity(self) -> str:
        """Name of the individual."""
        again, first = divmod(self.individual, len(NAMES))
        return NAMES[first] + (f"-{again + 1}" if again else "")

    @property
    def station_name(self) -> str:
        """Name of the station, also the name of its folder."""
        return f"ST{self.station + 1:02d}"

    @property
    def path(self) -> str:
        """Path of the photo below the survey's folder."""
        return f"photos/{self.station_name}/{self.file}"


def demo_plan(kind: Kind = "stripes", seed: int = 1) -> SurveyPlan:
    """Return the plan of ``fieldmark demo``: 66 photos of 11 individuals at 5 stations."""
    return SurveyPlan(kind=kind, seed=seed)


@lru_cache(maxsize=8)
def schedule(plan: SurveyPlan) -> tuple[Sighting, ...]:
    """Return every photo of the plan by station and time, as cameras number their files."""
    drawn = sorted(_encounters(plan), key=lambda s: (s.station, s.when))
    counts = dict.fromkeys(range(plan.stations), 0)
    numbered = []
    for sighting in drawn:
        counts[sighting.station] += 1
        values = {field.name: getattr(sighting, field.name) for field in fields(sighting)}
        numbered.append(Sighting(**values | {"file": f"IMG_{counts[sighting.station]:04d}.JPG"}))
    return tuple(numbered)


def shot_of(plan: SurveyPlan, index: int) -> Shot:
    """Return what decides the pixels of photo ``index`` (from 0, in the order of ``schedule``)."""
    sighting = schedule(plan)[index]
    return Shot(
        kind=plan.kind,
        individual_seed=individual_seed(plan.seed, sighting.individual),
        flank=sighting.flank,
        scene_seed=plan.seed,
        station=sighting.station,
        hour=sighting.when.hour + sighting.when.minute / 60,
        seed=_number(Stream.PLACE, plan.seed, index, 2),
        size=plan.size,
    )


def individual_seed(survey_seed: int, individual: int) -> int:
    """Return the seed of an individual's coat, unrelated to every other seed of the survey."""
    return _number(Stream.INDIVIDUAL, survey_seed, individual)


def _number(stream: Stream, *keys: int) -> int:
    return int(generator(stream, *keys).integers(2**62))


def _encounters(plan: SurveyPlan) -> Iterator[Sighting]:
    """Yield the photos of every visit; only their file names are still to be found."""
    times = _times(plan)
    for individual in range(plan.individuals):
        rng = generator(Stream.SCHEDULE, plan.seed, 1, individual)
        stations = rng.integers(plan.stations, size=plan.encounters).tolist()
        first = int(rng.integers(2))
        paired = set(rng.permutation(plan.encounters)[: plan.pairs_each].tolist())
        for visit, station in enumerate(stations):
            encounter = individual * plan.encounters + visit
            flanks = (FLANKS[(first + visit) % 2], FLANKS[(first + visit + 1) % 2])
            shown = flanks if visit in paired else flanks[:1]
            for flank, late in _exposures(plan, shown):
                when = times[encounter] + late
                yield Sighting(individual, flank, station, encounter, when, file="")


def _exposures(plan: SurveyPlan, shown: tuple[Flank, ...]) -> Iterator[tuple[Flank, timedelta]]:
    """Yield each photo's flank and delay; the second of two paired cameras fires a bit later."""
    for turn, flank in enumerate(shown):
        for burst in range(plan.photos):
            yield flank, turn * _PAIR_GAP + burst * _BURST_GAP


def _times(plan: SurveyPlan) -> list[datetime]:
    """Draw a different moment for each encounter, at least a few minutes apart."""
    rng = generator(Stream.SCHEDULE, plan.seed, 0)
    weight = np.full(_SLOTS_A_DAY, _ACTIVE_AT_NIGHT)
    weight[_DAWN.stop : _DUSK.start] = _ACTIVE_BY_DAY
    weight[_DAWN] = weight[_DUSK] = _ACTIVE_AT_TWILIGHT
    chances = np.tile(weight, plan.days) / (weight.sum() * plan.days)
    count = plan.individuals * plan.encounters
    slots = rng.choice(len(chances), count, replace=False, p=chances)
    seconds = rng.integers(0, _SLOT.seconds * 3 // 4, count)
    begin = datetime.combine(plan.start, time())
    return [
        begin + int(slot) * _SLOT + timedelta(seconds=int(second))
        for slot, second in zip(slots, seconds, strict=True)
    ]
