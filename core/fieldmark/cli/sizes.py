"""Sizes of files as people read them."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def in_bytes(size: int) -> str:
    """Return a number of bytes in decimal units, as downloads and disks are labelled: `206 MB`."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{size} bytes" if unit == 0 else f"{value:.3g} {_UNITS[unit]}"
