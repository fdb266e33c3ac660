"""What the parser reads and says nothing of in its tree: refused, as the answer would be to another question.

The tree has no trace of it, so the words are looked for in the text, outside of strings, comments and quoted names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hedgerow.hogql.errors import UnsupportedError
from hedgerow.hogql.guard import TOKEN

_JOIN_WORDS = frozenset({"join", "inner", "left", "right", "full", "cross", "any", "all", "asof", "semi", "anti"})
_SET_WORDS = frozenset({"union", "intersect", "except", "all", "distinct"})


@dataclass(slots=True)
class _Token:
    kind: str
    word: str
    """Small letters; of a string or a quoted name nothing."""
    start: int
    end: int


@dataclass(slots=True)
class _Bracket:
    before: _Token | None
    first: str = ""


@dataclass(slots=True)
class _Reader:
    tokens: Sequence[_Token]
    brackets: list[_Bracket] = field(default_factory=list)

    def word(self, index: int) -> str:
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""


def refuse_dropped(text: str) -> None:
    """Raise UnsupportedError at the first thing the parser would drop."""
    reader = _Reader(list(_tokens(text)))
    for index, token in enumerate(reader.tokens):
        reason = _dropped_words(reader, index) or _after_bracket(reader, index)
        if reason:
            last = reader.tokens[min(index + 1, len(reader.tokens) - 1)]
            raise UnsupportedError(reason, token.start, last.end)


def _tokens(text: str) -> Iterator[_Token]:
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "skip":
            word = "" if kind in ("string", "quoted") else match.group().lower()
            yield _Token(kind, word, match.start(), match.end())


def _dropped_words(reader: _Reader, index: int) -> str:
    word, following = reader.word(index), reader.word(index + 1)
    if reader.word(index - 1) == ".":
        excludes = word == "*" and following == "exclude"
        return "EXCLUDE is only supported after * alone." if excludes else ""
    if word == "with" and following in ("totals", "rollup", "cube") and reader.word(index + 2) not in ("as", "("):
        instead = "" if following == "totals" else f": write GROUP BY {following.upper()}(…)"
        return f"WITH {following.upper()} is not supported{instead}."
    if word == "nulls" and following == "first":
        return "NULLS FIRST is not supported: NULL comes last in every order."
    if word == "ignore" and following == "nulls":
        return "IGNORE NULLS is not supported: aggregates leave NULL out without it."
    if word == "collate" and index + 1 < len(reader.tokens) and reader.tokens[index + 1].kind == "string":
        return "COLLATE is not supported."
    if word in ("natural", "global", "lateral") and following in _JOIN_WORDS:
        return f"{word.upper()} {following.upper()} is not supported."
    return ""


def _after_bracket(reader: _Reader, index: int) -> str:
    token = reader.tokens[index]
    if token.kind != "close":
        if reader.brackets and not reader.brackets[-1].first:
            reader.brackets[-1].first = token.word
        if token.kind == "open":
            reader.brackets.append(_Bracket(reader.tokens[index - 1] if index else None))
        return ""
    bracket = reader.brackets.pop() if reader.brackets else None
    if bracket and bracket.before and bracket.before.word == "filter" and reader.word(index + 1) == "over":
        return "FILTER before OVER is not supported: use a function whose name ends in If, such as countIf."
    if bracket is None or reader.word(index + 1) != "order" or reader.word(index + 2) != "by":
        return ""
    before = bracket.before
    stands_alone = before is None or before.kind == "open" or before.word in _SET_WORDS
    if stands_alone and bracket.first in ("select", "with", "("):
        return "ORDER BY after a query in brackets is not supported: write SELECT * FROM (…) ORDER BY …"
    return ""
