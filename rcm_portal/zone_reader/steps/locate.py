"""Where the zone may be: two parallel long lines whose distance fits, at any angle.

Source of the proportions: ICAO Doc 9303 part 4, lines of 111.8 mm that are 6.35 mm apart.
"""

import math
from collections.abc import Iterator
from itertools import permutations

import numpy as np
from PIL import Image

from .kinds import Line, Pixels, Zone
from .strokes import blobs, contrast

LONGEST = 1000  # pixels of the copy in which lines are looked for
APART, LEAST_APART, MOST_APART = 6.35 / 111.8, 0.035, 0.10  # of a line's length
# Strokes up to so many pixels, of at least that share of full ink; the last as the first, in copies turned otherwise.
LOOKS = ((9, 0.35), (15, 0.35), (9, 0.15))
MOST_ZONES = 8  # of one look
LEAN_SIZE, LEAN_STEP = 250, 7.5  # pixels, degrees
NEARLY = 8  # degrees by which print may lean and is found as it lies


def zones(picture: Pixels) -> Iterator[Zone]:
    """Candidates, the likely ones first."""
    share = min(1.0, LONGEST / max(picture.shape))
    copy = Image.fromarray(picture)
    copy = copy.resize((round(copy.width * share), round(copy.height * share)), Image.Resampling.BOX)
    strokes = {LOOKS[0][0]: contrast(np.asarray(copy), LOOKS[0][0])}
    first = lean(strokes[LOOKS[0][0]])
    looks: list[tuple[int, float, tuple[float, ...]]] = [(*look, (first,)) for look in LOOKS]
    looks.append((*LOOKS[0], tuple({0.0, 90.0, first + 90} - {first})))
    seen: list[Zone] = []
    for width, level, turns in looks:
        if width not in strokes:
            strokes[width] = contrast(np.asarray(copy), width)
        found = [enlarged(zone, 1 / share) for turn in turns for zone in pairs(strokes[width], level, turn)]
        found.sort(key=lambda zone: -zone.score)
        tried = 0
        for zone in found:
            if tried < MOST_ZONES and not any(same(zone, other) for other in seen):
                seen.append(zone)
                tried += 1
                yield zone


def lean(strokes: Pixels) -> float:
    """By how many degrees the copy is to be turned so that its print runs level, upside down or not: then the sums of its
    rows differ most from one to the next.
    """
    small = Image.fromarray(strokes)
    small.thumbnail((LEAN_SIZE, LEAN_SIZE), Image.Resampling.BOX)

    def sharpness(turn: float) -> float:
        turned = small.rotate(turn, Image.Resampling.BILINEAR, expand=True)
        rows = np.asarray(turned, np.float32).sum(1)
        return float((np.diff(rows) ** 2).sum())

    best = max((float(turn) for turn in np.arange(-45, 135, LEAN_STEP)), key=sharpness)
    return next((level for level in (0.0, 90.0) if abs(best - level) < NEARLY), best)


def pairs(strokes: Pixels, level: float, turn: float) -> Iterator[Zone]:
    """Zones in the copy turned by so many degrees, told in places of the copy itself."""
    turned = Image.fromarray(strokes).rotate(turn, Image.Resampling.BILINEAR, expand=True)
    lines = joined(blobs(np.asarray(turned), level), turned.width)
    found = [zone for upper, lower in permutations(lines, 2) if (zone := pair(upper, lower))]
    found += [both for line in lines if (both := in_one(line, turned.width))]
    found += [zone for line in lines for zone in beside(line, turned.width)]
    for zone in found:
        upper, lower = (
            turned_back(line, turn, turned.size, strokes.shape) for line in (zone.upper, zone.lower)
        )
        yield Zone(zone.score, upper, lower)


def joined(found: list[Line], width: int) -> list[Line]:
    """Fragments on one line become one."""
    found = sorted(found, key=lambda line: -line.length)
    used: set[int] = set()
    whole = []
    for number, line in enumerate(found):
        if number in used or line.length < 0.12 * width:
            continue
        used.add(number)
        begin, end = -line.length / 2, line.length / 2
        for _again in range(2):  # the second time reaches from what the first has joined
            for other_number, other in enumerate(found):
                if other_number in used or not 0.5 < other.height / line.height < 1.8:
                    continue
                along, beside = seen_from(line, other, line.angle)
                first, last = along - other.length / 2, along + other.length / 2
                if abs(beside) < 0.45 * line.height and first - end < 5 * line.height > begin - last:
                    begin, end = min(begin, first), max(end, last)
                    used.add(other_number)
        x, y = moved(line, (begin + end) / 2, 0)
        whole.append(Line(x, y, end - begin, line.height, line.angle))
    return whole


def pair(upper: Line, lower: Line) -> Zone | None:
    """A zone of the two, if their lengths, angles and distance fit."""
    along, beside = seen_from(upper, lower, (upper.angle + lower.angle) / 2)
    shorter, longer = sorted((upper.length, lower.length))
    apart = beside / longer
    if abs(upper.angle - lower.angle) > 4 or shorter < 0.45 * longer or abs(along) > 0.3 * longer:
        return None
    if not LEAST_APART < apart < MOST_APART or max(upper.height, lower.height) > 0.055 * longer:
        return None
    fit = 1 - min(1, abs(apart - APART) / 0.06)
    return Zone(longer * (shorter / longer) ** 2 * fit, upper, lower)


def in_one(line: Line, width: int) -> Zone | None:
    """Both lines in one blob."""
    if not 0.055 < line.height / line.length < 0.13 or line.length < 0.25 * width:
        return None
    halves = []
    for beside in (-0.33, 0.33):
        x, y = moved(line, 0, beside * line.height)
        halves.append(Line(x, y, line.length, line.height * 0.3, line.angle))
    return Zone(line.length * 0.3, *halves)


def beside(line: Line, width: int) -> Iterator[Zone]:
    """The other line above or below, where it ran into what lies beside the page."""
    if line.length > 0.3 * width and line.height < 0.05 * line.length:
        for apart in (APART, -APART):
            x, y = moved(line, 0, apart * line.length)
            other = Line(x, y, line.length, line.height, line.angle)
            yield Zone(line.length * 0.2, *((line, other) if apart > 0 else (other, line)))


def seen_from(line: Line, other: Line, angle: float) -> tuple[float, float]:
    """How far the middle of the other is along and beside."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = other.x - line.x, other.y - line.y
    return x * cos + y * sin, y * cos - x * sin


def moved(line: Line, along: float, beside: float) -> tuple[float, float]:
    cos, sin = math.cos(math.radians(line.angle)), math.sin(math.radians(line.angle))
    return line.x + along * cos - beside * sin, line.y + along * sin + beside * cos


def turned_back(line: Line, turn: float, size: tuple[int, int], shape: tuple[int, ...]) -> Line:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    x, y = line.x - (size[0] - 1) / 2, line.y - (size[1] - 1) / 2
    x, y = x * cos - y * sin + (shape[1] - 1) / 2, x * sin + y * cos + (shape[0] - 1) / 2
    return Line(x, y, line.length, line.height, line.angle + turn)


def enlarged(zone: Zone, by: float) -> Zone:
    upper, lower = (
        Line(
            (line.x + 0.5) * by - 0.5,
            (line.y + 0.5) * by - 0.5,
            line.length * by,
            line.height * by,
            line.angle,
        )
        for line in (zone.upper, zone.lower)
    )
    return Zone(zone.score, upper, lower)


def same(zone: Zone, other: Zone) -> bool:
    """Whether both lines lie where the other's lie: reading them again would say nothing new."""
    most = 0.04 * max(zone.upper.length, other.upper.length)
    return all(
        math.dist((one.x, one.y), (two.x, two.y)) < most
        for one, two in ((zone.upper, other.upper), (zone.lower, other.lower))
    )
