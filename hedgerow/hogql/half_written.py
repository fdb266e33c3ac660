"""What can be told of a query that is being written: where the cursor is, and which tables are in reach there.

Such a text is seldom whole, so nothing is parsed: words are read by the tokens of `guard`, grouped by brackets.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hedgerow.hogql.errors import QueryTooComplexError
from hedgerow.hogql.guard import TOKEN, estimated_cost

_CHAIN = re.compile(r"""((?:(?:[\w$]+|`[^`]*`|"[^"]*")\s*\.\s*)*)([\w$]*|`[^`\n]*)$""")
_LONGEST_CHAIN = 500
"""Characters before the cursor in which the names before it are looked for."""
_CLAUSES = frozenset(
    {
        *("select", "from", "prewhere", "where", "group", "having", "qualify", "window", "order", "limit", "offset"),
        *("union", "intersect", "except", "sample", "settings", "with"),
    }
)
_JOINING = frozenset(
    {
        *("join", "inner", "left", "right", "full", "outer", "cross", "any", "all", "semi", "anti", "asof", "array"),
        *("on", "using", "final", "as"),
    }
)
_SETS = frozenset({"union", "intersect", "except"})
_COMPARING = frozenset({"=", "==", "!=", "<>", "like", "ilike", "in", "not"})


@dataclass(frozen=True, slots=True)
class Word:
    """A token: a name, an operator, a string …"""

    kind: str
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """What keywords are compared with; nothing for strings and quoted names."""
        return "" if self.kind in ("string", "quoted") else self.text.lower()

    @property
    def name(self) -> str | None:
        """The name it is, without its quotes; None if it is none."""
        if self.kind == "quoted":
            return self.text.strip('`"')
        return self.text if self.kind == "word" else None


@dataclass(slots=True)
class Group:
    """What is between two brackets, or the whole text."""

    start: int
    end: int
    items: "list[Word | Group]" = field(default_factory=list)
    bracket: str = ""

    @property
    def is_query(self) -> bool:
        """Whether it is a SELECT of its own."""
        first = self.items[0] if self.items else None
        return isinstance(first, Word) and first.lower in ("select", "with")


@dataclass(frozen=True, slots=True)
class TableInReach:
    """A table of FROM: stored under `name`, or a query with such `columns`."""

    alias: str
    name: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Place:
    """Where the cursor is."""

    kind: str
    """`table` after FROM, `expression`, `string`, `placeholder` between curly brackets, or `nothing`."""
    typed: str = ""
    """What has been written of the word at the cursor."""
    chain: tuple[str, ...] = ()
    """The names before it, each followed by a dot; in a string, what the string is compared with."""
    tables: list[TableInReach] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    """Names that the SELECT gives to its columns."""
    queries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Queries named by WITH, and their columns."""
    call: str = ""
    """In a string: the function it is an argument of."""


def place_at(text: str, cursor: int, default: Sequence[TableInReach] = ()) -> Place:
    """What stands at an offset of the text; `default` are the tables of a text without FROM.

    Of a text that would be refused as too long or too deeply nested nothing is told.
    """
    try:
        estimated_cost(text)
    except QueryTooComplexError:
        return Place("nothing")
    words = [Word(m.lastgroup or "", m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)]
    at = next((word for word in words if word.start < cursor <= word.end), None)
    if at is not None and at.kind == "skip" and not at.text.isspace():
        ended = at.text.endswith("*/") if at.text.startswith("/*") else at.text.endswith("\n")
        if cursor < at.end or not ended:
            return Place("nothing")
    if at is not None and at.kind == "quoted" and (len(at.text) == 1 or at.text[-1] != at.text[0]):
        # The quote has only been opened: without it, the rest of the text can be read.
        return place_at(f"{text[: at.start]} {text[at.start + 1 :]}", cursor, default)
    path = _path(_grouped([word for word in words if word.kind != "skip"], len(text)), cursor)
    if at is not None and at.kind == "string" and not (cursor == at.end and len(at.text) > 1 and at.text[-1] == "'"):
        place = _in_string(path, at, cursor)
    else:
        place = _in_expression(path, text, cursor)
    _reach(place, path, cursor, default)
    return place


def columns_of(text: str) -> tuple[str, ...]:
    """The names of the columns a query gives, as far as they can be told from the text."""
    try:
        estimated_cost(text)
    except QueryTooComplexError:
        return ()
    words = [Word(m.lastgroup or "", m.group(), m.start(), m.end()) for m in TOKEN.finditer(text)]
    return _columns(_grouped([word for word in words if word.kind != "skip"], len(text)))


def _grouped(words: Sequence[Word], length: int) -> Group:
    whole = Group(0, length)
    open_groups = [whole]
    for word in words:
        if word.kind == "open":
            group = Group(word.end, length, bracket=word.text)
            open_groups[-1].items.append(group)
            open_groups.append(group)
        elif word.kind == "close":
            if len(open_groups) > 1:
                open_groups.pop().end = word.start
        else:
            open_groups[-1].items.append(word)
    for inner, outer in zip(reversed(open_groups[1:]), reversed(open_groups[:-1]), strict=True):
        _end_before_clause(inner, outer)
    return whole


def _end_before_clause(inner: Group, outer: Group) -> None:
    """A call whose bracket is not closed yet ends before the next clause: `select sum(x from events`."""
    if inner.is_query or inner.bracket != "(":
        return
    ends = (i for i, item in enumerate(inner.items) if isinstance(item, Word) and item.lower in _CLAUSES)
    end = next(ends, None)
    if end is not None:
        inner.end = inner.items[end].start - 1
        outer.items += inner.items[end:]
        del inner.items[end:]


def _path(whole: Group, cursor: int) -> list[Group]:
    """The groups around the cursor, the innermost last."""
    path = [whole]
    while True:
        inner = (item for item in path[-1].items if isinstance(item, Group) and item.start <= cursor <= item.end)
        group = next(inner, None)
        if group is None:
            return path
        path.append(group)


def _in_string(path: Sequence[Group], at: Word, cursor: int) -> Place:
    place = Place("string", typed=at.text[1 : cursor - at.start])
    items = list(path[-1].items)
    index = next((i for i, item in enumerate(items) if isinstance(item, Word) and item.start == at.start), 0)
    before = items[:index]
    if len(path) > 1 and all(isinstance(item, Word) and item.kind in ("string", "other") for item in before):
        # The first string in brackets, or one after others: `event IN ('a', '…` or `matchesAction('…`.
        outer = path[-2].items
        before = list(outer[: outer.index(path[-1])])
        last = before[-1] if before else None
        if isinstance(last, Word) and last.kind == "word" and last.lower not in _COMPARING:
            place.call = last.text
            return place
    while before and isinstance(before[-1], Word) and before[-1].lower in (*_COMPARING, "cohort"):
        if before[-1].lower == "cohort":
            place.call = "cohort"
        before.pop()
    place.chain = _chain_before(before)
    return place


def _chain_before(items: Sequence[Word | Group]) -> tuple[str, ...]:
    names: list[str] = []
    for item in reversed(items):
        if not isinstance(item, Word):
            break
        expects_name = len(names) % 2 == 0
        if expects_name and item.name is not None:
            names.append(item.name)
        elif not expects_name and item.kind == "dot":
            names.append(".")
        else:
            break
    return tuple(name for name in reversed(names) if name != ".")


def _in_expression(path: Sequence[Group], text: str, cursor: int) -> Place:
    nearby = max(cursor - _LONGEST_CHAIN, 0)
    found = _CHAIN.search(text[nearby:cursor])
    assert found is not None
    started = nearby + found.start()
    chain = tuple(part.strip().strip('`"') for part in found.group(1).split(".")[:-1])
    place = Place("expression", typed=found.group(2).lstrip("`"), chain=chain)
    if path[-1].bracket == "{":
        place.kind = "placeholder"
        return place
    before = [item for item in path[-1].items if item.start < started]
    last = before[-1] if before else None
    word = last.lower if isinstance(last, Word) else ""
    if word == "as" or place.typed[:1].isdigit():
        place.kind = "nothing"
    elif word in ("from", "join") or (word == "," and _clause(before) == "from"):
        place.kind = "table"
    return place


def _clause(before: Sequence[Word | Group]) -> str:
    words = (item.lower for item in reversed(before) if isinstance(item, Word))
    return next((word for word in words if word in _CLAUSES or word in ("on", "using")), "")


def _reach(place: Place, path: Sequence[Group], cursor: int, default: Sequence[TableInReach]) -> None:
    for group in path:
        place.queries.update(_named_queries(group, place.queries))
    query = next((group for group in reversed(path) if group.is_query), None)
    if query is None:
        place.tables = list(default)
        return
    segment = next((each for each in _segments(query) if not each or each[-1].end >= cursor), [])
    segment = segment or list(_segments(query))[-1]
    place.tables = list(_tables(segment, place.queries)) or list(default)
    place.aliases = [name for name in _select_list(segment, only_aliases=True) if name != place.typed]


def _segments(query: Group) -> Iterator[list[Word | Group]]:
    """The parts of a set of queries."""
    segment: list[Word | Group] = []
    for item in query.items:
        if isinstance(item, Word) and item.lower in _SETS:
            yield segment
            segment = []
        else:
            segment.append(item)
    yield segment


def _named_queries(group: Group, known: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found = dict(known)
    items = group.items
    for index, item in enumerate(items):
        is_named = isinstance(item, Group) and item.is_query and index >= 2
        before = items[max(index - 2, 0) : index]
        if is_named and isinstance(before[1], Word) and before[1].lower == "as" and isinstance(before[0], Word):
            assert isinstance(item, Group)
            found[before[0].name or ""] = _columns(item, found)
    return found


def _tables(segment: Sequence[Word | Group], queries: dict[str, tuple[str, ...]]) -> Iterator[TableInReach]:
    index, awaits_table, in_from = 0, False, False
    while index < len(segment):
        item = segment[index]
        word = item.lower if isinstance(item, Word) else ""
        index += 1
        if word in ("from", "join"):
            awaits_table = in_from = True
        elif word in _CLAUSES or word in ("on", "using"):
            in_from = False
        elif word == "," and in_from:
            awaits_table = True
        elif awaits_table:
            awaits_table = False
            alias = _alias(segment, index)
            if isinstance(item, Group):
                yield TableInReach(alias, None, _columns(item, queries))
            elif item.name is not None and item.name in queries:
                yield TableInReach(alias or item.name, None, queries[item.name])
            elif item.name is not None:
                yield TableInReach(alias or item.name, item.name)


def _alias(segment: Sequence[Word | Group], index: int) -> str:
    words = [item for item in segment[index : index + 3] if isinstance(item, Word)]
    if words and words[0].lower == "final":
        words = words[1:]
    if words and words[0].lower == "as":
        return (words[1].name or "") if len(words) > 1 else ""
    if words and words[0].name and words[0].lower not in _CLAUSES and words[0].lower not in _JOINING:
        return words[0].name
    return ""


def _columns(query: Group, queries: dict[str, tuple[str, ...]] | None = None) -> tuple[str, ...]:
    if not query.is_query:
        inner = next((item for item in query.items if isinstance(item, Group)), None)
        return _columns(inner, queries) if inner else ()
    known = _named_queries(query, queries or {})
    segment = next(_segments(query))
    names = list(_select_list(segment))
    if "*" in names:
        names += [name for table in _tables(segment, known) for name in (table.columns or (f"{table.name}.*",))]
    return tuple(dict.fromkeys(name for name in names if name and name != "*"))


def _select_list(segment: Sequence[Word | Group], *, only_aliases: bool = False) -> Iterator[str]:
    """The name of each column."""
    start = next((i for i, item in enumerate(segment) if isinstance(item, Word) and item.lower == "select"), None)
    if start is None:
        return
    column: list[Word | Group] = []
    for item in (*segment[start + 1 :], None):
        word = item.lower if isinstance(item, Word) else ""
        if item is not None and word != "," and word not in _CLAUSES:
            column.append(item)
            continue
        last = column[-1] if column else None
        if isinstance(last, Word):
            is_alias = len(column) > 1 and isinstance(column[-2], Word) and column[-2].lower == "as"
            if is_alias or not only_aliases:
                yield "*" if last.text == "*" else last.name or ""
        column = []
        if word != ",":
            return
