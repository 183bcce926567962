"""Types of the steps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # rows × columns, 0 is black
Values = NDArray[np.float32]
Places = NDArray[Any]


@dataclass(frozen=True)
class Line:
    """A printed line: its middle, length and height in pixels, and its angle in degrees, clockwise."""

    x: float
    y: float
    length: float
    height: float
    angle: float


@dataclass(frozen=True)
class Zone:
    """Two parallel lines that may be a zone."""

    score: float
    upper: Line
    lower: Line
