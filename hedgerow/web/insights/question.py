"""The question of a page: a query in the address, and what the editor makes of it."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from rest_framework.exceptions import ParseError

from hedgerow.queries.request import parse_model, parse_request, unwrap
from hedgerow.web.insights.breakdowns import written_breakdowns
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.dates import written_comparison, written_dates, written_interval
from hedgerow.web.insights.filters import WHOLE_QUESTION, matches_any, written_filters
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.series import written_series

CARRIED = ("dateRange", "interval", "properties", "filterTestAccounts", "breakdownFilter", "compareFilter")
"""The parts of a query that mean the same in every kind of question."""


@dataclass(frozen=True)
class Question:
    """A query of a kind, and how it was typed. With a `problem` the query could not be read and is the usual one."""

    insight: Insight
    query: Query
    text: str
    problem: str = ""

    @property
    def address(self) -> str:
        """The query string that holds the whole question."""
        return urlencode({"q": compact(self.query)})


def compact(query: Query) -> str:
    """A query as JSON without white space."""
    return json.dumps(query, ensure_ascii=False, separators=(",", ":"))


def typed_question(insight: Insight, text: str, choices: Choices) -> Question:
    """The question somebody typed or linked to; of the kind the query is of, whatever the page."""
    try:
        body = unwrap(parse_request({"query": _decoded(text)}).query)
        found = BY_KIND.get(body["kind"])
        if found is None:
            raise ParseError(f"There is no page for the kind {body['kind']}.")
        checked = parse_model(found.model, body, "query")
    except ParseError as error:
        return Question(insight, insight.usual(choices), text, str(error))
    # As it was checked, so that the editor can rely on every type, but without what was not asked.
    query = {**body, **checked.model_dump(mode="json", exclude_unset=True)}
    return Question(found, query, json.dumps(query, ensure_ascii=False, indent=2))


def usual_question(insight: Insight, choices: Choices) -> Question:
    """What a page asks when it is opened without a question."""
    query = insight.usual(choices)
    return Question(insight, query, json.dumps(query, ensure_ascii=False, indent=2))


def edited_query(insight: Insight, asked: QueryDict, choices: Choices) -> Query:
    """The query the editor stands for: the one it was filled from, with all that was sent written into it."""
    sent = asked.get("base", "")
    base = typed_question(insight, sent, choices) if sent else usual_question(insight, choices)
    query = base.query if base.insight is insight else insight.usual(choices)
    form = Form(asked)
    if "range" in asked:
        query = written_dates(form, query)
    if insight.has_interval:
        query = written_interval(form, query)
    if insight.has_comparison and "range" in asked:
        query = written_comparison(form, query)
    if insight.series is not None and "event" in asked:
        part = insight.series
        nodes = written_series(
            form, insight.nodes(query), part.maths(choices), choices.actions, choices.usual_event, part.most
        )
        query = insight.with_nodes(query, nodes)
    if "base" in asked:
        any_of = form.text("match") == "any" if "match" in asked else matches_any(query.get("properties"))
        properties = written_filters(form, WHOLE_QUESTION, query.get("properties"), any_of=any_of)
        query = {**query, "properties": properties, "filterTestAccounts": form.is_on("test-accounts")}
    if insight.has_breakdown and "breakdown" in asked:
        query = written_breakdowns(form, query)
    return insight.write(form, query, choices)


def carried_over(query: Query, insight: Insight, other: Insight, choices: Choices) -> Query:
    """The question as one of another kind: its usual form with the common parts of this one."""
    usual = other.usual(choices)
    kept: dict[str, Any] = {key: query[key] for key in CARRIED if query.get(key) is not None}
    if not other.has_breakdown:
        kept.pop("breakdownFilter", None)
    if not other.has_comparison:
        kept.pop("compareFilter", None)
    if not other.has_interval:
        kept.pop("interval", None)
    carried = {**usual, **kept}
    if insight.series is None or other.series is None:
        return carried
    nodes = [
        {key: value for key, value in node.items() if not key.startswith("math") and key != "optionalInFunnel"}
        for node in insight.nodes(query)
    ][: other.series.most]
    maths = other.series.maths(choices)
    if first := next(iter(maths), ""):
        nodes = [{**node, "math": first} for node in nodes]
    if len(nodes) < other.series.least:
        nodes += other.nodes(usual)[len(nodes) :] if other.slug == "funnels" else []
    return other.with_nodes(carried, nodes)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ParseError(f"This is not JSON: {error}") from None
