"""Texts in Markdown, drawn: headings, paragraphs and lists, without what a picture cannot show."""

import re

from hedgerow.charts.svg import document, text, wrapped
from hedgerow.charts.theme import Look

_SIZES = {0: 14.0, 1: 26.0, 2: 21.0, 3: 17.0}
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|~~|`|\*(?=\S)|(?<=\S)\*)")


def markdown_svg(body: str, width: float, height: float, look: Look) -> str:
    """As much of the text as there is room for."""
    y = 6.0
    parts: list[str] = []
    for line in body.splitlines():
        heading, item = _HEADING.match(line), _ITEM.match(line)
        size = _SIZES[min(len(heading[1]), 3)] if heading else _SIZES[0]
        words = heading[2] if heading else line
        indent, bullet = 0.0, ""
        if item and not heading:
            indent, bullet, words = 18.0, f"{item[1]}." if item[1] else "•", item[2]
        fill = look.ink if heading else look.muted
        for at, part in enumerate(wrapped(_plain(words), size, width - indent)):
            y += size * 1.45
            if y > height:
                return document(width, height, *parts)
            if bullet and not at:
                parts.append(text(bullet, 0, y, size, fill))
            parts.append(text(part, indent, y, size, fill, font_weight=600 if heading else None))
        if not line.strip():
            y += 6
    return document(width, height, *parts)


def _plain(words: str) -> str:
    """Without marks; of links their words."""
    return _MARKS.sub("", _LINK.sub(r"\1", words)).strip()
