"""The recogniser: seven convolutions, run by numpy. tools/zone_reader/train.py made its weights (weights.npz)."""

from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .kinds import Pixels, Values

# Stride and padding of each convolution, rows and columns.
STEPS = [
    ((2, 2), (1, 1)),
    ((2, 2), (1, 1)),
    ((2, 1), (1, 1)),
    ((2, 1), (1, 1)),
    ((1, 1), (0, 1)),
    ((1, 1), (0, 2)),
    ((1, 1), (0, 1)),
]
WEIGHTS = Path(__file__).with_name("weights.npz")
LEAST = np.float32(1e-7)  # a probability is never quite nought


class Recogniser:
    def __init__(self) -> None:
        with np.load(WEIGHTS, allow_pickle=False) as held:
            self.layers = [
                (held[f"weight{n}"].astype(np.float32), held[f"bias{n}"].astype(np.float32))
                for n in range(len(STEPS))
            ]

    def __call__(self, lines: list[Pixels]) -> Values:
        """For each line (32 × 768) and each of 192 columns the logarithms of the probabilities of td3.ALPHABET, the filler
        and, last, nothing (between two characters).
        """
        values = np.stack([line.astype(np.float32) for line in lines])
        mean, spread = values.mean((1, 2), keepdims=True), values.std((1, 2), keepdims=True)
        values = ((values - mean) / (spread + 4))[..., None]
        for number, ((weight, bias), (stride, padding)) in enumerate(zip(self.layers, STEPS, strict=True)):
            values = convolved(values, weight, stride, padding) + bias
            if number < len(STEPS) - 1:
                values = np.maximum(values, 0)
        values = values[:, 0]
        odds = np.exp(values - values.max(-1, keepdims=True))
        result: Values = np.log(odds / odds.sum(-1, keepdims=True) + LEAST)
        return result


def convolved(values: Values, weight: Values, stride: tuple[int, int], padding: tuple[int, int]) -> Values:
    """`values` by line, row, column, channel."""
    values = np.pad(values, ((0, 0), *((each, each) for each in padding), (0, 0)))
    windows = sliding_window_view(values, weight.shape[2:], axis=(1, 2))[:, :: stride[0], :: stride[1]]
    number, high, wide = windows.shape[:3]
    result: Values = windows.reshape(number * high * wide, -1) @ weight.reshape(len(weight), -1).T
    return result.reshape(number, high, wide, -1)
