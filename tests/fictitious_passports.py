"""Pictures of passports that nobody has: drawn data pages as scanners and telephones see them, with what their zone says.

The number alone decides everything about a picture, so a set is made anew instead of being kept. Needs Debian's fonts-ocr-b.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.Image import Resampling, Transform

from rcm_portal.zone_reader.steps.td3 import ALPHABET, DIGITS, LETTERS, check_digit

OCR_B = Path("/usr/share/fonts/opentype/ocr-b")
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
SURNAMES = [
    "GARCIA",
    "LOPEZ",
    "HERNANDEZ",
    "SUAZO",
    "ZUNIGA",
    "BOURBON",
    "QUIJANO",
    "MWANGI",
    "OBREGON",
    "ISAIAS",
    "SOSSA",
    "DIAZ",
    "VVEDENSKY",
    "UGARTE",
    "YOUNG",
    "FFRENCH",
    "PUPO",
    "RIZZO",
    "JIMENEZ",
    "KATTAN",
    "WONG",
    "NUNEZ",
    "EGGERS",
    "CHOC",
    "COJTI",
    "BATZ",
    "XOL",
    "TZUL",
    "ICO",
    "BO",
]
GIVEN = [
    "ANA",
    "MARIA",
    "JOSE",
    "LUIS",
    "OMAR",
    "IVAN",
    "SILVIA",
    "ZOE",
    "OLGA",
    "HUGO",
    "FATIMA",
    "YESENIA",
    "GUADALUPE",
    "QUETZALI",
    "WENDY",
    "XOCHITL",
    "DOUGLAS",
    "BRYAN",
    "KEVIN",
    "NOE",
    "ELIA",
    "IGOR",
]
STATES = [
    "ARG",
    "BOL",
    "BRA",
    "CHL",
    "COL",
    "CRI",
    "CUB",
    "DOM",
    "ECU",
    "ESP",
    "FRA",
    "HND",
    "ITA",
    "JAM",
    "NIC",
    "PAN",
    "PER",
    "PRT",
    "PRY",
    "URY",
]
MISPRINTED = "misprinted digit"
MILLIMETRE = 400 / 25.4  # pixels of a drawn page


@dataclass(frozen=True)
class Passport:
    """A page and what is printed in its zone."""

    page: Image.Image
    lines: tuple[str, str]


@dataclass(frozen=True)
class Picture:
    kind: str
    content: bytes
    media_type: str
    lines: tuple[str, str]


@cache
def picture(kind: str, number: int) -> Picture:
    """The picture of that kind and number, the same whenever it is asked for."""
    r = Random(f"{kind} {number}")
    noise = np.random.default_rng(r.getrandbits(64))
    lines = zone(r)
    passport = drawn(r, misprinted(r, lines) if kind == MISPRINTED else lines)
    seen = KINDS[kind](passport.page, r, noise)
    if isinstance(seen, bytes):
        return Picture(kind, seen, "application/pdf", passport.lines)
    quality = 40 if kind == "JPEG of quality 40" else r.choice([75, 85, 92])
    return Picture(kind, jpeg(seen, quality), "image/jpeg", passport.lines)


def jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(r: Random, lines: tuple[str, str]) -> Passport:
    """A data page of 125 × 88 mm."""
    width, height = round(125 * MILLIMETRE), round(88 * MILLIMETRE)
    paper = tuple(r.randint(222, 246) for _ in range(3))
    page = Image.new("RGB", (width, height), paper)
    pen = ImageDraw.Draw(page)
    security_print(pen, paper, r)
    text(pen, 4, 4, "PASAPORTE / PASSPORT", 3.2)
    x0, y0, x1, y1 = (round(each * MILLIMETRE) for each in (5, 14, 37, 56))
    pen.rectangle((x0, y0, x1, y1), fill=(205, 208, 214))
    pen.ellipse((x0 + 130, y0 + 100, x1 - 130, y1 - 160), fill=tuple(r.randint(60, 200) for _ in range(3)))
    first, second = lines
    for number, (label, said) in enumerate(
        (
            ("Pasaporte No./Passport No.", second[:9].strip("<")),
            ("Apellidos/Surname", first[5:].partition("<<")[0].replace("<", " ")),
            ("Nombres/Given names", first[5:].partition("<<")[2].strip("<").replace("<", " ")),
            ("Fecha de nacimiento/Date of birth", second[13:19]),
            ("Vence/Expiry", second[21:27]),
        )
    ):
        text(pen, 42, 14 + 8 * number, label, 1.6)
        text(pen, 42, 16.4 + 8 * number, said, 2.8)
    cut = ImageFont.truetype(
        str(OCR_B / r.choice(["OCRB.otf", "OCRBS.otf"])), round(2.54 / 0.723 * MILLIMETRE)
    )
    ink, bold = r.choice([12, 25, 45, 60]), r.choice([0, 0, 0.5, 1])
    for line, y in zip(lines, (88 - 15.0, 88 - 8.6), strict=True):
        for place, character in enumerate(line):
            at = ((7.5 + 2.54 * place) * MILLIMETRE, y * MILLIMETRE)
            pen.text(at, character, font=cut, fill=(ink, ink, ink + 6), anchor="mm", stroke_width=bold)
    return Passport(page, lines)


def zone(r: Random) -> tuple[str, str]:
    state = r.choice(STATES)
    names = "<<".join(
        "<".join(r.choice(some) for _ in range(r.choice([1, 2, 2, 3]))) for some in (SURNAMES, GIVEN)
    )
    first = f"P{r.choice('<<<DOS')}{state}{names}"[:44].ljust(44, "<")
    number = r.choice(["000000000", "A00000000", "AA000000", "A000000", "AA0000000", "*********"])
    number = filled(number, r).ljust(9, "<")
    birth, expiry = filled_date(r, 1950, 2003), filled_date(r, 2027, 2036)
    more = filled(r.choice(["", "", "0" * 13, "0" * 9, "AA" + "0" * 10]), r).ljust(14, "<")
    second = number + check_digit(number) + state + birth + check_digit(birth) + r.choice("MF")
    second += expiry + check_digit(expiry) + more + (check_digit(more) if more.strip("<") else r.choice("<0"))
    return first, second + check_digit(second[:10] + second[13:20] + second[21:43])


def misprinted(r: Random, lines: tuple[str, str]) -> tuple[str, str]:
    """One digit of the number, the birth or the expiry is another; its check digit is not."""
    second = list(lines[1])
    at = r.choice([place for place in (2, 5, 14, 18, 22, 26) if second[place] in DIGITS])
    second[at] = r.choice([digit for digit in DIGITS if digit != second[at]])
    return lines[0], "".join(second)


def filled(pattern: str, r: Random) -> str:
    return "".join(r.choice({"0": DIGITS, "A": LETTERS, "*": ALPHABET}[each]) for each in pattern)


def filled_date(r: Random, first: int, last: int) -> str:
    return f"{r.randint(first, last) % 100:02}{r.randint(1, 12):02}{r.randint(1, 28):02}"


def security_print(pen: ImageDraw.ImageDraw, paper: tuple[int, ...], r: Random) -> None:
    """Families of waves, in some passports below the zone as well."""
    height = 88 * MILLIMETRE
    families = [number / 34 for number in range(34)]
    if r.random() < 0.67:
        families += [0.78 + number / 12 * 0.22 for number in range(12)]
    for level in families:
        reach, turns, begin = r.uniform(15, 90), r.uniform(2, 9), r.uniform(0, 6)
        colour = tuple(max(0, each - r.randint(14, 60)) for each in paper)
        points = [
            (
                x,
                level * height
                + reach * math.sin(x / 1970 * turns * 6.28 + begin)
                + 18 * math.sin(x / 49 + begin),
            )
            for x in range(0, 1980, 8)
        ]
        pen.line(points, fill=colour, width=r.choice([1, 2, 2, 3]))


def text(pen: ImageDraw.ImageDraw, x: float, y: float, said: str, high: float) -> None:
    font = ImageFont.truetype(str(DEJAVU / "DejaVuSans-Bold.ttf"), round(high * MILLIMETRE))
    pen.text((x * MILLIMETRE, y * MILLIMETRE), said, font=font, fill=(50, 45, 70))


# ── How it is seen ───────────────────────────────────────────────────────────────────────────────────────────────────


def scanned(page: Image.Image, dots: int, noise: np.random.Generator, margins: float = 13) -> Image.Image:
    """On the glass of a scanner."""
    size = tuple(round(each * dots / 400) for each in page.size)
    around = round(margins * dots / 25.4)
    glass = Image.new("RGB", (size[0] + 2 * around, size[1] + 2 * around), (250, 250, 250))
    glass.paste(page.resize(size, Resampling.LANCZOS), (around, around))
    return grained(glass, 2, noise)


def tilted(degrees: float) -> Callable[..., Image.Image]:
    def seen(page: Image.Image, r: Random, noise: np.random.Generator) -> Image.Image:
        scan = scanned(page, 250, noise)
        return scan.rotate(
            r.choice([-1, 1]) * degrees, Resampling.BICUBIC, expand=True, fillcolor=(245, 245, 245)
        )

    return seen


def turned(how: Image.Transpose) -> Callable[..., Image.Image]:
    return lambda page, r, noise: scanned(page, 250, noise).transpose(how)


def photographed(
    page: Image.Image,
    r: Random,
    noise: np.random.Generator,
    *,
    wide: int = 2400,
    fills: float = 0.85,
    tilt: float = 5,
    booklet: bool = False,
    table: tuple[int, int] = (90, 190),
) -> Image.Image:
    """On a table, in perspective; with the page before it in the booklet, if so."""
    if booklet:
        both = Image.new("RGB", (page.width, 2 * page.height + 10), (236, 232, 228))
        pen = ImageDraw.Draw(both)
        for row in range(9):
            words = "Se solicita a las autoridades civiles y militares permitir al titular"[
                : r.randint(30, 68)
            ]
            text(pen, 8, 12 + 7 * row, words, 2.6)
        pen.rectangle((0, page.height, page.width, page.height + 10), fill=(120, 120, 120))
        both.paste(page, (0, page.height + 10))
        page = both
    high = wide * 3 // 4
    across = min(wide * fills * (0.62 if booklet else 1), high * 0.93 * page.width / page.height)
    down = across * page.height / page.width
    turn, x0 = math.radians(r.uniform(-tilt, tilt)), wide / 2 + r.uniform(-0.04, 0.04) * wide
    corners = []
    for right, below in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x = right * across / 2 * (1 + r.uniform(-0.045, 0.045))
        y = below * down / 2 * (1 + r.uniform(-0.03, 0.03))
        corners.append(
            (x0 + x * math.cos(turn) - y * math.sin(turn), high / 2 + x * math.sin(turn) + y * math.cos(turn))
        )
    matrix = perspective(corners, page.size)
    seen = page.transform((wide, high), Transform.PERSPECTIVE, matrix, Resampling.BICUBIC)
    inside = Image.new("L", page.size, 255).transform(
        (wide, high), Transform.PERSPECTIVE, matrix, Resampling.BILINEAR
    )
    grain = noise.normal(0, 1, (high // 16 + 1, wide // 16 + 1)).astype(np.float32)
    grain = np.asarray(Image.fromarray(grain).resize((wide, high), Resampling.BICUBIC))[..., None]
    wood = np.array([r.randint(*table) for _ in range(3)], np.float32) + grain * (table[1] - table[0]) * 0.25
    ground = Image.fromarray(np.clip(wood, 0, 255).astype(np.uint8))
    ground.paste(seen, (0, 0), inside)
    return ground


def perspective(corners: list[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight numbers, which take these corners of the picture to those of the page."""
    rows, aims = [], []
    for (x, y), (u, v) in zip(corners, ((0, 0), (size[0], 0), size, (0, size[1])), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        aims += [u, v]
    return np.linalg.solve(np.array(rows, float), np.array(aims, float)).tolist()


def shaded(image: Image.Image, r: Random, least: float = 0.65) -> Image.Image:
    """Light from one side."""
    across, down = (
        np.linspace(-0.5, 0.5, image.width, dtype=np.float32),
        np.linspace(-0.5, 0.5, image.height, dtype=np.float32),
    )
    turn = r.uniform(0, 6.28)
    light = least + (1 - least) * (across[None] * math.cos(turn) + down[:, None] * math.sin(turn) + 0.7)
    return Image.fromarray(np.clip(np.asarray(image, np.float32) * light[..., None], 0, 255).astype(np.uint8))


def grained(image: Image.Image, strength: float, noise: np.random.Generator) -> Image.Image:
    grain = noise.standard_normal((image.height, image.width, 1), np.float32) * strength
    return Image.fromarray(np.clip(np.asarray(image, np.float32) + grain, 0, 255).astype(np.uint8))


def blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def photo(page: Image.Image, r: Random, noise: np.random.Generator) -> Image.Image:
    """Twelve megapixels."""
    seen = photographed(
        page, r, noise, wide=4000, fills=r.uniform(0.6, 0.85), tilt=8, booklet=r.random() < 0.6
    )
    return grained(blurred(shaded(seen, r), 1.4), 5, noise)


def low_light(page: Image.Image, r: Random, noise: np.random.Generator) -> Image.Image:
    seen = photographed(page, r, noise, fills=0.8, tilt=6).point(lambda value: round(value * 0.36 + 8))
    return grained(blurred(shaded(seen, r, 0.6), 1.0), r.uniform(9, 13), noise)


def glare(page: Image.Image, r: Random, noise: np.random.Generator) -> Image.Image:
    seen = np.asarray(photographed(page, r, noise, tilt=4), np.float32)
    high, wide = seen.shape[:2]
    x, y = r.uniform(0.2, 0.8) * wide, r.uniform(0.7, 0.82) * high
    across = ((np.arange(wide) - x) / (0.16 * wide)) ** 2
    down = ((np.arange(high) - y) / (0.1 * high)) ** 2
    light = (r.uniform(0.5, 0.85) * np.exp(-(across[None] + down[:, None])))[..., None]
    return grained(Image.fromarray((seen * (1 - light) + 255 * light).astype(np.uint8)), 3, noise)


def on_a4(page: Image.Image, r: Random, noise: np.random.Generator) -> bytes:
    """The copier's PDF."""
    sheet = Image.new("RGB", (2480, 3508), (252, 252, 252))
    size = (round(page.width * 0.75), round(page.height * 0.75))
    sheet.paste(page.resize(size, Resampling.LANCZOS), (r.randint(100, 800), r.randint(100, 2200)))
    out = io.BytesIO()
    grained(sheet, 2, noise).save(out, "PDF", resolution=300, quality=80)
    return out.getvalue()


KINDS: dict[str, Callable[[Image.Image, Random, np.random.Generator], Image.Image | bytes]] = {
    "scan of 300 dpi": lambda page, r, noise: scanned(page, 300, noise),
    "scan of 150 dpi": lambda page, r, noise: scanned(page, 150, noise),
    "photo of 12 megapixels": photo,
    "turned by 90": turned(Image.Transpose.ROTATE_90),
    "turned by 180": turned(Image.Transpose.ROTATE_180),
    "turned by 270": turned(Image.Transpose.ROTATE_270),
    "tilted by 5": tilted(5),
    "tilted by 15": tilted(15),
    "tilted by 22": tilted(22),
    "tilted by 30": tilted(30),
    "blurred": lambda page, r, noise: grained(
        blurred(scanned(page, 220, noise), r.uniform(1.5, 2.8)), 3, noise
    ),
    "low light": low_light,
    "JPEG of quality 40": lambda page, r, noise: photographed(page, r, noise, wide=2000, tilt=3).resize(
        (1600, 1200), Resampling.BOX
    ),
    "glare": glare,
    "dark table": lambda page, r, noise: grained(
        blurred(
            shaded(photographed(page, r, noise, wide=3000, fills=0.55, tilt=6, table=(8, 30)), r, 0.75), 0.8
        ),
        4,
        noise,
    ),
    "page only": lambda page, r, noise: scanned(page, 240, noise, margins=0.3),
    "PDF of an A4 sheet": on_a4,
    MISPRINTED: lambda page, r, noise: scanned(page, r.choice([150, 200, 300]), noise),
}
