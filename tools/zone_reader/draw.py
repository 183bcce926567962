"""Lines of a passport's zone as they look on bad pictures, drawn for training: nothing here is anybody's passport.

The font is OCR-B as Debian has it (package fonts-ocr-b, public domain); other cuts of it are imitated by bending its letters.
"""

import io
import math
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = [Path("/usr/share/fonts/opentype/ocr-b", name) for name in ("OCRB.otf", "OCRBS.otf")]
ADVANCE = 0.723  # of the font's size: one character's width
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
LETTERS, DIGITS, BLANK = ALPHABET[10:36], ALPHABET[:10], len(ALPHABET)
WIDTH, HEIGHT, STEPS = 768, 32, 192  # of a line, and columns that the recogniser answers for
SCALE = 2  # drawn larger
CHARACTERS = 44


def line(r: Random, noise: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A line as the recogniser is given it (HEIGHT × WIDTH, bytes), and what each of its STEPS columns should say."""
    pitch = r.uniform(13.2, 17.3) * SCALE
    room = WIDTH * SCALE - pitch * CHARACTERS
    start = (r.uniform(-4, room) if room > 0 else room / 2) + pitch / 2
    text = line_text(r)
    ink, place = drawn(text, pitch, start, r)
    page = (
        paper(r, noise) * (1 - (shade := spread(ink, r, noise) * r.uniform(0.65, 1)))
        + r.uniform(0.04, 0.2) * shade
    )
    return photographed(page, r, noise), labels(text, place(start) / SCALE, (place(pitch) - place(0)) / SCALE)


def line_text(r: Random) -> str:
    def some(alphabet: str, number: int) -> str:
        return "".join(r.choice(alphabet) for _ in range(number))

    kind = r.random()
    if kind < 0.25:
        return some(ALPHABET, CHARACTERS)
    if kind < 0.62:
        surnames, given = (
            "<".join(some(LETTERS, r.randint(1, 10)) for _ in range(r.randint(1, 3))) for _ in "12"
        )
        return f"P{r.choice('<<<<DSOP')}{some(LETTERS, 3)}{surnames}<<{given}"[:CHARACTERS].ljust(
            CHARACTERS, "<"
        )
    number = r.choice(
        [some(DIGITS, 9), some(LETTERS, 1) + some(DIGITS, 8), some(LETTERS, 2) + some(DIGITS, 7)]
    )
    number = r.choice([number, number[:7] + "<<", some(ALPHABET[:36], 9)])
    more = r.choice(["", some(DIGITS, 13), some(DIGITS, r.randint(6, 12)), some(ALPHABET[:36], 14)])
    dates = some(DIGITS, 7) + r.choice("MF<") + some(DIGITS, 7)
    return (
        number
        + some(DIGITS, 1)
        + some(LETTERS, 3)
        + dates
        + more.ljust(14, "<")
        + some(DIGITS + "<", 1)
        + some(DIGITS, 1)
    )


def drawn(text: str, pitch: float, start: float, r: Random):
    """The ink of the line and, now and then, of its neighbour, 0 to 1; and where a place along the line has gone."""
    size, width, height = pitch / ADVANCE, WIDTH * SCALE, HEIGHT * SCALE
    font = ImageFont.truetype(str(r.choice(FONTS)), round(size))
    canvas = Image.new("L", (width, height))
    pen, bold = ImageDraw.Draw(canvas), r.choice([0, 0, 0, 1, 1, 2])
    top = height / 2 + r.uniform(-6, 6)
    rows = [(text, top)]
    if r.random() < 0.3:
        rows.append((line_text(r), top + r.choice([-1, 1]) * pitch * r.uniform(2.2, 2.7)))
    for row, y in rows:
        for place, character in enumerate(row):
            x = start + pitch * place + r.gauss(0, 0.15)
            pen.text((x, y), character, font=font, fill=255, anchor="mm", stroke_width=bold / 2)
    canvas = bent(canvas, size, r) if r.random() < 0.9 else canvas
    wide, tall = r.uniform(0.97, 1.03), r.uniform(0.8, 1.18)
    turned, slant = math.radians(r.gauss(0, 0.35)), r.uniform(-0.12, 0.12)
    across, down = width / 2, height / 2
    matrix = (wide, slant - math.sin(turned), 0, math.sin(turned), tall, 0)
    matrix = (
        *matrix[:2],
        across - matrix[0] * across - matrix[1] * down,
        *matrix[3:5],
        down - matrix[3] * across - matrix[4] * down,
    )
    moved = canvas.transform(canvas.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return np.asarray(moved, np.float32) / 255, lambda x: across + (x - across) / wide


def bent(canvas: Image.Image, size: float, r: Random) -> Image.Image:
    """Another cut: other proportions of the upper and the lower half, thicker or thinner strokes."""
    pixels, height = np.asarray(canvas, np.float32), canvas.height
    rows = np.flatnonzero(pixels.max(1) > 60)
    if len(rows):
        top, bottom = rows[0], rows[-1] + 1
        share = np.clip((np.arange(height) - top) / (bottom - top), 0, 1)
        source = np.where(
            (share > 0) & (share < 1), top + (bottom - top) * share ** r.uniform(0.8, 1.25), np.arange(height)
        )
        source = np.clip(source, 0, height - 1.001)
        low = source.astype(int)
        part = (source - low)[:, None]
        pixels = pixels[low] * (1 - part) + pixels[low + 1] * part
    canvas = Image.fromarray(pixels.astype(np.uint8))
    change = r.choice([None, None, ImageFilter.MaxFilter(3), ImageFilter.MinFilter(3)])
    return canvas.filter(change) if change else canvas


def spread(ink: np.ndarray, r: Random, noise: np.random.Generator) -> np.ndarray:
    """Ink that bleeds into its neighbours, or breaks: what a worn printer and a bad copy leave."""
    if r.random() > 0.35:
        return ink
    soft = blurred(ink, r.uniform(0.8, 3.0))
    grain = coarse(noise, ink.shape, r.choice([2, 4, 8])) * r.uniform(0, 0.25)
    return np.clip((soft + grain - r.uniform(0.15, 0.55)) * r.uniform(3, 12) + 0.5, 0, 1)


def paper(r: Random, noise: np.random.Generator) -> np.ndarray:
    """Paper with security print, shade and stains."""
    width, height, grey = WIDTH * SCALE, HEIGHT * SCALE, r.uniform(0.55, 1.0)
    sheet = Image.new("L", (width, height), round(grey * 255))
    if r.random() < 0.7:
        pen, across = ImageDraw.Draw(sheet), range(0, width + 16, 16)
        for _wave in range(r.randint(2, 14)):
            reach, turns, begin, level = (
                r.uniform(3, 60),
                r.uniform(0.002, 0.03),
                r.uniform(0, 6),
                r.uniform(-20, height + 20),
            )
            points = [(x, level + reach * math.sin(x * turns + begin)) for x in across]
            pen.line(points, fill=round(grey * r.uniform(0.6, 0.97) * 255), width=r.choice([1, 2, 3, 4]))
    page = np.asarray(sheet, np.float32) / 255
    if r.random() < 0.3:
        page = page * np.linspace(r.uniform(0.6, 1), r.uniform(0.6, 1), width, dtype=np.float32)
    if r.random() < 0.15:
        page = page + coarse(noise, page.shape, 8) * 0.06
    return page


def photographed(page: np.ndarray, r: Random, noise: np.random.Generator) -> np.ndarray:
    """Blur, glare, few pixels, noise, JPEG, and a copier's black and white."""
    sharpness = r.choice([0, r.uniform(0.3, 1.5), r.uniform(1, 3.2), r.uniform(2.5, 5.0)])
    page = blurred(page, sharpness) if sharpness else page
    if r.random() < 0.25:
        across = np.arange(page.shape[1])
        glare = r.uniform(0.3, 0.9) * np.exp(
            -(((across - r.uniform(0, page.shape[1])) / r.uniform(60, 260)) ** 2)
        )
        page = page * (1 - glare) + glare
    share = r.choice([1 / SCALE, 1 / SCALE, r.uniform(0.28, 0.6)])
    small = resized(
        page * 255, (round(page.shape[1] * share), round(page.shape[0] * share)), Image.Resampling.BOX
    )
    small = small * r.uniform(0.25, 1.05) + noise.normal(0, r.choice([1, 5, 13]), small.shape)
    picture = Image.fromarray(np.clip(small, 0, 255).astype(np.uint8))
    if r.random() < 0.5:
        held = io.BytesIO()
        picture.save(held, "JPEG", quality=r.randint(25, 90))
        picture = Image.open(held)
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    if r.random() < 0.25:
        large = picture.resize((WIDTH * 2, HEIGHT * 2), Image.Resampling.BICUBIC)
        around = np.asarray(large.filter(ImageFilter.BoxBlur((30, 15))), np.float32)
        pixels = np.asarray(large, np.float32)
        level = (
            around - r.uniform(4, 26)
            if r.random() < 0.5
            else np.percentile(pixels, 60) * r.uniform(0.5, 0.95)
        )
        picture = Image.fromarray(((pixels > level) * 255).astype(np.uint8)).resize(
            (WIDTH, HEIGHT), Image.Resampling.BOX
        )
    return np.asarray(picture)


def labels(text: str, first: float, pitch: float) -> np.ndarray:
    """The character at the middle of each column, BLANK between two."""
    middles = np.arange(STEPS) * (WIDTH / STEPS) + 1.5
    nearest = np.round((middles - first) / pitch).astype(int)
    on = (nearest >= 0) & (nearest < CHARACTERS) & (np.abs(middles - first - nearest * pitch) < 0.3 * pitch)
    said = np.full(STEPS, BLANK, np.int64)
    said[on] = [ALPHABET.index(text[place]) for place in nearest[on]]
    return said


def blurred(pixels: np.ndarray, radius: float) -> np.ndarray:
    picture = Image.fromarray(np.clip(pixels * 255, 0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def resized(pixels: np.ndarray, size: tuple[int, int], how: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels.astype(np.float32)).resize(size, how))


def coarse(noise: np.random.Generator, shape: tuple[int, int], grain: int) -> np.ndarray:
    """Noise whose spots are `grain` pixels wide."""
    few = noise.normal(0, 1, (shape[0] // grain + 1, shape[1] // grain + 1)).astype(np.float32)
    return resized(few, (shape[1], shape[0]), Image.Resampling.BICUBIC)
