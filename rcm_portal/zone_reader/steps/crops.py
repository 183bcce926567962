"""The two lines cut out of the picture, level and on one scale, as the recogniser knows them; and a strip for people."""

import copy
import io
import math

import numpy as np
from PIL import Image, ImageOps
from PIL.Image import Resampling, Transform

from .kinds import Line, Pixels, Zone

WIDTH, HEIGHT = 768, 32
MARGIN = 0.022  # of the lines' length, at either end
STRIP_WIDTH = 1000
EDGE = 60  # pixels that the picture is continued by, where a page ends with its zone


def widened(picture: Pixels) -> Image.Image:
    """The picture as Cut wants it: continued beyond its edges."""
    return Image.fromarray(np.pad(picture, EDGE, mode="edge"))


class Cut:
    """Cuts one zone out of one picture (widened)."""

    def __init__(self, picture: Image.Image, zone: Zone):
        self.picture = picture
        lines = self.lines = (zone.upper, zone.lower)
        self.angle = sum(line.angle * line.length for line in lines) / sum(line.length for line in lines)
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        self.along = [line.x * cos + line.y * sin for line in lines]
        begin = min(at - line.length / 2 for at, line in zip(self.along, lines, strict=True))
        end = max(at + line.length / 2 for at, line in zip(self.along, lines, strict=True))
        self.reach(begin, end)

    def reach(self, begin: float, end: float) -> None:
        self.centre, self.inner = (begin + end) / 2, end - begin
        self.length = self.inner * (1 + 2 * MARGIN)

    def tightened(self, first: float, last: float, *, upside_down: bool) -> "Cut":
        """The same zone where its print begins and ends at these shares of the width as cut."""
        if upside_down:
            first, last = 1 - last, 1 - first
        begin = self.centre - self.length / 2
        tight = copy.copy(self)
        tight.reach(begin + first * self.length, begin + last * self.length)
        return tight

    def line(self, number: int, *, upside_down: bool) -> Pixels:
        """The upper (0) or lower (1) line; of the picture upside down, if so."""
        number = 1 - number if upside_down else number
        line = self.lines[number]
        angle = line.angle if line.length > 0.6 * self.inner else self.angle
        x, y = self.middle(number, angle)
        return np.asarray(self.cut(x, y, angle + 180 * upside_down, (WIDTH, HEIGHT)))

    def strip(self, *, upside_down: bool) -> bytes:
        """Both lines and a little around them, as JPEG."""
        (x0, y0), (x1, y1) = self.middle(0, self.angle), self.middle(1, self.angle)
        apart = math.dist((x0, y0), (x1, y1))
        size = (STRIP_WIDTH, min(STRIP_WIDTH // 4, round(2.4 * apart * STRIP_WIDTH / self.length)))
        picture = self.cut((x0 + x1) / 2, (y0 + y1) / 2, self.angle + 180 * upside_down, size)
        out = io.BytesIO()
        ImageOps.autocontrast(picture, cutoff=1).save(out, "JPEG", quality=80)
        return out.getvalue()

    def middle(self, number: int, angle: float) -> tuple[float, float]:
        """Of the line, where both together have their middle."""
        line: Line = self.lines[number]
        further = self.centre - self.along[number]
        return (
            line.x + further * math.cos(math.radians(angle)),
            line.y + further * math.sin(math.radians(angle)),
        )

    def cut(self, x: float, y: float, angle: float, size: tuple[int, int]) -> Image.Image:
        """What lies around x, y, turned upright, `self.length` across."""
        step = self.length / size[0]
        finer = 2 if step > 1.6 else 1  # no aliasing where much is made small
        step /= finer
        wide, high = size[0] * finer, size[1] * finer
        cos, sin = step * math.cos(math.radians(angle)), step * math.sin(math.radians(angle))
        across, down = wide / 2, high / 2
        matrix = (
            *(cos, -sin, x + EDGE + 0.5 - cos * across + sin * down),
            *(sin, cos, y + EDGE + 0.5 - sin * across - cos * down),
        )
        smooth = Resampling.BICUBIC if step < 0.67 else Resampling.BILINEAR
        upright = self.picture.transform((wide, high), Transform.AFFINE, matrix, smooth)
        return upright.reduce(finer) if finer > 1 else upright
