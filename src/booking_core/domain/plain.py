"""Text from outside as a terminal may show it."""

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Bidirectional embeddings, overrides and isolates.
_TURNS_TEXT_AROUND = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def plain(text: str) -> str:
    """A text without characters that a terminal would obey; each is seen to have been there."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_REPLACEMENT if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    # Cc holds the escape character; Zl and Zp break the line.
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in _TURNS_TEXT_AROUND
    )
