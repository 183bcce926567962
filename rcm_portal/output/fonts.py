"""The font of every PDF: it comes with the portal, as a package, so that a letter is the same on every machine.

Lato covers the Latin, Greek and Cyrillic scripts; for others the fonts of the machine step in (glyphs.py).
"""

from pathlib import Path

import fontpkg

FAMILY = "Portal Lato"  # a name of its own, so that no other edition on the machine is taken for it
WEIGHTS = {400: "fonts/regular.ttf", 700: "fonts/bold.ttf"}


def font_files() -> dict[str, Path]:
    """The font's files by the names under which a document's stylesheet asks for them."""
    return {name: fontpkg.path("Lato", weight=weight) for weight, name in WEIGHTS.items()}


def font_faces() -> str:
    """The font as a stylesheet."""
    return "".join(
        f"@font-face {{ font-family: '{FAMILY}'; font-weight: {weight}; src: url('{name}') }}"
        for weight, name in WEIGHTS.items()
    )
