"""Light and lens: turns a view in plain daylight into what a camera trap records."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from fieldmark.synthetic.colours import Lamp
from fieldmark.synthetic.noise import (
    ByteArray,
    Colour,
    FloatArray,
    Stream,
    fractal_noise,
    generator,
    mix,
    rgb,
    smoothstep,
    to_bytes,
)


@dataclass(frozen=True)
class Light:
    """The light of one photo.

    Attributes:
        lamp: Light on the animal.
        tint: Colour of the light.
        gain: Exposure; 1 shows plain daylight unchanged.
        contrast: 1 is unchanged; haze and dusk have less.
        haze: How far distant things fade, 0..1.
        dapple: Depth of leaf shadows, 0..1.
        slope: Direction and strength of the change of brightness across the picture.
        flash: Whether an infrared flash is the only light; the photo is then grey.
    """

    lamp: Lamp
    tint: Colour
    gain: float
    contrast: float
    haze: float
    dapple: float
    slope: tuple[float, float]
    flash: bool


@dataclass(frozen=True)
class Lens:
    """What the camera does to a view.

    Attributes:
        focus: Blur radius in pixels.
        motion: Pixels sideways that the animal moves during the exposure.
        grain: Standard deviation of the noise; full scale is 1.
        quality: JPEG quality.
    """

    focus: float
    motion: int
    grain: float
    quality: int


_INFRARED = np.array([0.50, 0.36, 0.14], np.float32)
_HAZE: Colour = (0.82, 0.84, 0.86)
_REFERENCE_WIDTH = 800


def light_at(hour: float, closed: bool, seed: int) -> Light:
    """Draw the light at an hour of the day (0..24), under a closed canopy or the open sky."""
    rng = generator(Stream.LIGHT, seed)
    if hour < 5.5 or hour >= 18.75:
        return _night(rng)
    if hour < 7.0 or hour >= 17.25:
        return _dusk(rng)
    return _day(rng, closed)


def _day(rng: np.random.Generator, closed: bool) -> Light:
    cloudy = rng.random() < 0.35
    warmth = rng.normal(0.0, 0.035)
    return Light(
        lamp=_sun(rng, low=0.55, high=0.95, sky=0.8 if cloudy or closed else 0.5),
        tint=(1.0 + warmth, 1.0, 1.0 - warmth),
        gain=rng.uniform(0.95, 1.2) if closed else rng.uniform(0.88, 1.12),
        contrast=0.85 if cloudy else 1.0,
        haze=0.1 if closed else rng.uniform(0.1, 0.35),
        dapple=0.0 if cloudy else rng.uniform(0.2, 0.38) if closed else rng.uniform(0.0, 0.2),
        slope=(rng.normal(0.0, 0.10), rng.normal(0.0, 0.05)),
        flash=False,
    )


def _dusk(rng: np.random.Generator) -> Light:
    golden = rng.random() < 0.5
    return Light(
        lamp=_sun(rng, low=0.15, high=0.4, sky=0.6 if golden else 0.9),
        tint=(1.10, 0.92, 0.72) if golden else (0.86, 0.92, 1.08),
        gain=rng.uniform(0.72, 0.95),
        contrast=0.8,
        haze=rng.uniform(0.0, 0.2),
        dapple=0.0,
        slope=(rng.normal(0.0, 0.15), 0.0),
        flash=False,
    )


def _night(rng: np.random.Generator) -> Light:
    aside = rng.normal(0.0, 0.1)
    return Light(
        lamp=Lamp((float(aside), 0.12, 0.98), sky=0.15, eyeshine=rng.uniform(0.7, 1.0)),
        tint=(1.0, 1.0, 1.0),
        gain=rng.uniform(0.85, 1.15),
        contrast=0.95,
        haze=0.0,
        dapple=0.0,
        slope=(aside, 0.0),
        flash=True,
    )


def _sun(rng: np.random.Generator, low: float, high: float, sky: float) -> Lamp:
    up = rng.uniform(low, high)
    aside = rng.uniform(-0.8, 0.8) * (1.0 - up)
    front = rng.uniform(0.1, 0.6)
    length = float(np.sqrt(up * up + aside * aside + front * front))
    return Lamp((aside / length, up / length, front / length), sky)


def draw_lens(light: Light, seed: int, width: int) -> Lens:
    """Draw focus, motion, noise and compression; the dark makes all of them worse."""
    rng = generator(Stream.CAMERA, seed)
    dark = light.flash or light.gain < 0.86
    share = width / _REFERENCE_WIDTH
    return Lens(
        focus=float(rng.gamma(2.0, 0.24 if dark else 0.18)) * share,
        motion=round(rng.exponential(1.8 if dark else 0.8) * share),
        grain=rng.uniform(0.010, 0.026) if dark else rng.uniform(0.006, 0.016),
        quality=int(rng.integers(62, 93)),
    )


def illuminate(view: FloatArray, nearness: FloatArray, light: Light, seed: int) -> FloatArray:
    """Light a view (h, w, 3) with its nearness (h, w), both in 0..1.

    Returns:
        (h, w, 3) float32, mostly in 0..1; what is brighter is for the sensor to clip.
    """
    if light.flash:
        return _flashed(view, nearness, light)
    rng = generator(Stream.LIGHT, seed, 1)
    faded = np.float32(light.haze) * np.clip(1.0 - 3.0 * nearness, 0.0, 1.0)
    lit = mix(view, rgb(_HAZE), faded[..., None])
    strength = np.float32(light.gain) * _slope(nearness.shape, light.slope)
    if light.dapple:
        leaves = smoothstep(fractal_noise(rng, nearness.shape, (9, 12), octaves=3), 0.44, 0.54)
        on_earth = np.minimum(nearness * np.float32(10), 1.0)
        strength = strength * (1.0 - np.float32(light.dapple) * leaves * on_earth)
    lit = lit * rgb(light.tint) * strength[..., None]
    return np.asarray(0.42 * light.gain + (lit - 0.42 * light.gain) * np.float32(light.contrast))


def _flashed(view: FloatArray, nearness: FloatArray, light: Light) -> FloatArray:
    """Show the view by infrared flash: grey, bright in the middle and near, black far off."""
    rows, columns = nearness.shape
    y, x = np.ogrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    beam = np.exp(-0.7 * ((x - light.slope[0]) ** 2 + 0.7 * (y - 0.15) ** 2)).astype(np.float32)
    reach = np.float32(0.03) + np.clip(nearness, 0.0, 1.0) ** 1.3
    grey = (view @ _INFRARED) * reach * beam * np.float32(1.9 * light.gain)
    # A sensor in the dark saturates softly and never shows true black.
    tone = np.float32(0.05) + np.float32(0.95) * (1.0 - np.exp(-1.15 * grey))
    return np.repeat(tone[..., None], 3, axis=2)


def _slope(shape: tuple[int, ...], slope: tuple[float, float]) -> FloatArray:
    y, x = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray(1.0 + slope[0] * x + slope[1] * y, np.float32)


def record(lit: FloatArray, lens: Lens, seed: int) -> ByteArray:
    """Expose a lit view (h, w, 3) with blur, dark corners and noise; same shape, uint8."""
    rng = generator(Stream.CAMERA, seed, 1)
    image = Image.fromarray(to_bytes(lit))
    if lens.focus > 0.3:
        image = image.filter(ImageFilter.GaussianBlur(lens.focus))
    exposed = np.asarray(image, dtype=np.float32)
    y, x = np.ogrid[-1 : 1 : lit.shape[0] * 1j, -1 : 1 : lit.shape[1] * 1j]
    exposed = exposed * (1.0 - 0.10 * (x * x + y * y))[..., None].astype(np.float32)
    noise = rng.standard_normal(lit.shape[:2], dtype=np.float32)[..., None]
    return to_bytes(exposed / 255.0 + noise * np.float32(lens.grain))


def smear(picture: FloatArray, pixels: int) -> FloatArray:
    """Blur a moving thing sideways over that many pixels; (h, w, c), any range, float32."""
    if pixels < 2:
        return picture
    total = np.zeros_like(picture)
    for shift in range(pixels):
        total += np.roll(picture, shift - pixels // 2, axis=1)
    return total / np.float32(pixels)
