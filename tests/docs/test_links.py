"""Links from page to page lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "docs" / "decisions" / "0000-template.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    # The template's links are for whoever fills it in.
    *sorted(set((ROOT / "docs").rglob("*.md")) - {TEMPLATE}),
]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(page.read_text())
    }


def dead_links(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert list(dead_links(page, page.read_text())) == []


def test_a_dead_link_is_noticed() -> None:
    """Negative control."""
    text = "[a](docs/nowhere.md) [b](docs/glossary.md#nothing) [c](docs/glossary.md#words)"

    assert list(dead_links(PAGES[0], text)) == ["docs/nowhere.md", "docs/glossary.md#nothing"]
