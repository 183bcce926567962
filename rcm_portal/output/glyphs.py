"""Which characters neither the portal's font nor one of this machine can print: a PDF would show an empty box for them.

Fontconfig is asked, as Pango asks it when it looks for a font that has a character; without WeasyPrint, so that a web
worker can ask before anything is numbered.
"""

import ctypes
import unicodedata
from functools import cache, lru_cache
from typing import Any

from .fonts import font_files

_SYSTEM_FONTS, _OWN_FONTS = 0, 1  # FcSetSystem, FcSetApplication


class _FontSet(ctypes.Structure):
    _fields_ = (
        ("number", ctypes.c_int),
        ("size", ctypes.c_int),
        ("fonts", ctypes.POINTER(ctypes.c_void_p)),
    )


def unprintable(text: str) -> tuple[str, ...]:
    """The characters of `text` for which no font has a glyph, each once, in order."""
    return tuple(character for character in dict.fromkeys(text) if not _is_printable(character))


@lru_cache(maxsize=4096)
def _is_printable(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return True  # nothing is drawn
    library, charsets = _charsets()
    return not charsets or any(library.FcCharSetHasChar(each, ord(character)) for each in charsets)


@cache
def _charsets() -> tuple[Any, list[ctypes.c_void_p]]:
    """Fontconfig and what each scalable font covers; none where there is no Fontconfig, nor any PDF then."""
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return None, []
    library.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.FcConfigAppFontAddFile.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
    library.FcPatternGetCharSet.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_void_p),
    )
    library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    library.FcInit()
    for path in font_files().values():
        library.FcConfigAppFontAddFile(None, bytes(path))
    charsets = []
    for kind in (_OWN_FONTS, _SYSTEM_FONTS):
        found = library.FcConfigGetFonts(None, kind)
        for place in range(found.contents.number if found else 0):
            charset = ctypes.c_void_p()
            if not library.FcPatternGetCharSet(
                found.contents.fonts[place], b"charset", 0, ctypes.byref(charset)
            ):
                charsets.append(charset)
    return library, charsets
