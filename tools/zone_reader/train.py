"""Train the recogniser of the passport's zone: `python tools/zone_reader/train.py STEPS SEED OUT.npz [FROM.npz]`.

The lines are drawn (draw.py) and follow from SEED alone: as many steps from the same beginning give the same weights.
FROM.npz goes on from weights that were written before, with a smaller rate. PyTorch is no dependency of the portal: in an
environment of its own `pip install torch==2.13.0 numpy Pillow`, and Debian's package fonts-ocr-b.
"""

import math
import sys
from random import Random

import numpy as np
import torch
from draw import line
from torch import nn

BATCH, RATE, SMOOTHING = 32, 2.5e-3, 0.05
# In, out, kernel, stride, padding of each convolution; all but the last with normalisation and ReLU.
SHAPES = [
    (1, 16, (3, 3), (2, 2), (1, 1)),
    (16, 32, (3, 3), (2, 2), (1, 1)),
    (32, 48, (3, 3), (2, 1), (1, 1)),
    (48, 64, (3, 3), (2, 1), (1, 1)),
    (64, 96, (2, 3), (1, 1), (0, 1)),
    (96, 96, (1, 5), (1, 1), (0, 2)),
    (96, 38, (1, 3), (1, 1), (0, 1)),
]


class Recogniser(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(*shape) for shape in SHAPES)
        self.norms = nn.ModuleList(nn.BatchNorm2d(shape[1]) for shape in SHAPES[:-1])

    def forward(self, x):
        for convolution, norm in zip(self.convolutions, self.norms, strict=False):
            x = torch.relu(norm(convolution(x)))
        return self.convolutions[-1](x)[:, :, 0, :]


def standard(pixels: np.ndarray) -> np.ndarray:
    """As recognise.py has it."""
    values = pixels.astype(np.float32)
    return (values - values.mean()) / (values.std() + 4)


def batches(seed: int):
    r, noise = Random(seed), np.random.default_rng(seed)  # noqa: S311 - the same lines each time
    while True:
        pixels, said = zip(*(line(r, noise) for _ in range(BATCH)), strict=True)
        lines = np.stack([standard(each) for each in pixels])[:, None]
        yield torch.from_numpy(lines), torch.from_numpy(np.stack(said))


def train(net: Recogniser, steps: int, seed: int, rate: float) -> None:
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    judge = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    average = 0.0
    for step, (pixels, said) in zip(range(steps), batches(seed), strict=False):
        for group in optimiser.param_groups:
            warm, cool = min(1, step / 100 + 0.05), 0.5 + 0.5 * math.cos(math.pi * step / steps)
            group["lr"] = rate * warm * cool + 1e-5
        loss = judge(net(pixels), said)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average = 0.97 * average + 0.03 * loss.item() if step else loss.item()
        if step % 50 == 49:
            print(f"step {step + 1}, loss {average:.4f}", flush=True)


def load(net: Recogniser, path: str) -> None:
    """Weights that export() wrote. The normalisation is in them already: what follows is trained without one (`net.eval()`)."""
    net.eval()
    with np.load(path) as held, torch.no_grad():
        for number, convolution in enumerate(net.convolutions):
            convolution.weight.copy_(torch.from_numpy(held[f"weight{number}"].astype(np.float32)))
            convolution.bias.copy_(torch.from_numpy(held[f"bias{number}"].astype(np.float32)))


def export(net: Recogniser, path: str) -> None:
    """Weights and biases by number of the convolution, the normalisation worked into them."""
    held = {}
    for number, convolution in enumerate(net.convolutions):
        weight, bias = convolution.weight.detach(), convolution.bias.detach()
        if number < len(net.norms):
            norm = net.norms[number]
            scale = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
            weight, bias = (
                weight * scale[:, None, None, None],
                (bias - norm.running_mean) * scale + norm.bias.detach(),
            )
        held |= {f"weight{number}": weight.numpy(), f"bias{number}": bias.numpy()}
    np.savez(path, **held)


if __name__ == "__main__":
    steps, seed, out, *begun = sys.argv[1:]
    torch.manual_seed(int(seed))
    torch.set_num_threads(1)
    net = Recogniser()
    if begun:
        load(net, begun[0])
    train(net, int(steps), int(seed), RATE / 8 if begun else RATE)
    export(net.eval(), out)
