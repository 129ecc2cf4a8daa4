"""What grows where: the ingredients of a station's scene."""

from dataclasses import dataclass

from fieldmark.synthetic.noise import Colour


@dataclass(frozen=True)
class Habitat:
    """Counts and colours from which a scene is drawn; no two habitats are easily confused.

    Attributes:
        name: Plain name.
        horizon: Height of the horizon, as a share of the picture from the top.
        sky: Colours at the top of the sky and at the horizon; for a closed wood, its dark depths.
        earth: Two colours between which the ground varies.
        path: Colour of the trodden path.
        grass: Colour of grass.
        leaf: Colour of leaves.
        bark: Colour of trunks.
        stone: Colour of rocks.
        blades: Number of grass blades behind the animal.
        sward: Height of grass as a share of the picture, at the bottom edge.
        bushes: Number of bushes.
        trees: Number of trunks.
        rocks: Number of rocks.
        hills: Number of ridges at the horizon.
        closed: Whether leaves hide the sky.
    """

    name: str
    horizon: float
    sky: tuple[Colour, Colour]
    earth: tuple[Colour, Colour]
    path: Colour
    grass: Colour
    leaf: Colour
    bark: Colour
    stone: Colour
    blades: int
    sward: float
    bushes: int
    trees: int
    rocks: int
    hills: int
    closed: bool


HABITATS = (
    Habitat(
        "dry savanna",
        horizon=0.34,
        sky=((0.52, 0.68, 0.86), (0.86, 0.88, 0.86)),
        earth=((0.62, 0.52, 0.34), (0.74, 0.64, 0.44)),
        path=(0.74, 0.62, 0.46),
        grass=(0.70, 0.60, 0.34),
        leaf=(0.42, 0.46, 0.24),
        bark=(0.36, 0.29, 0.22),
        stone=(0.55, 0.50, 0.45),
        blades=2600,
        sward=0.13,
        bushes=5,
        trees=2,
        rocks=2,
        hills=2,
        closed=False,
    ),
    Habitat(
        "wet forest",
        horizon=0.42,
        sky=((0.10, 0.16, 0.09), (0.30, 0.40, 0.22)),
        earth=((0.28, 0.22, 0.15), (0.40, 0.32, 0.20)),
        path=(0.42, 0.34, 0.24),
        grass=(0.24, 0.40, 0.16),
        leaf=(0.20, 0.40, 0.16),
        bark=(0.33, 0.28, 0.23),
        stone=(0.38, 0.38, 0.34),
        blades=900,
        sward=0.10,
        bushes=16,
        trees=9,
        rocks=1,
        hills=0,
        closed=True,
    ),
    Habitat(
        "stony hill",
        horizon=0.30,
        sky=((0.60, 0.72, 0.86), (0.88, 0.89, 0.88)),
        earth=((0.50, 0.46, 0.40), (0.64, 0.59, 0.52)),
        path=(0.62, 0.57, 0.50),
        grass=(0.56, 0.54, 0.36),
        leaf=(0.36, 0.42, 0.28),
        bark=(0.40, 0.35, 0.30),
        stone=(0.60, 0.57, 0.53),
        blades=700,
        sward=0.07,
        bushes=4,
        trees=0,
        rocks=22,
        hills=3,
        closed=False,
    ),
    Habitat(
        "river bed",
        horizon=0.38,
        sky=((0.62, 0.74, 0.84), (0.90, 0.90, 0.86)),
        earth=((0.78, 0.71, 0.60), (0.88, 0.82, 0.71)),
        path=(0.82, 0.75, 0.64),
        grass=(0.46, 0.56, 0.26),
        leaf=(0.34, 0.50, 0.22),
        bark=(0.46, 0.40, 0.33),
        stone=(0.66, 0.62, 0.57),
        blades=500,
        sward=0.16,
        bushes=12,
        trees=3,
        rocks=8,
        hills=1,
        closed=False,
    ),
    Habitat(
        "dry woodland",
        horizon=0.40,
        sky=((0.42, 0.40, 0.28), (0.70, 0.68, 0.54)),
        earth=((0.48, 0.36, 0.24), (0.60, 0.47, 0.31)),
        path=(0.62, 0.50, 0.36),
        grass=(0.58, 0.50, 0.28),
        leaf=(0.46, 0.46, 0.22),
        bark=(0.48, 0.42, 0.36),
        stone=(0.50, 0.45, 0.40),
        blades=1500,
        sward=0.09,
        bushes=7,
        trees=12,
        rocks=3,
        hills=0,
        closed=True,
    ),
)
