"""Thin dark strokes made into blobs, one for each line of print: greyscale morphology on whole arrays."""

import numpy as np
from PIL import Image, ImageFilter

from .kinds import Line, Pixels, Places

MOST_TILT = 16.0  # degrees; what is turned further is found in a turned copy (locate.py)
SHORTEST, LOWEST = 40, 3  # pixels
LEAST_FULL = 0.4  # of a line's rectangle; print has 0.5 to 0.95, the grain of a table less
FULL_INK = 99.5  # percentile
REACHES = (13, 25)  # columns between two characters, and between two words


def contrast(picture: Pixels, stroke: int) -> Pixels:
    """How much darker than its surroundings: strokes narrower than `stroke` only, light and shadow taken out."""
    soft = filtered(picture, ImageFilter.GaussianBlur(0.8))
    without = smallest(largest(soft, stroke, stroke), stroke, stroke)
    around = filtered(soft, ImageFilter.BoxBlur(15)).astype(np.uint16)
    darker = (without - soft).astype(np.uint16) * 255 // (around + 8)
    result: Pixels = np.minimum(darker, 255).astype(np.uint8)
    return result


def blobs(strokes: Pixels, level: float) -> list[Line]:
    """What becomes long and thin when neighbouring strokes run together; `level` is the least share of full ink."""
    near = filtered(largest(strokes, 15, 41), ImageFilter.BoxBlur((20, 7)))
    full = np.searchsorted(
        np.bincount(strokes.ravel(), minlength=256).cumsum(), strokes.size * FULL_INK / 100
    )
    least = np.maximum(near * np.float32(0.42), np.float32(level * full))
    dark = (strokes > least).astype(np.uint8)
    found: list[Line] = []
    for reach in REACHES:
        run = smallest(largest(dark, 1, reach), 1, reach)
        run = largest(smallest(run, 3, reach), 3, reach)
        run = smallest(largest(run, 1, 2 * reach + 1), 1, 2 * reach + 1)
        found += measured(run)
    return found


def filtered(picture: Pixels, kernel: ImageFilter.Filter) -> Pixels:
    return np.asarray(Image.fromarray(picture).filter(kernel))


def largest(picture: Pixels, high: int, wide: int) -> Pixels:
    """Each pixel the brightest of the window around it, which counts as dark beyond the edge."""
    return along(along(picture, wide, 1, np.maximum, 0), high, 0, np.maximum, 0)


def smallest(picture: Pixels, high: int, wide: int) -> Pixels:
    return along(along(picture, wide, 1, np.minimum, 255), high, 0, np.minimum, 255)


def along(picture: Pixels, size: int, axis: int, better: np.ufunc, outside: int) -> Pixels:
    """The window is doubled until it is as long as asked."""
    if size == 1:
        return picture
    margin = [(0, 0), (0, 0)]
    margin[axis] = (size // 2, size - 1 - size // 2)
    row = np.pad(picture, margin, constant_values=outside)
    reached = 1
    while reached < size:
        step = min(reached, size - reached)
        ahead, behind = (row[step:], row[:-step]) if axis == 0 else (row[:, step:], row[:, :-step])
        row = better(ahead, behind)
        reached += step
    return row


def measured(picture: Pixels) -> list[Line]:
    """Every connected blob by its own axis; the small and the steep are left out."""
    rows, begins, ends = runs(picture)
    if not len(rows):
        return []
    _each, label = np.unique(connected(rows, begins, ends), return_inverse=True)
    long = (ends - begins).astype(float)
    middle = (begins + ends - 1) / 2
    area = np.bincount(label, long)
    x, y = (np.bincount(label, long * place) / area for place in (middle, rows))
    across, down = middle - x[label], rows - y[label]
    xx, xy, yy = (
        np.bincount(label, long * moment) / area
        for moment in (across**2 + (long**2 - 1) / 12, across * down, down**2)
    )
    angle = np.arctan2(2 * xy, xx - yy) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    far = np.full((4, len(area)), -np.inf)
    for end in (begins, ends - 1):
        along_it = (end - x[label]) * cos[label] + down * sin[label]
        beside = -(end - x[label]) * sin[label] + down * cos[label]
        for number, place in enumerate((along_it, -along_it, beside, -beside)):
            np.maximum.at(far[number], label, place)
    length, height = far[0] + far[1], far[2] + far[3]
    mid_along, mid_beside = (far[0] - far[1]) / 2, (far[2] - far[3]) / 2
    x, y = x + mid_along * cos - mid_beside * sin, y + mid_along * sin + mid_beside * cos
    tilt = np.degrees(angle)
    full = area / ((length + 1) * (height + 1))
    kept = (full >= LEAST_FULL) & (length >= SHORTEST) & (height >= LOWEST) & (np.abs(tilt) <= MOST_TILT)
    return [Line(*map(float, each)) for each in np.stack([x, y, length, height, tilt], 1)[kept]]


def runs(picture: Pixels) -> tuple[Places, Places, Places]:
    """Row, first column, and the column after the last of every stretch of ink, from left to right, row by row."""
    edges = np.diff(np.pad(picture, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, begins = np.nonzero(edges == 1)
    return rows, begins, np.nonzero(edges == -1)[1]


def connected(rows: Places, begins: Places, ends: Places) -> Places:
    """The same number for all stretches that touch, corners included."""
    width = int(ends.max()) + 2
    below = (rows + 1) * width
    first = np.searchsorted(rows * width + ends, below + begins)
    after = np.searchsorted(rows * width + begins, below + ends, side="right")
    number = np.maximum(after - first, 0)
    upper = np.repeat(np.arange(len(rows)), number)
    lower = np.arange(number.sum()) - np.repeat(number.cumsum() - number, number) + np.repeat(first, number)
    label = np.arange(len(rows))
    while True:
        least = np.minimum(label[upper], label[lower])
        joined = label.copy()
        np.minimum.at(joined, label[upper], least)
        np.minimum.at(joined, label[lower], least)
        while not np.array_equal(shorter := joined[joined], joined):
            joined = shorter
        if np.array_equal(joined, label):
            return label
        label = joined
