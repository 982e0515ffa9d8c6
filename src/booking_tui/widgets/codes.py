"""QR codes drawn with characters: two modules one above the other in each."""

from rich.text import Text

# Dark on light whatever the theme, for cameras expect it. A wider quiet zone would not fit into 24
# lines; what is around it is quiet as well.
_STYLE = "black on white"
_QUIET = 1


def drawn_code(content: str) -> Text:
    """A QR code of a text that is not empty."""
    import segno  # noqa: PLC0415 - takes long, few need it

    code = segno.make(content, error="l", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(_character(upper, lower) for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    return Text("\n".join(lines), _STYLE, no_wrap=True)


def _character(upper: int, lower: int) -> str:
    if upper and lower:
        return "█"
    return "▀" if upper else "▄" if lower else " "
