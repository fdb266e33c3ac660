"""Conditions on recordings: on themselves, on their people, and on the events that happened meanwhile.

A recording and the events of its session know each other by the session's id. A filter that denies (`is_not`,
`not_icontains` …) leaves out the recordings for which the opposite holds: `$browser is_not Safari` those with any event
from Safari.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.session_range import MARGIN_DAYS
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import POSITIVE_OF, TRUE, Clock, Operand, condition, conjunction, disjunction, negation
from hedgerow.insights.properties import (
    MAX_DEPTH,
    Properties,
    PropertyCondition,
    PropertyFilter,
    PropertyGroup,
    property_filters,
    test_account_filters,
)
from hedgerow.insights.selection import series_events
from hedgerow.insights.series import ActionsNode, EventsNode
from hedgerow.recordings import columns
from hedgerow.recordings.asking import RecordingsQuery

_SEPARATOR = "\0"
"""Stands in no id that could be found."""
_SESSION, _DISTINCT_ID = ast.Field(["session_id"]), ast.Field(["distinct_id"])
_LEVELS = {"log": "log", "info": "log", "debug": "log", "warn": "warn", "warning": "warn", "error": "error"}
_OF_PERSONS = ("person", "cohort")


@dataclass(frozen=True, slots=True)
class Filters:
    """Makes conditions for the recordings of a project that began within a range, as far as one is given.

    `now` is what relative dates in values count from. Everything raises InsightError for what cannot be asked, and
    HogQLError for HogQL that cannot be read.
    """

    context: ProjectContext
    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    session_ids: Sequence[str] | None = None

    def of_query(self, query: RecordingsQuery, test_accounts: Sequence[dict[str, object]]) -> ast.Expr:
        """All that a question asks of recordings, but when they began and who watched them."""
        parts = [self._node(node) for node in query.nodes]
        parts.append(self.properties(query.properties, query.operand))
        parts += [self._console(each) for each in query.console_log_filters]
        wanted = [part for part in parts if part is not TRUE]
        always = [conjunction(wanted) if query.operand == "AND" else disjunction(wanted)]
        always.append(self._having(query.having_predicates))
        if query.filter_test_accounts:
            always += [self._property(each) for each in test_account_filters(test_accounts)]
        if query.person_uuid is not None:
            always.append(_of_persons(_equals("person_id", str(query.person_uuid))))
        if query.distinct_ids is not None:
            always.append(one_of(_DISTINCT_ID, query.distinct_ids))
        if query.comment_text:
            raise InsightError("Recordings have no comments here.")
        return conjunction(always)

    def properties(self, filters: Properties, operand: str = "AND") -> ast.Expr:
        """Conditions on properties; those of a list are joined by the operand."""
        if not filters:
            return TRUE
        if isinstance(filters, PropertyGroup):
            return self._property(filters)
        return self._property(PropertyGroup(type="OR" if operand == "OR" else "AND", values=filters))

    def events(self, query: RecordingsQuery) -> ast.Expr:
        """The condition that an event is one of those a question looks for, or fits one of its filters on events."""
        parts = [series_events(node, self.context, self.now) for node in query.nodes]
        filters = query.properties.values if isinstance(query.properties, PropertyGroup) else query.properties or []
        asked = [each for each in filters if not isinstance(each, PropertyFilter) or each.type not in _ABOUT_RECORDINGS]
        parts += [property_filters([each], self.context, self.now) for each in asked]
        if not parts:
            raise InsightError("Name an event, an action or a property of events to look for.")
        return disjunction(parts)

    def _node(self, node: EventsNode | ActionsNode) -> ast.Expr:
        return self._with_event(series_events(node, self.context, self.now))

    def _property(self, given: PropertyCondition, depth: int = 0) -> ast.Expr:
        if isinstance(given, PropertyGroup):
            if depth > MAX_DEPTH:
                raise InsightError(f"Groups of property filters may be nested {MAX_DEPTH} deep at most.")
            parts = [self._property(each, depth + 1) for each in given.values]
            wanted = [part for part in parts if part is not TRUE]
            return conjunction(wanted) if given.type == "AND" else disjunction(wanted)
        if given.key is None or given.type in ("flag", "empty"):
            return TRUE
        if given.type == "recording":
            return self._fact(given)
        if given.type == "log_entry":
            return self._console(given)
        positive = _affirmed(given)
        found = self._affirmed_property(positive)
        return found if found is TRUE or positive is given else negation(found)

    def _affirmed_property(self, given: PropertyFilter) -> ast.Expr:
        if given.type == "session":
            fits = property_filters([given], self.context, self.now, "session")
            return fits if fits is TRUE else self._of_sessions("sessions", "session_id", "$start_timestamp", fits)
        fits = property_filters([given], self.context, self.now)
        if fits is TRUE:
            return TRUE
        return _of_persons(fits) if given.type in _OF_PERSONS else self._with_event(fits)

    def _with_event(self, fits: ast.Expr) -> ast.Expr:
        return self._of_sessions("events", "$session_id", "timestamp", fits)

    def _of_sessions(self, table: str, session: str, time: str, fits: ast.Expr) -> ast.Expr:
        """Whether the session is one of those in a table, looked for as long as a recording may last."""
        bounds: list[ast.Expr] = []
        margin = timedelta(days=MARGIN_DAYS)
        if self.since is not None:
            bounds.append(ast.CompareOperation(ast.Field([time]), ast.Constant(self.since - margin), ">="))
        if self.until is not None:
            bounds.append(ast.CompareOperation(ast.Field([time]), ast.Constant(self.until + margin), "<="))
        if self.session_ids is not None:
            bounds.append(one_of(ast.Field([session]), self.session_ids))
        found = ast.SelectQuery(
            select=[ast.Field([session])],
            select_from=ast.JoinExpr(ast.Field([table])),
            where=conjunction([*bounds, fits]),
        )
        return ast.CompareOperation(_SESSION, found, "in")

    def _having(self, filters: Properties) -> ast.Expr:
        """Conditions on recordings alone."""
        if not filters:
            return TRUE
        group = filters if isinstance(filters, PropertyGroup) else PropertyGroup(type="AND", values=filters)
        parts = [self._fact(e) if isinstance(e, PropertyFilter) else self._having(e) for e in group.values]
        wanted = [part for part in parts if part is not TRUE]
        return conjunction(wanted) if group.type == "AND" else disjunction(wanted)

    def _fact(self, given: PropertyFilter) -> ast.Expr:
        """A condition on what is known of the recording itself."""
        if given.key is None:
            return TRUE
        clock = Clock(self.now, self.context.timezone, self.context.week_start_day)
        if given.key in columns.NUMBERS:
            number = columns.NUMBERS[given.key]
            return condition(
                Operand(ast.Call("toString", [number]), number, ast.Constant(None), TRUE, "Numeric"),
                given.operator,
                given.value,
                clock,
            )
        if given.key in columns.TEXTS:
            return condition(_text_operand(columns.TEXTS[given.key]), given.operator, given.value, clock)
        if given.key != "visited_page":
            known = ", ".join([*columns.NUMBERS, *columns.TEXTS, "visited_page"])
            raise InsightError(f"Recordings have no property '{given.key}'. They have {known}.")
        positive = _affirmed(given)
        fits = condition(_text_operand(ast.Field(["page"])), positive.operator, positive.value, clock)
        if fits is TRUE:
            return TRUE
        visited = ast.Call("arrayExists", [ast.Lambda(["page"], fits), columns.PAGES])
        return visited if positive is given else negation(visited)

    def _console(self, given: PropertyFilter) -> ast.Expr:
        """A condition on what the console said: there are counts by level."""
        if given.key != "level":
            raise InsightError("Of the console's messages only the level is known; filter by 'level'.")
        positive = _affirmed(given)
        levels = positive.value if isinstance(positive.value, list) else [positive.value]
        unknown = [str(each) for each in levels if each not in _LEVELS]
        if unknown:
            raise InsightError(f"'{unknown[0]}' is not a level of the console: {', '.join(_LEVELS)} are.")
        counts = dict.fromkeys(f"console_{_LEVELS[each]}_count" for each in levels)
        if not counts:
            return TRUE
        said = disjunction([ast.CompareOperation(columns.field(name), ast.Constant(0), ">") for name in counts])
        return said if positive is given else negation(said)


_ABOUT_RECORDINGS = ("recording", "log_entry", "session", "flag", "empty")


def one_of(field: ast.Expr, values: Iterable[str]) -> ast.Expr:
    """The condition that a text is one of these; however many they are, they are bound as one value."""
    known = [value for value in dict.fromkeys(values) if _SEPARATOR not in value]
    if not known:
        return ast.Constant(False)
    return ast.CompareOperation(field, ast.SelectQuery(select=[ast.Call("arrayJoin", [texts(known)])]), "in")


def texts(values: Iterable[str]) -> ast.Expr:
    """An array of texts, bound as one value."""
    return ast.Call("splitByChar", [ast.Constant(_SEPARATOR), ast.Constant(_SEPARATOR.join(values))])


def _of_persons(fits: ast.Expr) -> ast.Expr:
    """Whether the recording is of a person who fits, whoever the distinct id belonged to at the time."""
    found = ast.SelectQuery(
        select=[_DISTINCT_ID], select_from=ast.JoinExpr(ast.Field(["person_distinct_ids"])), where=fits
    )
    return ast.CompareOperation(_DISTINCT_ID, found, "in")


def _equals(name: str, value: str) -> ast.Expr:
    return ast.CompareOperation(ast.Field([name]), ast.Constant(value), "==")


def _affirmed(given: PropertyFilter) -> PropertyFilter:
    """What a filter that denies denies; other filters themselves."""
    if given.type == "cohort" and given.negation:
        return given.model_copy(update={"negation": None, "operator": "in"})
    if given.operator in POSITIVE_OF:
        return given.model_copy(update={"operator": POSITIVE_OF[given.operator]})
    return given


def _text_operand(text: ast.Expr) -> Operand:
    return Operand(
        text=text,
        number=ast.Call("toFloat", [text]),
        moment=ast.Constant(None),
        is_set=ast.CompareOperation(text, ast.Constant(""), "!="),
    )
