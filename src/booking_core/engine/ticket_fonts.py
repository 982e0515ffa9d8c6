"""The typeface of printed tickets, and text it can set.

FiraGO (SIL Open Font License) comes as an ordinary dependency, so nothing is fetched and every
machine prints the same page. It sets Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Thai and
Devanagari; names in other scripts are spelt in Latin letters, as on a boarding pass.
"""

import unicodedata
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from anyascii import anyascii
from fpdf import FPDF
from fpdf.fonts import TTFFont
from pymupdf_fonts import FiraGO_Bold, FiraGO_Regular  # type: ignore[import-untyped]  # plain data

FAMILY = "FiraGO"
_FILES = {"": FiraGO_Regular.fontbuffer, "B": FiraGO_Bold.fontbuffer}


@contextmanager
def fonts_of(pdf: FPDF) -> Iterator[Container[int]]:
    """Give a document its typeface until it is put out; the code points that can be set in it.

    The library reads fonts from files only, and does so again when it puts the document out.
    """
    with TemporaryDirectory(prefix="booking-fonts-") as folder:
        for style, content in _FILES.items():
            file = Path(folder, f"{FAMILY}{style}.ttf")
            file.write_bytes(content)
            pdf.add_font(FAMILY, style, file)
        pdf.set_text_shaping(use_shaping_engine=True)
        fonts = [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]
        try:
            yield fonts[0].cmap
        finally:
            for font in fonts:
                font.ttfont.close()


def settable(text: str, known: Container[int]) -> str:
    """A text on one line, with Latin letters for what the typeface does not know."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(
        " " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in composed
    )
    spelt = (each if ord(each) in known else anyascii(each) for each in visible)
    return " ".join("".join(spelt).split()) or "?"
