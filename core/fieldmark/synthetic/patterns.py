"""Coat patterns grown by reaction-diffusion, one for each flank of each individual.

The reaction is Gray and Scott's (1984), u + 2v -> 3v, in Pearson's form (Science 261:189, 1993)::

    du/dt = Du lap(u) - u v^2 + F (1 - u)
    dv/dt = Dv lap(v) + u v^2 - (F + k) v

Pearson's map of the (F, k) plane tells where stripes and where spots grow; Du is twice Dv, as his.
Stripes run down the body because v spreads farther along them than across them: only an anisotropy
that *differs* between the two substances aligns a pattern (Shoji, Iwasa, Mochizuki and Kondo, J.
Theor. Biol. 214:549, 2002; anisotropic coats were first drawn by Witkin and Kass, SIGGRAPH 1991).
Rosettes need two stages, as Turk (SIGGRAPH 1991) grew leopard coats and Liu, Liaw and Maini (Phys.
Rev. E 74:011914, 2006) explained them: spots first, then a second reaction that lives only along
their rims.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from fieldmark.errors import UserError
from fieldmark.synthetic.noise import (
    FloatArray,
    Stream,
    generator,
    resample,
    smooth_noise,
    smoothstep,
)

Kind = Literal["stripes", "spots", "rosettes"]
Flank = Literal["left", "right"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FLANKS: tuple[Flank, ...] = get_args(Flank)

GRID = (96, 192)
"""Cells of the reaction grid, (dorsal to ventral, rump to nose); it wraps round at its edges."""
DETAIL = 4
"""Texels of a finished coat per cell of the grid."""

_SEED_CELLS = 6
_MODULATION = (3, 6)
_SOFTNESS = 0.05
_TEXELS = (GRID[0] * DETAIL, GRID[1] * DETAIL)


@dataclass(frozen=True)
class Coat:
    """The markings of one flank.

    ``dark`` and ``fill`` have shape (384, 768), float32 in 0..1: how far a texel has the dark
    colour, and how far the ground inside a rosette is tinted. Rows run from the back down to the
    belly and on; columns run from the rump to the nose. Both wrap round at their edges.
    """

    dark: FloatArray
    fill: FloatArray


@dataclass(frozen=True)
class Reaction:
    """One Gray-Scott reaction: feed F, kill k, diffusion of u and of v, and time steps.

    Diffusion is per step of time and cell of the grid, (from rump to nose, from back to belly).
    """

    feed: float
    kill: float
    spread_u: tuple[float, float]
    spread_v: tuple[float, float]
    steps: int


# From the regions of Pearson's map where stripes and where dividing spots fill the dish.
STRIPES = Reaction(0.035, 0.060, (0.16, 0.16), (0.0735, 0.0865), 1000)
SPOTS = Reaction(0.030, 0.0613, (0.16, 0.16), (0.08, 0.08), 1500)
# The first stage of rosettes runs on a grid half as fine, so its spots come out twice as large.
ROSETTE_CORES = Reaction(0.030, 0.0615, (0.125, 0.125), (0.0625, 0.0625), 1800)
ROSETTE_RIMS = Reaction(0.035, 0.058, (0.16, 0.16), (0.075, 0.075), 420)


@lru_cache(maxsize=32)
def grow_coat(kind: Kind, individual_seed: int, flank: Flank) -> Coat:
    """Grow the coat of one flank of one individual; about 0.15 s, the last 32 are remembered."""
    if kind not in KINDS or flank not in FLANKS:
        raise UserError(f"expected one of {KINDS} and one of {FLANKS}, got {kind!r} and {flank!r}")
    rng = generator(Stream.COAT, individual_seed, FLANKS.index(flank))
    coat = _GROWERS[kind](rng)
    coat.dark.setflags(write=False)
    coat.fill.setflags(write=False)
    return coat


def react(reaction: Reaction, kill: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """Run a reaction from the start ``u``, ``v`` with a kill rate for each cell; return v.

    All three have shape (h, w), float32, concentrations in 0..1, edges joined to the opposite
    edges. ``kill`` replaces the reaction's own constant.
    """
    u_padded, v_padded = (np.pad(field, 1).astype(np.float32) for field in (u, v))
    u_inner, v_inner = u_padded[1:-1, 1:-1], v_padded[1:-1, 1:-1]
    feed = np.float32(reaction.feed)
    u_keep = np.float32(1.0 - 2.0 * sum(reaction.spread_u)) - feed
    v_keep = np.float32(1.0 - 2.0 * sum(reaction.spread_v)) - feed - kill
    inflow, work, made = (np.empty_like(kill) for _ in range(3))
    for _ in range(reaction.steps):
        np.multiply(v_inner, v_inner, out=made)
        made *= u_inner
        _inflow(u_padded, reaction.spread_u, inflow, work)
        u_inner *= u_keep
        u_inner += inflow
        u_inner -= made
        u_inner += feed
        _inflow(v_padded, reaction.spread_v, inflow, work)
        v_inner *= v_keep
        v_inner += inflow
        v_inner += made
    return v_inner.copy()


def _inflow(
    padded: FloatArray, spread: tuple[float, float], out: FloatArray, work: FloatArray
) -> None:
    """Write to ``out`` what diffuses into each cell from its four neighbours."""
    padded[0], padded[-1] = padded[-2], padded[1]
    padded[:, 0], padded[:, -1] = padded[:, -2], padded[:, 1]
    np.add(padded[1:-1, :-2], padded[1:-1, 2:], out=out)
    out *= np.float32(spread[0])
    np.add(padded[:-2, 1:-1], padded[2:, 1:-1], out=work)
    work *= np.float32(spread[1])
    out += work


def _kill_map(
    rng: np.random.Generator, reaction: Reaction, shape: tuple[int, int], swing: float
) -> FloatArray:
    """Vary the kill rate slowly over the body, so that markings are thick here and thin there."""
    wave = smooth_noise(rng, shape, _MODULATION) - np.float32(0.5)
    return np.float32(reaction.kill) + np.float32(swing) * wave


def _start(
    rng: np.random.Generator, shape: tuple[int, int], share: float, cell: int = _SEED_CELLS
) -> tuple[FloatArray, FloatArray]:
    """Return u and v with blocks of reagent strewn over ``share`` of an empty dish."""
    blocks = rng.random((shape[0] // cell, shape[1] // cell)) < share
    seeded = np.kron(blocks, np.ones((cell, cell))) > 0
    return (
        np.where(seeded, 0.5, 1.0).astype(np.float32),
        np.where(seeded, 0.3, 0.0).astype(np.float32),
    )


def _ink(v: FloatArray, threshold: FloatArray | float) -> FloatArray:
    """Turn a concentration (h, w) into crisp markings at texel resolution, 0..1."""
    rows, columns = v.shape
    excess = np.pad(v - np.float32(1.0) * threshold, 2, mode="wrap")
    level = resample(excess, ((rows + 4) * DETAIL, (columns + 4) * DETAIL))
    inner = level[2 * DETAIL : -2 * DETAIL, 2 * DETAIL : -2 * DETAIL]
    return smoothstep(inner, -_SOFTNESS, _SOFTNESS)


def _grow_stripes(rng: np.random.Generator) -> Coat:
    u, v = _start(rng, GRID, share=0.3)
    grown = react(STRIPES, _kill_map(rng, STRIPES, GRID, swing=0.004), u, v)
    # A higher threshold here and there thins stripes and breaks some.
    threshold = 0.15 + 0.15 * smooth_noise(rng, GRID, (6, 10))
    return Coat(_ink(grown, threshold), np.zeros(_TEXELS, np.float32))


def _grow_spots(rng: np.random.Generator) -> Coat:
    u, v = _start(rng, GRID, share=0.15)
    grown = react(SPOTS, _kill_map(rng, SPOTS, GRID, swing=0.002), u, v)
    threshold = 0.10 + 0.14 * smooth_noise(rng, GRID, (6, 10))
    return Coat(_ink(grown, threshold), np.zeros(_TEXELS, np.float32))


def _grow_rosettes(rng: np.random.Generator) -> Coat:
    half = (GRID[0] // 2, GRID[1] // 2)
    u, v = _start(rng, half, share=0.22)
    cores = react(ROSETTE_CORES, _kill_map(rng, ROSETTE_CORES, half, swing=0.002), u, v)
    level = resample(cores / cores.max(), GRID)
    rim = np.exp(-(((level - np.float32(0.42)) / np.float32(0.19)) ** 2))
    # Away from the rims the kill rate is beyond Pearson's map: nothing lives there.
    kill = np.float32(ROSETTE_RIMS.kill) + np.float32(0.014) * (1 - rim)
    _, strewn = _start(rng, GRID, share=0.62, cell=3)
    v = strewn * rim
    rings = react(ROSETTE_RIMS, kill, 1 - 2 * v, v)
    return Coat(_ink(rings, threshold=0.16), _ink(level, threshold=0.45))


_GROWERS = {"stripes": _grow_stripes, "spots": _grow_spots, "rosettes": _grow_rosettes}
