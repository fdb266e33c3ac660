"""Writing SVG: elements whose values are always escaped, and text that fits into its place.

Nobody measures text here. Widths are those of the characters of Liberation Sans, near enough to cut a line where it
would leave its place.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Any
from xml.etree import ElementTree

from hedgerow.charts.theme import PICTURE_FONT

NAMESPACE = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", NAMESPACE)

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]{} -/\\"), frozenset("mwMW@%")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *content: str, **attributes: Any) -> str:
    """An element of SVG; `content` is SVG already. An underscore in an attribute's name stands for a hyphen."""
    written = "".join(
        f' {key.replace("_", "-")}="{escape(_plain(value))}"' for key, value in attributes.items() if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>"


def document(width: float, height: float, *content: str) -> str:
    """A whole picture."""
    return element(
        "svg",
        *content,
        xmlns=NAMESPACE,
        width=width,
        height=height,
        viewBox=f"0 0 {width:g} {height:g}",
        font_family=PICTURE_FONT,
    )


def text(words: str, x: float, y: float, size: float, fill: str, *, width: float | None = None, **more: Any) -> str:
    """A line of text whose baseline is at `y`, cut where it is wider than `width`."""
    bold = more.get("font_weight") is not None
    shown = words if width is None else fitted(words, size, width, bold=bold)
    return element("text", escape(_clean(shown)), x=x, y=y, font_size=size, fill=fill, **more)


def inside(picture: str, x: float, y: float, width: float, height: float, key: str, *, is_cut: bool = False) -> str:
    """A picture placed inside another, at the top of its place; `key` keeps its ids apart from those of others.

    One that may be larger than its place is to be cut; as each such place is drawn by itself and then put
    into the whole, a picture of many takes three times as long.
    """
    root = ElementTree.fromstring(_clean(picture))  # noqa: S314 - written by the renderer of charts
    for each in root.iter():
        for name, value in each.attrib.items():
            if name == "id":
                each.set(name, f"{key}-{value}")
            elif name.endswith("href") and value.startswith("#"):
                each.set(name, f"#{key}-{value[1:]}")
            elif "url(#" in value:
                each.set(name, _REFERENCE.sub(lambda found: f"url(#{key}-{found[1]})", value))
    for name, number in (("x", x), ("y", y), ("width", width), ("height", height)):
        root.set(name, f"{number:g}")
    root.set("preserveAspectRatio", "xMidYMin")
    if not is_cut:
        root.set("overflow", "visible")
    return ElementTree.tostring(root, encoding="unicode")


def text_width(words: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is, nearly."""
    return sum(map(_character_width, words)) * size * (1.06 if bold else 1)


def fitted(words: str, size: float, width: float, *, bold: bool = False) -> str:
    """The line, cut with an ellipsis where it is too wide."""
    words = " ".join(words.split())
    if text_width(words, size, bold=bold) <= width:
        return words
    while words and text_width(f"{words}…", size, bold=bold) > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


def wrapped(words: str, size: float, width: float) -> Iterator[str]:
    """The lines of a paragraph; a word that is too wide is cut."""
    line = ""
    for word in words.split():
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size) > width:
            yield line
            longer = word
        line = fitted(longer, size, width) if " " not in longer else longer
    if line:
        yield line


def _character_width(character: str) -> float:
    if character in _NARROW:
        return 0.3
    if character in _WIDE:
        return 0.88
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.69 if character.isupper() else 0.556


def _plain(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _clean(words: str) -> str:
    """Without what no XML may hold."""
    return _NOT_XML.sub("", words)
