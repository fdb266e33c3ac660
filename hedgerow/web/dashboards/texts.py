"""Texts of tiles: Markdown as HTML that can do no harm."""

from functools import cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore


def rendered(body: str) -> SafeString:
    """A text as HTML. HTML inside it is shown as text; links lead to web pages and mails only, pictures are links."""
    return SafeString(_markdown().render(body))  # the library escapes all that is not Markdown


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.disable("image")  # they would be fetched from elsewhere, which pages here do not do
    markdown.core.ruler.push("lower_headings", _lower_headings)
    return markdown


def _lower_headings(state: StateCore) -> None:
    """One level lower: the highest is the page's own."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
