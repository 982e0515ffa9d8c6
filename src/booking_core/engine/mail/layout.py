"""How every letter looks: as plain text and as HTML that any mail program shows."""

import unicodedata
from dataclasses import dataclass
from html import escape

# Bidirectional embeddings, overrides and isolates: they would turn what follows them around.
_TURNS_TEXT_AROUND = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_LONGEST_LINE = 200

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family: sans-serif; color: #222">
<p>{greeting}</p>
<p>{opening}</p>
<table cellpadding="4">
{rows}
</table>
<p>{closing}</p>
</body>
</html>
"""
_ROW = '<tr><td style="color: #666">{label}</td><td><bdi>{value}</bdi></td></tr>'


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. Facts are (label, value); values and names may hold anything."""

    subject: str
    name: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    closing: str

    @property
    def greeting(self) -> str:
        """By name, unless that wants to be a link or an address."""
        name = plain(self.name)
        return f"Hello {name}," if name and not set("/:@") & set(name) else "Hello,"


def plain(text: str) -> str:
    """Data as one line of at most 200 characters, with nothing that a header, a terminal or a
    mail program would obey."""
    kept = "".join(" " if _breaks_lines(c) else c for c in text if not _turns_around(c))
    return " ".join(kept.split())[:_LONGEST_LINE]


def as_text(letter: Letter) -> str:
    """The plain part: facts in a column, nothing in it that a terminal would obey."""
    width = max(len(label) for label, _ in letter.facts)
    facts = [f"{label + ':':<{width + 1}} {plain(value)}" for label, value in letter.facts]
    parts = [letter.greeting, letter.opening, "\n".join(facts), letter.closing]
    return "\n\n".join(parts) + "\n"


def as_html(letter: Letter) -> str:
    """The HTML part; whatever comes from data is escaped."""
    rows = [
        _ROW.format(label=escape(label), value=escape(plain(value)))
        for label, value in letter.facts
    ]
    return _PAGE.format(
        subject=escape(plain(letter.subject)),
        greeting=escape(letter.greeting),
        opening=escape(letter.opening),
        rows="\n".join(rows),
        closing=escape(letter.closing),
    )


def _turns_around(character: str) -> bool:
    return unicodedata.bidirectional(character) in _TURNS_TEXT_AROUND


def _breaks_lines(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
