"""A look at a text before it is parsed, in one pass: what is refused, and what may take the parser long.

The parser holds the interpreter lock and its time grows with the cube of nesting, so that a few hundred characters can
take minutes. Texts beyond the limits are refused; texts whose estimate is not small do not stand in line with the
others.
"""

import re

from hedgerow.hogql.errors import QueryTooComplexError

MAX_LENGTH = 100_000
MAX_DEPTH = 24
MAX_CHAIN = 100
MAX_NEGATIONS = 24
MAX_OPERATORS = 2_000

SMALL_LENGTH = 4_000
SMALL_COST = 40.0
"""Texts of at most this estimate nearly always take the parser well under 50 ms."""

TOKEN = re.compile(
    r"""
    (?P<skip>\s+|--[^\n]*|//[^\n]*|\#[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<fstring>[fF]')
    |(?P<string>'(?:[^'\\]|\\.|'')*'?)
    |(?P<quoted>`(?:[^`\\]|\\.|``)*`?|"(?:[^"\\]|\\.|"")*"?)
    |(?P<open>[({])
    |(?P<close>[)}])
    |(?P<square>[\[\]])
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<dot>\?\.|\.)
    |(?P<word>[\w$]+)
    |(?P<tag></?[A-Za-z])
    |(?P<operator>[-+*/%|?<>=!~:]+)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING_WORDS = frozenset({"select", "interval"})
_OPERATOR_WORDS = frozenset({"and", "or", "in", "like", "ilike", "between", "is", "union", "join", "when"})


def estimated_cost(text: str) -> float:
    """About how many milliseconds the parser will take; infinite where nobody knows.

    Raises QueryTooComplexError for what is refused unread.
    """
    if len(text) > MAX_LENGTH:
        raise QueryTooComplexError(f"The query is too long: {len(text)} characters, at most {MAX_LENGTH} are allowed.")
    depth = chain = negations = operators = 0
    cost = 0.0
    unknown = False
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "skip":
            continue
        word = match.group().lower() if kind == "word" else ""
        if word == "not":
            negations += 1
            cost += negations + depth
            if negations > MAX_NEGATIONS:
                raise QueryTooComplexError("Too many negations in a row.", match.start(), match.end())
        elif kind not in ("open", "close"):
            negations = 0
        if kind == "open" or word == "case":
            depth += 1
            cost += depth
            if depth > MAX_DEPTH:
                raise QueryTooComplexError(
                    f"The query is nested too deeply: at most {MAX_DEPTH} brackets.", match.start(), match.end()
                )
        elif kind == "close" or word == "end":
            depth = max(depth - 1, 0)
        elif kind == "dot":
            chain += 1
            cost += chain / 20
            if chain > MAX_CHAIN:
                raise QueryTooComplexError("Too many dotted parts in a name.", match.start(), match.end())
        elif kind == "operator" or word in _OPERATOR_WORDS:
            operators += 1
            cost += operators / 300 + depth / 4
            if operators > MAX_OPERATORS:
                raise QueryTooComplexError("Too many operators in the query.", match.start(), match.end())
        elif word in _OPENING_WORDS:
            cost += 1 + depth
        elif kind in ("fstring", "tag"):
            unknown = True
        if kind not in ("dot", "word", "quoted", "number"):
            chain = 0
    if unknown or len(text) > SMALL_LENGTH:
        return float("inf")
    return cost
